"""`zhiheng explain`: why this score, down to rule, facts, cap and source."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.tree import Tree

from zhiheng.assessment.facts import STATUS_ZH
from zhiheng.assessment.load import load_case
from zhiheng.cli.console import console
from zhiheng.pipeline import run
from zhiheng.scoring.explain import Explanation
from zhiheng.scoring.explain import explain as derive


def explain(
    case: Annotated[str, typer.Argument(help="内置案例代码或案例文件夹。")],
    unit: Annotated[str, typer.Option("--unit", "-u", help="地区名称或代码。")],
    point: Annotated[int | None, typer.Option("--point", "-p", help="考核要点序号。")] = None,
    node: Annotated[str, typer.Option("--node", "-n", help="指标代码（如 L3-12）；不写则为总分。")] = "",
) -> None:
    """说明某地区某项得分的由来：规则、事实、上限和出处。"""
    loaded = load_case(case)
    result = run(loaded)
    if loaded.settings.label:
        console().print(f"[yellow]{escape(loaded.settings.label)}[/]", highlight=False)
    console().print(_tree(derive(loaded, result, unit, f"p{point}" if point is not None else node)), highlight=False)


def _tree(explanation: Explanation) -> Tree:
    code = explanation.code.removeprefix("p")
    name = f"第{code}项" if explanation.code.startswith("p") else (explanation.code or "总分")
    tree = Tree(f"[bold]{escape(explanation.unit)} {name}[/] {escape(explanation.title)}（满分{explanation.full}分）")
    status = f"  状态：{explanation.status}" if explanation.status else ""
    tree.add(f"规则：{escape(explanation.rule)}{status}")
    if explanation.rule_source:
        tree.add(f"规则出处：{escape(explanation.rule_source)}")
    if explanation.facts:
        facts = tree.add(f"材料 {len(explanation.facts)} 条")
        for line in explanation.facts:
            fact = line.fact
            when = f"（{fact.date}）" if fact.date else ""
            text = f"[{STATUS_ZH[fact.status]}] {line.counted}：“{fact.quote}”{when}"
            row = facts.add(escape(text))
            if fact.note:
                row.add(f"说明：{escape(fact.note)}")
            if fact.source:
                row.add(f"出处：{escape(fact.source)}")
    for step in explanation.steps:
        tree.add(escape(step))
    for part in explanation.parts:
        tree.add(_tree(part))
    return tree
