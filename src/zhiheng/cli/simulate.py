"""`zhiheng simulate`: a synthetic case of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhiheng.cli.console import note, progress
from zhiheng.framework.load import load_framework
from zhiheng.synthesis.simulate import simulate as make


def simulate(
    framework: Annotated[str, typer.Argument(help="内置指标体系代码。")],
    units: Annotated[int, typer.Option("--units", min=1, max=100_000, help="地区个数。")],
    out: Annotated[Path, typer.Option("--out", help="写到这个文件夹。")],
    seed: Annotated[int, typer.Option("--seed", help="随机种子。")] = 1,
) -> None:
    """生成模拟案例，用于演示和测速；各处均标明是模拟数据。"""
    with progress() as bars:
        task = bars.add_task("生成模拟数据", total=units)
        make(load_framework(framework), units, seed, out, lambda done: bars.update(task, completed=done))
    note(f"已生成{units}个地区的模拟案例：{out}")
