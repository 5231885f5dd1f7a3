"""`zhiheng verify`: checks the signed snapshot of a round, offline."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zhiheng.cli.console import console, plain, progress
from zhiheng.cli.score import print_units, whole
from zhiheng.scoring.result import Result
from zhiheng.snapshot.keys import read_public_key
from zhiheng.snapshot.verify import State, Verification, verify_snapshot


class Format(StrEnum):
    """Forms in which the checks are printed."""

    TABLE = "table"
    JSON = "json"


SHOWN = {
    State.OK: "[green]通过[/]",
    State.NOTE: "[yellow]请留意[/]",
    State.FAILED: "[bold red]未通过[/]",
    State.SKIPPED: "[dim]未进行[/]",
}


def verify(
    file: Annotated[Path, typer.Argument(help="快照文件（名称.zhiheng）。")],
    key: Annotated[str, typer.Option(help="发布单位的公钥：64位十六进制、base64、PEM，或者存有公钥的文件。")] = "",
    form: Annotated[Format, typer.Option("--format", "-f", help="输出形式。")] = Format.TABLE,
) -> None:
    """核对快照：签名、每个文件的哈希，并离线复算得分。有一项未通过时退出码为 1。"""
    public_key = read_public_key(key) if key else None
    with progress() as bars:
        task = bars.add_task("核对快照", total=None)
        found = verify_snapshot(file, public_key, lambda done, total: bars.update(task, completed=done, total=total))
    if form is Format.JSON:
        typer.echo(json.dumps(as_json(found), ensure_ascii=False, indent=1))
    else:
        _print(found)
    if not found.ok:
        raise typer.Exit(1)


def as_json(found: Verification) -> dict[str, object]:
    """Return the checks in the documented public form, see docs/methods/snapshot.md."""
    return {
        "file": found.path.name,
        "sha256": found.sha256,
        "ok": found.ok,
        "other_method": found.other_method,
        "checks": [{"name": c.name, "title": c.title, "state": c.state, "words": c.words} for c in found.checks],
        "manifest": asdict(found.manifest) if found.manifest else None,
        "label": found.result.label if found.result else "",
        "units": _units(found.result) if found.result else [],
    }


def _units(result: Result) -> list[dict[str, object]]:
    return [
        {
            "code": unit.code,
            "name": unit.name,
            "rank": whole(unit.rank),
            "grade": unit.grade,
            "confirmed": float(result.scale.marks(result.confirmed[row, 0])),
            "claimed": float(result.scale.marks(result.claimed[row, 0])),
            "possible": float(result.scale.marks(result.possible[row, 0])),
        }
        for row, unit in enumerate(result.units)
    ]


def _print(found: Verification) -> None:
    out = console()
    made = found.manifest
    if made is not None:
        out.print(f"[bold]{plain(made.title)}[/]", highlight=False)
        about = f"制作时间{plain(made.made_at)}，知衡{plain(made.zhiheng)}，密钥编号{plain(made.key_id)}"
        out.print(about, highlight=False)
    out.print(f"SHA-256 {found.sha256}", highlight=False, soft_wrap=True)
    table = Table(show_edge=False, header_style="bold")
    for name in ("检查", "结论", "说明"):
        table.add_column(name, overflow="fold")
    for check in found.checks:
        table.add_row(check.title, SHOWN[check.state], plain(check.words))
    out.print(table)
    if found.result is not None:
        out.print()
        if found.result.label:
            out.print(f"[yellow]{plain(found.result.label)}[/]", highlight=False)
        print_units(found.result)
    if not found.ok:
        out.print("[bold red]核对未通过[/]：不要把这份文件当作发布的结果使用。", highlight=False)
    elif any(check.state is State.NOTE for check in found.checks):
        out.print("[bold yellow]核对通过，有保留[/]：见上表“请留意”的各项。", highlight=False)
    else:
        out.print("[bold green]核对通过[/]", highlight=False)
