"""`zhiheng report`: the finished official report of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhiheng.assessment.case import Case
from zhiheng.assessment.load import load_case
from zhiheng.cli.console import console, note, progress
from zhiheng.errors import InputError
from zhiheng.pipeline import run
from zhiheng.report.edits_file import paragraphs_text, read_edits
from zhiheng.report.job import FORMATS, Format, Job
from zhiheng.scoring.result import Result

SEVERE = "error"
NAMES = {"docx": "Word 文件", "pdf": "PDF 文件", "html": "网页", "xlsx": "工作簿"}


def report(
    case: Annotated[str, typer.Argument(help="内置案例代码（如 jilin-2021-example）或案例文件夹。")],
    out: Annotated[Path, typer.Option("--out", "-o", help="输出文件夹。")],
    formats: Annotated[str, typer.Option(help="要生成的格式，用逗号分隔。")] = ",".join(FORMATS),
    *,
    pdf_a: Annotated[bool, typer.Option("--pdf-a", help="PDF 采用 PDF/A 归档格式。")] = False,
    previous: Annotated[str, typer.Option(help="上一轮的案例代码或文件夹；给出后报告增加“与上一轮比较”。")] = "",
    fonts: Annotated[Path | None, typer.Option(help="自备字体的文件夹（仿宋_GB2312、方正小标宋等）。")] = None,
    edits: Annotated[
        Path | None, typer.Option(help="文字修订文件（JSON）；修订后的段落代替生成稿，并在附录中说明。")
    ] = None,
    paragraphs: Annotated[
        Path | None, typer.Option(help="把可以修订的段落写入这个文件（JSON），供编写修订文件。")
    ] = None,
) -> None:
    """生成正式报告：report.docx、report.pdf、report.html、report.xlsx。"""
    job = Job(
        _formats(formats), pdf_a, fonts, run(load_case(previous)) if previous else None,
        read_edits(edits) if edits else (),
    )  # fmt: skip
    if fonts is not None and not fonts.is_dir():
        msg = f"There is no font folder {fonts}; give a folder that holds .ttf or .otf files, or leave --fonts out."
        raise InputError(msg)
    from zhiheng.report.build import build  # noqa: PLC0415 - Typst and its kin take half a second to load

    with progress() as bars:
        task = bars.add_task("读取案例", total=len(job.formats) + 4)
        loaded = load_case(case)
        bars.update(task, description="计分", advance=1)
        result = run(loaded)
        files = build(loaded, result, out, job, lambda name: bars.update(task, description=name, advance=1))
    if paragraphs is not None:
        _write_paragraphs(loaded, result, job, paragraphs)
    for path in files:
        console().print(
            f"{NAMES[path.suffix[1:]]}\t{path} ({path.stat().st_size // 1024} KB)", highlight=False, soft_wrap=True
        )
    severe = [f for f in result.findings if f.severity == SEVERE]
    if result.findings:
        note(f"计分中有{len(result.findings)}条发现（其中错误{len(severe)}条），见 `zhiheng score {case}`。")


def _write_paragraphs(case: Case, result: Result, job: Job, path: Path) -> None:
    from zhiheng.report.chapters.compose import compose  # noqa: PLC0415 - as above
    from zhiheng.report.edits import slots  # noqa: PLC0415 - as above

    path.write_text(paragraphs_text(slots(compose(case, result, job.previous))), "utf-8")
    console().print(f"可修订段落\t{path}", highlight=False, soft_wrap=True)


def _formats(text: str) -> tuple[Format, ...]:
    asked = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in FORMATS]
    if unknown or not asked:
        msg = f"--formats knows {', '.join(FORMATS)}, separated by commas; not {', '.join(unknown) or 'nothing'}."
        raise InputError(msg)
    return tuple(name for name in FORMATS if name in asked)
