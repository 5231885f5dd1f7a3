"""`zhiheng framework`: list, show, check and compare indicator systems."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from zhiheng.cli.console import console, note
from zhiheng.cli.framework_json import as_json, violations_as_json
from zhiheng.framework.checks import SEVERITIES, Violation, run_checks
from zhiheng.framework.diff import Area, Change, Difference, diff
from zhiheng.framework.load import Loaded, builtin_codes, load, load_framework
from zhiheng.framework.model import Framework, Indicator, Point, Thresholds, is_bonus
from zhiheng.framework.summary import rule_summary
from zhiheng.marks import plain

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="查看、检查和比较指标体系。",
)
FINDINGS = 1
"""Exit code when there is something to look at."""
SEVERITY_ZH = {"error": "错误", "warning": "警告", "info": "提示"}
_STYLE = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_AREA_ZH: dict[Area, str] = {
    "indicator": "指标",
    "point": "考核要点",
    "rule": "规则",
    "grades": "等次",
    "vetoes": "一票否决",
    "settings": "设置",
    "sources": "来源",
}
_KIND_ZH = {
    "added": "新增",
    "removed": "删除",
    "renumbered": "改编号",
    "moved": "移动",
    "renamed": "改文字",
    "changed": "改",
}
Name = Annotated[str, typer.Argument(help="内置指标体系代码（如 jilin-ip-2021）或 YAML 文件。")]


class Format(StrEnum):
    """Forms in which a framework is shown."""

    TREE = "tree"
    TABLE = "table"
    JSON = "json"


class CheckFormat(StrEnum):
    """Forms in which findings are shown."""

    TEXT = "text"
    JSON = "json"


@app.command("list")
def list_() -> None:
    """列出内置的指标体系。"""
    table = Table("代码", "版本", "名称", "总分", "指标与考核要点", box=None, pad_edge=False)
    for code in builtin_codes():
        framework = load_framework(code)
        table.add_row(code, framework.version, framework.title, plain(framework.total), _counts(framework))
    console().print(table, highlight=False)


@app.command("show")
def show(
    name: Name,
    form: Annotated[Format, typer.Option("--format", "-f", help="输出形式。")] = Format.TREE,
) -> None:
    """显示一个指标体系：树、表格或 JSON。"""
    loaded = load(name)
    if form is Format.JSON:
        typer.echo(json.dumps(as_json(loaded.framework), ensure_ascii=False, indent=1))
        return
    console().print(_tree(loaded.framework) if form is Format.TREE else _table(loaded.framework), highlight=False)
    _settings(loaded.framework)
    _inherited(loaded)


@app.command("check")
def check(
    name: Name,
    form: Annotated[CheckFormat, typer.Option("--format", "-f", help="输出形式。")] = CheckFormat.TEXT,
) -> None:
    """检查指标体系的质量。没有错误和警告时退出码为 0，有则为 1，文件无法读取为 2。"""
    found = run_checks(load(name))
    if form is CheckFormat.JSON:
        typer.echo(json.dumps(violations_as_json(found), ensure_ascii=False, indent=1))
    else:
        _print_violations(name, found)
    if any(violation.severity != "info" for violation in found):
        raise typer.Exit(FINDINGS)


@app.command("diff")
def diff_(
    before: Annotated[str, typer.Argument(help="旧的指标体系：代码或文件。")],
    after: Annotated[str, typer.Argument(help="新的指标体系：代码或文件。")],
) -> None:
    """比较两个指标体系：指标、考核要点、分值、规则、等次和设置。"""
    _print_difference(diff(load_framework(before), load_framework(after)))


def _counts(framework: Framework) -> str:
    pairs = zip(framework.level_names, framework.counts, strict=False)
    return "，".join(f"{name}{count}" for name, count in pairs)


def _worth(framework: Framework, part: Indicator | Point) -> str:
    if is_bonus(part):
        return f"加{plain(framework.full(part))}分"
    return f"{plain(part.marks)}分" if part.marks is not None else f"权重{plain(part.weight or 0)}"


def _tree(framework: Framework) -> Tree:
    head = f"[bold]{escape(framework.title)}[/] {escape(framework.code)} {escape(framework.version)}"
    root = Tree(f"{head}  [bold cyan]{plain(framework.total)}分[/]  {_counts(framework)}")
    for indicator in framework.indicators:
        _branch(root, framework, indicator)
    return root


def _branch(tree: Tree, framework: Framework, indicator: Indicator) -> None:
    number = f"{indicator.number} " if indicator.number else ""
    mean = "  [dim]几何平均[/]" if indicator.joined == "geometric" else ""
    title = f"[bold]{escape(number + indicator.title)}[/]  [cyan]{_worth(framework, indicator)}[/]"
    branch = tree.add(f"{title} [dim]{escape(indicator.code)}[/]{mean}")
    for child in indicator.children:
        _branch(branch, framework, child)
    for point in indicator.points:
        rule = escape(rule_summary(framework, point))
        branch.add(f"{point.no}. {escape(point.name)}  [cyan]{_worth(framework, point)}[/] [dim]{rule}[/]")


def _table(framework: Framework) -> Table:
    table = Table("代码", box=None, pad_edge=False)
    # Chinese has no spaces to break at: without folding a long title would be cut off.
    table.add_column("名称", overflow="fold")
    table.add_column("分值" if framework.joined == "sum" else "分值（权重）", justify="right", no_wrap=True)
    table.add_column("规则", overflow="fold")
    for indicator in framework.indicators:
        _rows(table, framework, indicator, 0)
    return table


def _rows(table: Table, framework: Framework, indicator: Indicator, depth: int) -> None:
    title = Text("  " * depth + indicator.title, style="bold")
    table.add_row(indicator.code, title, _worth(framework, indicator), "")
    for child in indicator.children:
        _rows(table, framework, child, depth + 1)
    for point in indicator.points:
        text = Text("  " * (depth + 1) + point.name)
        table.add_row(f"p{point.no}", text, _worth(framework, point), rule_summary(framework, point))


def _settings(framework: Framework) -> None:
    grades = framework.grades
    if isinstance(grades, Thresholds):
        shown = "，".join(f"{band.name}{plain(band.low)}分起" for band in grades.bands)
    else:
        shown = "，".join(f"{share.name}{plain(share.share * 100)}%" for share in grades.shares)
    out = console()
    out.print(f"等次：{shown}", highlight=False, markup=False)
    for veto in framework.vetoes:
        bars = "、".join(veto.bars)
        text = f"一票否决：考核要点{veto.point}低于{plain(veto.below)}分，不得评为{bars}（{veto.text}）"
        out.print(text, highlight=False, markup=False)


def _inherited(loaded: Loaded) -> None:
    """Print how the marks of a child differ from those of its parent."""
    if loaded.parent is None:
        return
    changes = diff(loaded.parent, loaded.framework)
    console().print(f"\n与上级体系 {loaded.parent.code} 的分值差别：", highlight=False, markup=False)
    if not changes.marks:
        console().print("  没有差别", highlight=False)
        return
    _print_totals(changes)
    for change in changes.marks:
        _print_change(change)


def _print_violations(name: str, found: Sequence[Violation]) -> None:
    out = console()
    for v in found:
        place = Text(f"{v.file}:{v.line} {v.check} ")
        place.append(SEVERITY_ZH[v.severity], style=_STYLE[v.severity])
        out.print(place.append(f" {v.message}"), soft_wrap=True, highlight=False)
    counts = Counter(v.severity for v in found)
    summary = "，".join(f"{SEVERITY_ZH[s]}{counts[s]}项" for s in SEVERITIES)
    note(escape(f"{name}：{summary}"))


def _print_difference(changes: Difference) -> None:
    out = console()
    heads = [" ".join(pair) for pair in (changes.before, changes.after)]
    out.print(f"{heads[0]} → {heads[1]}", highlight=False, markup=False)
    if changes.same:
        out.print("没有差别", highlight=False)
        return
    _print_totals(changes)
    for area, name in _AREA_ZH.items():
        rows = changes.of(area)
        if rows:
            out.print(f"\n[bold]{name}[/]（{len(rows)}处）", highlight=False)
        for change in rows:
            _print_change(change)


def _print_totals(changes: Difference) -> None:
    table = Table("层级", "原数量", "新数量", "原分值", "新分值", box=None, pad_edge=False)
    for row in changes.totals:
        marks = [plain(m) if m is not None else "—" for m in (row.before_marks, row.after_marks)]
        table.add_row(row.level, str(row.before_count), str(row.after_count), *marks)
    console().print(table, highlight=False)


def _print_change(change: Change) -> None:
    line = Text(f"  {_KIND_ZH[change.kind]} ", style="bold")
    line.append(change.code, style="cyan")
    shown = change.name if change.kind != "renamed" else ""
    line.append(f" {shown}" if shown else "", style="not bold")
    if change.field and change.kind == "changed":
        line.append(f" [{change.field}]", style="not bold dim")
    if change.kind == "added":
        ending = f"（{change.after}）" if change.after else ""
    elif change.kind == "removed":
        ending = f"（{change.before}）" if change.before else ""
    else:
        ending = f"：{change.before or '（空）'} → {change.after or '（空）'}"
    line.append(ending, style="not bold")
    console().print(line, soft_wrap=True, highlight=False)
