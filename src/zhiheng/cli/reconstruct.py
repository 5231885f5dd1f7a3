"""`zhiheng reconstruct`: redo the reconstructed marks of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhiheng.assessment.load import case_folder, load_case
from zhiheng.cli.console import note, progress
from zhiheng.errors import InputError

STEPS = 4


def reconstruct(
    case: Annotated[str, typer.Argument(help="重构案例代码（如 jilin-2021-example）或案例文件夹。")],
    seed: Annotated[int, typer.Option(help="随机种子，用于在同样均衡的解中取一个。")] = 2021,
    out: Annotated[Path | None, typer.Option(help="写到这个文件夹；不写则更新案例文件夹。")] = None,
) -> None:
    """按公开结论重新推算一套得分（约需一至三分钟）；结果不是官方得分。"""
    from zhiheng.synthesis.folder import write_reconstruction  # noqa: PLC0415 - SciPy takes half a second to load
    from zhiheng.synthesis.reconstruct import reconstruct as search  # noqa: PLC0415 - as above

    folder = case_folder(case)
    settings = load_case(case).settings
    if not settings.based_on:
        msg = f"The case {settings.code} is not a reconstruction: case.yaml has no `based_on`."
        raise InputError(msg)
    sibling = folder.parent / settings.based_on
    base = load_case(sibling if sibling.is_dir() else settings.based_on)
    with progress() as bars:
        task = bars.add_task("核对证据", total=STEPS)
        found = search(base, seed, lambda name: bars.update(task, description=name, advance=1))
    target = out or folder
    target.mkdir(parents=True, exist_ok=True)
    if target != folder:
        (target / "case.yaml").write_bytes((folder / "case.yaml").read_bytes())
    write_reconstruction(target, base, found)
    note(f"已推算{len(found.decisions)}个得分，放宽{len(found.relaxed)}条评语；写入 {target}")
