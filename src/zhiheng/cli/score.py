"""`zhiheng score`: marks, ranks, grades and findings of a case."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zhiheng.assessment.load import load_case
from zhiheng.cli.console import console, note, plain, progress
from zhiheng.pipeline import run
from zhiheng.scoring.result import Result


class Format(StrEnum):
    """Forms in which a result is printed."""

    TABLE = "table"
    JSON = "json"


SEVERITY_ZH = {"error": "错误", "warning": "提醒", "info": "说明"}
SHOWN_UNITS = 40
SHOWN_FINDINGS = 12


def score(
    case: Annotated[str, typer.Argument(help="内置案例代码（如 jilin-2021）或案例文件夹。")],
    form: Annotated[Format, typer.Option("--format", "-f", help="输出形式。")] = Format.TABLE,
    save: Annotated[Path | None, typer.Option(help="把完整结果（含哈希）另存为 JSON 文件。")] = None,
) -> None:
    """计算得分、名次和等次。有错误级发现时退出码为 1。"""
    result = scored(case)
    if save is not None:
        result.save(save)
        note(f"结果已保存：{save}（SHA-256 {result.digest()[:16]}…）")
    if form is Format.JSON:
        typer.echo(json.dumps(as_json(result), ensure_ascii=False, indent=1))
    else:
        _print(result)
    if any(f.severity == "error" for f in result.findings):
        raise typer.Exit(1)


def scored(case: str) -> Result:
    """Load and score a case with a progress bar."""
    with progress() as bars:
        bars.add_task("读取案例", total=None)
        loaded = load_case(case)
        task = bars.add_task("计分", total=len(loaded.units))
        return run(loaded, lambda done, total: bars.update(task, completed=done, total=total))


def as_json(result: Result) -> dict[str, object]:
    """Return a result in the documented public form: marks as numbers, see docs/methods/result.md."""

    def marks(ticks: int) -> float:
        return float(result.scale.marks(ticks))

    units = []
    for row, unit in enumerate(result.units):
        nodes = [
            {
                "code": node.code,
                "level": node.level,
                "title": node.title,
                "confirmed": marks(result.confirmed[row, column]),
                "claimed": marks(result.claimed[row, column]),
                "possible": marks(result.possible[row, column]),
                "full": marks(result.base[row, column]),
                **({"status": str(result.status(unit.code, int(node.code[1:])))} if node.is_point else {}),
            }
            for column, node in enumerate(result.nodes)
            if column
        ]
        units.append(
            {
                "code": unit.code,
                "name": unit.name,
                "confirmed": marks(result.confirmed[row, 0]),
                "claimed": marks(result.claimed[row, 0]),
                "possible": marks(result.possible[row, 0]),
                "published": _published(unit.published),
                "published_range": [_number(unit.published_low), _number(unit.published_high)]
                if unit.published
                else None,
                "rank": whole(unit.rank),
                "rank_range": [unit.rank_best, unit.rank_worst],
                "grade": unit.grade,
                "grades_possible": list(unit.grades),
                "grade_reason": unit.grade_reason,
                "nodes": nodes,
            }
        )
    return {
        "case": result.case,
        "title": result.title,
        "label": result.label,
        "framework": result.framework,
        "framework_version": result.framework_version,
        "basis": result.basis,
        "hashes": {"framework": result.hashes.framework, "data": result.hashes.data, "method": result.hashes.method},
        "units": units,
        "findings": [
            {"id": f.id, "severity": f.severity, "unit": f.unit, "node": f.node, "message": f.message, "line": f.line}
            for f in result.findings
        ],
    }


def _number(text: str) -> float | None:
    return float(Decimal(text)) if text else None


def _published(text: str) -> float | str | None:
    """Return an exact published total as a number, a band as printed, nothing as null."""
    if not text:
        return None
    return text if text[0] in "<>" else float(text)


def whole(rank: float | None) -> float | int | None:
    """Return a rank as people write it: 3, or 3.5 where units share it by the mean."""
    return int(rank) if rank is not None and rank == int(rank) else rank


def _print(result: Result) -> None:
    out = console()
    out.print(f"[bold]{result.title}[/]  指标体系 {result.framework} {result.framework_version}", highlight=False)
    if result.label:
        out.print(f"[yellow]{result.label}[/]", highlight=False)
    print_units(result)
    for finding in result.findings[:SHOWN_FINDINGS]:
        out.print(f"{SEVERITY_ZH[finding.severity]} {finding.id}：{finding.message}", highlight=False)
    if len(result.findings) > SHOWN_FINDINGS:
        out.print(f"… 共 {len(result.findings)} 条发现，用 --format json 查看全部。")


def print_units(result: Result) -> None:
    """Print rank, total and grade of each unit, the highest first."""
    out = console()
    table = Table(show_edge=False, header_style="bold")
    for name in ("名次", "地区", "已核实", "加待核", "最多可能", "公布", "等次"):
        table.add_column(name, justify="left" if name in {"地区", "等次"} else "right")
    order = sorted(range(len(result.units)), key=lambda i: (result.units[i].rank is None, result.units[i].rank or 0, i))
    for i in order[:SHOWN_UNITS]:
        unit, scale = result.units[i], result.scale
        rank = "—" if unit.rank is None else f"{whole(unit.rank)}"
        grade = unit.grade or f"{'或'.join(unit.grades)}（未定）"
        table.add_row(
            rank,
            plain(unit.name),
            scale.text(result.confirmed[i, 0]),
            scale.text(result.claimed[i, 0]),
            scale.text(result.possible[i, 0]),
            plain(unit.published) or "—",
            plain(grade),
        )
    out.print(table)
    if len(order) > SHOWN_UNITS:
        out.print(f"… 共 {len(order)} 个地区，用 --format json 查看全部。")
