"""Which kinds of file are kept as evidence, and what a file is by its first bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhiheng_web.evidence.inspection.refusal import ARCHIVE, EXECUTABLE, MARKUP, POLYGLOT, RTF, SOUND
from zhiheng_web.evidence.inspection.refusal import gettext_noop as _

HEAD = 4096


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of file that is kept.

    Parameters
    ----------
    code
        Short name.
    mime
        Type under which it is served.
    label
        Chinese name; the site shows it translated.
    extensions
        Extensions that agree with the content.
    family
        Module that reads it: `pdfs`, `pictures`, `office`, `legacy` or `texts`.
    """

    code: str
    mime: str
    label: str
    extensions: tuple[str, ...]
    family: str


_OOXML = "application/vnd.openxmlformats-officedocument"
KINDS = {
    kind.code: kind
    for kind in (
        Kind("pdf", "application/pdf", _("PDF 文件"), ("pdf",), "pdfs"),
        Kind("jpeg", "image/jpeg", _("JPEG 图片"), ("jpg", "jpeg", "jpe", "jfif"), "pictures"),
        Kind("png", "image/png", _("PNG 图片"), ("png",), "pictures"),
        Kind("webp", "image/webp", _("WebP 图片"), ("webp",), "pictures"),
        Kind("tiff", "image/tiff", _("TIFF 图片"), ("tif", "tiff"), "pictures"),
        Kind("bmp", "image/bmp", _("BMP 图片"), ("bmp",), "pictures"),
        Kind("gif", "image/gif", _("GIF 图片"), ("gif",), "pictures"),
        Kind("docx", f"{_OOXML}.wordprocessingml.document", _("Word 文档"), ("docx",), "office"),
        Kind("xlsx", f"{_OOXML}.spreadsheetml.sheet", _("Excel 工作簿"), ("xlsx",), "office"),
        Kind("pptx", f"{_OOXML}.presentationml.presentation", _("PowerPoint 演示文稿"), ("pptx",), "office"),
        Kind("ofd", "application/ofd", _("OFD 版式文件"), ("ofd",), "office"),
        Kind("doc", "application/msword", _("Word 97-2003 或 WPS 文字"), ("doc", "wps"), "legacy"),
        Kind("xls", "application/vnd.ms-excel", _("Excel 97-2003 或 WPS 表格"), ("xls", "et"), "legacy"),
        Kind("ppt", "application/vnd.ms-powerpoint", _("PowerPoint 97-2003 或 WPS 演示"), ("ppt", "dps"), "legacy"),
        Kind("csv", "text/csv", _("CSV 表格"), ("csv",), "texts"),
        Kind("txt", "text/plain", _("文本文件"), ("txt",), "texts"),
    )
}

_PICTURES = (
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "tiff"),
    (re.compile(rb"BM.{4}\x00\x00\x00\x00.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", re.DOTALL), "bmp"),
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<[\x00]?[a-z!?]", re.IGNORECASE)
# What is recognised only to say what it is.
_REFUSED = (
    (
        re.compile(
            rb"MZ|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|#!|L\x00\x00\x00\x01\x14\x02"
        ),
        EXECUTABLE,
    ),
    (re.compile(rb"Rar!|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ|MSCF"), ARCHIVE),
    (re.compile(rb"\{\\rtf"), RTF),
    (
        re.compile(rb"....ftyp|\x1a\x45\xdf\xa3|RIFF....(?:AVI |WAVE)|\x00\x00\x01[\xba\xb3]|ID3|OggS|fLaC", re.DOTALL),
        SOUND,
    ),
)


def sniff(head: bytes) -> str:
    """
    Return what the first bytes of a file say it is.

    Parameters
    ----------
    head
        The first bytes, up to `HEAD`.

    Returns
    -------
    Code of a kind, `zip` or `ole` where the content has to tell which, or `text` where nothing speaks against it.

    Raises
    ------
    EvidenceRefusedError
        The bytes belong to a kind that is not kept.
    """
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    for pattern, code in _PICTURES:
        if pattern.match(head):
            return code
    for pattern, refusal in _REFUSED:
        if pattern.match(head):
            raise refusal.error()
    if _MARKUP.match(head):
        raise MARKUP.error()
    if b"%PDF-" in head[:1024]:
        raise POLYGLOT.error(found="pdf")
    return "text"
