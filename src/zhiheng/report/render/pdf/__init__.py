"""The report as PDF: one fixed Typst template, filled with the neutral document as data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import typst

from zhiheng.errors import RenderError
from zhiheng.report.content import Document
from zhiheng.report.render.pdf import faces
from zhiheng.report.render.pdf.payload import payload

__all__ = ["Rendered", "heading_pages", "render"]

Standard = Literal["ua-1", "a-2a"]
_BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
_ACCESSIBLE: list[Standard] = ["ua-1"]
_ARCHIVE: list[Standard] = ["a-2a", "ua-1"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    What is known of a PDF once it is set.

    Parameters
    ----------
    pages
        Printed page number by key of heading; the body starts at 1.
    page_count
        Count of sheets, front matter included.
    """

    pages: dict[str, int]
    page_count: int


def render(
    document: Document,
    path: Path,
    *,
    svgs: Mapping[str, str],
    font_folders: Sequence[Path],
    pdf_a: bool = False,
) -> Rendered:
    """
    Write `document` to `path` as a tagged PDF (PDF/UA-1).

    Parameters
    ----------
    document
        The report.
    path
        File to write; its folder exists.
    svgs
        SVG text by key of figure.
    font_folders
        Folders whose fonts go before those of the package (仿宋_GB2312, 方正小标宋, …).
    pdf_a
        Also keep to the archive standard PDF/A-2a.

    Raises
    ------
    RenderError
        Where a reference has no target, a figure no drawing, or Typst refuses the document.
    """
    setter = _Setter(document, svgs, font_folders, floating=True)
    data = setter.pdf(_ARCHIVE if pdf_a else _ACCESSIBLE)
    path.write_bytes(data)
    return setter.report()


def heading_pages(document: Document, *, font_folders: Sequence[Path]) -> dict[str, int]:
    """
    Return the printed page number of each heading in a Word report, to fill its contents.

    Word sets a figure where it stands, so here no figure floats; otherwise the setting is that of the PDF. Only the
    sizes of figures matter, so none needs to be drawn yet.

    Parameters
    ----------
    document, font_folders
        As for `render`.

    Raises
    ------
    RenderError
        As for `render`.
    """
    blank = {figure.key: _BLANK for figure in document.figures()}
    return _Setter(document, blank, font_folders, floating=False).report().pages


class _Setter:
    """One Typst compiler with the document in it: the file and the page numbers come from the same setting."""

    def __init__(
        self, document: Document, svgs: Mapping[str, str], font_folders: Sequence[Path], *, floating: bool
    ) -> None:
        fonts = faces.load(tuple(font_folders))
        content = payload(document, svgs, faces.choose(fonts.families()), floating=floating)
        with as_file(files("zhiheng.report.render") / "templates" / "report.typ") as template:
            self._compiler = typst.Compiler(
                template,
                font_paths=fonts,
                ignore_system_fonts=True,
                sys_inputs={"document": json.dumps(content, ensure_ascii=False)},
            )

    def pdf(self, standards: list[Standard]) -> bytes:
        try:
            made = self._compiler.compile(format="pdf", pdf_standards=[*standards])
        except RuntimeError as error:
            raise _refusal(error) from error
        assert isinstance(made, bytes)  # one document gives one file
        return made

    def report(self) -> Rendered:
        try:
            found = json.loads(self._compiler.query("<report>", field="value", one=True))
        except RuntimeError as error:
            raise _refusal(error) from error
        return Rendered({key: int(page) for key, page in found["pages"]}, int(found["count"]))


def _refusal(error: RuntimeError) -> RenderError:
    return RenderError(f"PDF 排版失败：{error}", hints=list(getattr(error, "hints", ())))
