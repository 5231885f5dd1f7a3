"""The Word report: the neutral document as a .docx in the form of GB/T 9704-2012, with editable charts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zhiheng.report.content import Document
from zhiheng.report.render.docx import front
from zhiheng.report.render.docx.body import body
from zhiheng.report.render.docx.context import Context
from zhiheng.report.render.docx.elements import serialise, w
from zhiheng.report.render.docx.package import Package
from zhiheng.report.render.docx.parts import app_part, core_part, fonts_part, settings_part, theme_part
from zhiheng.report.render.docx.sections import add_footers, add_headers, section
from zhiheng.report.render.docx.styles import styles_part

__all__ = ["render"]

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."


def render(document: Document, path: Path, *, pages: Mapping[str, int], pictures: Mapping[str, bytes]) -> None:
    """
    Write the report to `path` as a Word file; equal input gives equal bytes.

    Parameters
    ----------
    document
        The report.
    path
        The file, replaced where it exists.
    pages
        Printed page number of every heading by its key; the body starts on page 1. Where one of the first three
        levels is missing, Word is told to fill in the contents itself and asks the reader before it does.
    pictures
        PNG bytes by figure key, for figures that have neither a native chart nor a heat table.

    Raises
    ------
    RenderError
        A key is used twice, a reference has no target, a table's cells do not fill its columns, a chart cannot be
        drawn, or a picture is missing.
    """
    package = Package()
    main = package.add("word/document.xml", content_type=f"{_WORD}document.main+xml")
    package.root.relate("document", main)
    context = Context.start(document, pages, pictures, package, main)
    _add_surroundings(context)
    headers, footers = add_headers(context), add_footers(context)

    blocks = front.cover(context)
    group = front.work_group(context, headers)
    blocks += group
    blocks += front.abstract(context)
    blocks += front.contents(context, footers if group else [*headers, *footers])
    blocks += body(context)
    blocks.append(section([], numbering="decimal", restart=True, end=True))
    main.blob = serialise(w("document", w("body", *blocks)))
    package.save(path)


def _add_surroundings(context: Context) -> None:
    package, main = context.package, context.part
    core = package.add(
        "docProps/core.xml", core_part(context.document), "application/vnd.openxmlformats-package.core-properties+xml"
    )
    app = package.add(
        "docProps/app.xml",
        app_part(context.document),
        "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    )
    package.root.relate("core", core)
    package.root.relate("app", app)
    settings = settings_part(update_fields=not context.pages_known)
    theme = "application/vnd.openxmlformats-officedocument.theme+xml"
    for kind, name, blob, content_type in (
        ("styles", "styles.xml", styles_part(), f"{_WORD}styles+xml"),
        ("settings", "settings.xml", settings, f"{_WORD}settings+xml"),
        ("fonts", "fontTable.xml", fonts_part(), f"{_WORD}fontTable+xml"),
        ("theme", "theme/theme1.xml", theme_part(), theme),
    ):
        main.relate(kind, package.add(f"word/{name}", blob, content_type))
