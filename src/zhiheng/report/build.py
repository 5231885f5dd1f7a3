"""Case and result to the finished files: one document, figures drawn once, each file whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from zhiheng.assessment.case import Case
from zhiheng.report.assets import font_folder
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Document, Figure
from zhiheng.report.job import FORMATS, Format, Job
from zhiheng.report.render import docx, html, pdf, xlsx
from zhiheng.report.render.svg import Drawer
from zhiheng.scoring.result import Result

PIXELS_PER_MM = 96 / 25.4
"""CSS pixels in a millimetre: figures are laid out at print size."""
Step = Callable[[str], None]


def build(
    case: Case, result: Result, folder: Path, job: Job | None = None, step: Step = lambda _: None
) -> tuple[Path, ...]:
    """
    Write the report of a case.

    Parameters
    ----------
    case, result
        The case and its result.
    folder
        Where `report.docx`, `report.pdf`, `report.html` and `report.xlsx` go; made if need be.
    job
        Formats and options; all four files when absent.
    step
        Called with the name of each step, for a progress display.

    Returns
    -------
    tuple[Path, ...]
        The files, in the order of `formats`. They appear together once all of them are finished.

    Raises
    ------
    RenderError
        If a figure or a file cannot be drawn.
    EditsError
        If an edit cannot be used.
    """
    job = job or Job()
    step("撰写内容")
    document = compose(case, result, job.previous, job.edits)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".report-", dir=folder) as made:
        paths = {name: Path(made) / f"report.{name}" for name in FORMATS}
        _write(case, result, document, paths, job, step)
        for name in job.formats:
            paths[name].replace(folder / f"report.{name}")
    return tuple(folder / f"report.{name}" for name in job.formats)


def _write(
    case: Case,
    result: Result,
    document: Document,
    paths: Mapping[Format, Path],
    job: Job,
    step: Step,
) -> None:
    drawer = Drawer()
    svgs: dict[str, str] = {}
    folders = [f for f in (job.fonts, font_folder()) if f is not None]
    # Typst works outside Python's lock, so it sets pages and pictures while figures are drawn and other files written;
    # what Word waits for comes first.
    with ThreadPoolExecutor(max_workers=1) as beside:
        if "docx" in job.formats:
            pages = beside.submit(pdf.heading_pages, document, font_folders=folders)
        if set(job.formats) & {"docx", "pdf", "html"}:
            step("绘制图表")
            svgs = {f.key: _drawn(drawer, f) for f in document.figures()}
        if "docx" in job.formats:
            pictures = beside.submit(_pictures, drawer, document, svgs)
        if "pdf" in job.formats:
            step("排版 PDF")
            rendered = beside.submit(
                pdf.render, document, paths["pdf"], svgs=svgs, font_folders=folders, pdf_a=job.pdf_a
            )
        if "html" in job.formats:
            step("生成网页")
            html.render(document, paths["html"], svgs=svgs)
        if "xlsx" in job.formats:
            step("生成工作簿")
            xlsx.render(case, result, document, paths["xlsx"])
        if "docx" in job.formats:
            step("生成 Word 文件")
            docx.render(document, paths["docx"], pages=pages.result(), pictures=pictures.result())
        if "pdf" in job.formats:
            rendered.result()


def _drawn(drawer: Drawer, figure: Figure) -> str:
    return drawer.draw(figure.option, figure.width_mm * PIXELS_PER_MM, figure.height_mm * PIXELS_PER_MM)


def _pictures(drawer: Drawer, document: Document, svgs: Mapping[str, str]) -> dict[str, bytes]:
    return {f.key: drawer.png(svgs[f.key], f.width_mm) for f in document.figures() if _is_picture(f)}


def _is_picture(figure: Figure) -> bool:
    """Whether Word has neither a chart nor a table for the figure."""
    return figure.native is None and figure.heat is None
