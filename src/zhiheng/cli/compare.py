"""`zhiheng compare`: two cases of the same units, year on year."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer
from rich.table import Table

from zhiheng.cli.console import console
from zhiheng.cli.score import scored
from zhiheng.scoring.compare import compare as split


def compare(
    before: Annotated[str, typer.Argument(help="上一轮：案例代码或文件夹。")],
    after: Annotated[str, typer.Argument(help="本轮：案例代码或文件夹。")],
) -> None:
    """比较两轮结果，把总分变化分为得分、权重和指标体系三部分。"""
    earlier, later = scored(before), scored(after)
    if not (earlier.settled and later.settled):
        console().print(
            "[yellow]有一轮的得分尚是区间：变化中包含新增或新核实的材料，不能当作工作的进退。[/]", highlight=False
        )
    found = split(earlier, later)
    table = Table(show_edge=False, header_style="bold")
    for name in ("地区", "上轮", "本轮", "变化", "其中：得分", "权重", "指标体系", "名次"):
        table.add_column(name, justify="left" if name == "地区" else "right")
    for c in found.changes:
        table.add_row(
            c.name,
            _marks(c.before),
            _marks(c.after),
            _signed(c.after - c.before),
            _signed(c.score),
            _signed(c.weight),
            _signed(c.framework),
            f"{_rank(c.rank_before)}→{_rank(c.rank_after)}",
        )
    console().print(table)
    for label, names in (("只在上轮", found.only_before), ("只在本轮", found.only_after)):
        if names:
            console().print(f"{label}：{'、'.join(names)}（不作比较，也不按零分计）", highlight=False)


def _marks(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _signed(value: Fraction) -> str:
    return f"{float(value):+.2f}"


def _rank(rank: float | None) -> str:
    return "—" if rank is None else f"{rank:g}"
