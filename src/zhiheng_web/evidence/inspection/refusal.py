"""Every way in which an uploaded file is refused: one stable code and one message each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


def gettext_noop(text: str) -> str:
    """Return the text; the catalogue collects it by the name of this function, as Django, whose own is slow to load."""
    return text


class EvidenceRefusedError(Exception):
    """
    An uploaded file may not be kept as evidence.

    Parameters
    ----------
    code
        Stable dotted code, for example `evidence.macro`; public and never reused.
    template
        What is wrong and what to do, in Chinese, for the person who uploads; names in braces stand for details.
    details
        Machine-readable details: strings and numbers only.
    """

    def __init__(self, code: str, template: str, **details: str | int) -> None:
        super().__init__(template.format(**details))
        self.code = code
        self.template = template
        self.details = details

    @property
    def message(self) -> str:
        """Return what is wrong and what to do, in Chinese."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    A way of refusing.

    Parameters
    ----------
    code
        Stable dotted code.
    template
        Message in Chinese; names in braces are filled from the details.
    """

    code: str
    template: str

    def error(self, **details: str | int) -> EvidenceRefusedError:
        """
        Return the exception to raise.

        Parameters
        ----------
        details
            Machine-readable details, those that the message names among them.

        Returns
        -------
        The exception.
        """
        return EvidenceRefusedError(self.code, self.template, **details)


_ = gettext_noop

EMPTY = Refusal("evidence.empty", _("文件是空的。请检查后重新上传。"))
SIZE = Refusal("evidence.size", _("“{name}”超过 {limit} MB。请压缩图片、降低扫描分辨率或拆分后上传。"))
PAGES = Refusal("evidence.pages", _("页数超过 {limit} 页。请拆分后上传。"))
PIXELS = Refusal("evidence.pixels", _("图片超过 {limit} 万像素。请缩小后上传。"))
UNKNOWN = Refusal(
    "evidence.type",
    _(
        "无法识别文件内容，不予接收。"
        "可以上传：PDF、图片（JPG、PNG、TIFF、BMP、GIF、WebP）、Word、Excel、PowerPoint、WPS、OFD、TXT、CSV。"
    ),
)
NOT_ACCEPTED = Refusal(
    "evidence.type",
    _(
        "不接收扩展名为 .{extension} 的文件。"
        "可以上传：PDF、图片（JPG、PNG、TIFF、BMP、GIF、WebP）、Word、Excel、PowerPoint、WPS、OFD、TXT、CSV。"
    ),
)
RTF = Refusal("evidence.type", _("RTF 文件可以夹带程序，不予接收。请另存为 DOCX 或 PDF 后上传。"))
SOUND = Refusal("evidence.type", _("音频、视频和 HEIC 图片不予接收。视频请截取画面，HEIC 图片请转换为 JPG 后上传。"))
NOT_PLAIN_OFFICE = Refusal(
    "evidence.type",
    _("不是普通的 Word、Excel 或 PowerPoint 文件（可能是模板或其他格式）。请另存为 DOCX、XLSX 或 PPTX。"),
)
EXTENSION = Refusal(
    "evidence.extension",
    _("扩展名是“{extension}”，内容却是{label}。请确认文件无误，把扩展名改为 .{wanted} 后重新上传。"),
)
NO_EXTENSION = Refusal(
    "evidence.extension",
    _("文件名没有扩展名，内容是{label}。请确认文件无误，加上扩展名 .{wanted} 后重新上传。"),
)
ENCODING = Refusal("evidence.encoding", _("文本不是 UTF-8 或 GB18030 编码。请另存为“UTF-8”或“CSV UTF-8”后上传。"))
MARKUP = Refusal(
    "evidence.markup", _("文件内容是网页、SVG 或 XML，可能含有脚本，不予接收。请打印为 PDF 或截图后上传。")
)
EXECUTABLE = Refusal("evidence.executable", _("文件内容是程序、脚本或快捷方式，不能作为佐证材料。"))
ARCHIVE = Refusal(
    "evidence.archive",
    _("文件内容是压缩包，不能直接作为佐证材料。请解压后逐个上传，或在“批量上传”中上传 ZIP。"),
)
POLYGLOT = Refusal(
    "evidence.polyglot",
    _("文件里夹带了其他格式的内容（网页、脚本、程序或压缩包），不予接收。请用原软件重新导出后上传。"),
)
DAMAGED = Refusal("evidence.damaged", _("文件已损坏或结构不完整，无法检查。请用原软件打开，另存一份后重新上传。"))
COMPLEX = Refusal(
    "evidence.complex",
    _("文件过于复杂或异常，在限定的时间和内存内无法检查。请拆分，或重新打印为 PDF 后上传。"),
)
ENCRYPTED = Refusal("evidence.encrypted", _("文件设有密码，无法检查。请去掉密码后重新上传。"))
MACRO = Refusal("evidence.macro", _("文件含有宏，不予接收。请另存为不含宏的格式（DOCX、XLSX、PPTX 或 PDF）后上传。"))
CONTROL = Refusal("evidence.control", _("文件含有 ActiveX 等控件或加载项，不予接收。请删除控件或导出为 PDF 后上传。"))
EMBEDDED = Refusal(
    "evidence.embedded",
    _("文件内嵌入了其他文件或对象，无法检查，不予接收。请把嵌入的内容另存为单独的文件上传，或导出为 PDF。"),
)
EXTERNAL = Refusal(
    "evidence.external",
    _(
        "文件引用了外部内容（远程模板、链接的对象、图片或工作簿），打开时会从别处读取，不予接收。"
        "请断开链接（“编辑链接”）、把内容放进文件，或导出为 PDF 后上传。"
    ),
)
FIELD = Refusal(
    "evidence.field",
    _(
        "文件含有会调用程序或读取外部内容的域或数据连接（DDE、INCLUDE、网页查询），不予接收。"
        "请删除后保存，或导出为 PDF。"
    ),
)
FORMULA = Refusal("evidence.formula", _("表格中有会启动程序的公式（DDE），不予接收。请删除后上传。"))
ENTITIES = Refusal("evidence.entities", _("文件内部的 XML 定义了实体，属于异常文件，不予接收。请用原软件重新保存。"))
PDF_SCRIPT = Refusal(
    "evidence.script", _("PDF 含有 JavaScript 脚本，不予接收。请用“打印为 PDF”重新生成，附件请单独上传。")
)
PDF_LAUNCH = Refusal(
    "evidence.launch", _("PDF 含有启动程序的动作，不予接收。请用“打印为 PDF”重新生成，附件请单独上传。")
)
PDF_ACTION = Refusal(
    "evidence.action",
    _("PDF 含有提交表单、跳转到其他文件等动作，不予接收。请用“打印为 PDF”重新生成，附件请单独上传。"),
)
PDF_ATTACHMENT = Refusal(
    "evidence.attachment", _("PDF 内附有其他文件，不予接收。请用“打印为 PDF”重新生成，附件请单独上传。")
)
PDF_MEDIA = Refusal(
    "evidence.media", _("PDF 内有音频、视频或三维内容，不予接收。请用“打印为 PDF”重新生成，附件请单独上传。")
)
PDF_XFA = Refusal("evidence.xfa", _("PDF 是 XFA 动态表单，不予接收。请用“打印为 PDF”重新生成，附件请单独上传。"))
NOT_ZIP = Refusal("evidence.not_zip", _("批量上传只接收 ZIP 压缩包。请重新压缩为 ZIP。"))
BOMB = Refusal("evidence.bomb", _("压缩内容异常（解压后过大、文件过多或相互重叠），不予接收。请检查后重新压缩或保存。"))
LINK = Refusal("evidence.link", _("压缩包内有链接，不予接收。请只放入文件本身。"))
COMPRESSION = Refusal("evidence.compression", _("使用了不支持的压缩方式。请用普通 ZIP 方式重新压缩。"))
NESTED = Refusal("evidence.nested", _("压缩包内还有压缩包“{member}”，不予接收。请解压后重新打包。"))
PATH = Refusal("evidence.path", _("压缩包内有指向其他文件夹的路径，不予接收。请重新打包。"))
NO_PREVIEW = Refusal("evidence.no_preview", _("这类文件不能预览，请下载后查看。"))
NO_PAGE = Refusal("evidence.no_page", _("没有第 {page} 页。"))

REFUSALS = tuple(value for value in globals().values() if isinstance(value, Refusal))


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """
    Turn any failure of a parser into a refusal.

    Parameters
    ----------
    what
        Which parser runs, for the log.

    Raises
    ------
    EvidenceRefusedError
        The block failed in whatever way.
    """
    try:
        yield
    except EvidenceRefusedError:
        raise
    except Exception as error:  # parsers of other people's bytes fail in ways their documents do not list
        raise DAMAGED.error(reason=f"{what}: {type(error).__name__}") from error
