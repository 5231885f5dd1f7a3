"""Writes a reconstruction into its case folder, with everything needed to check and to redo it."""

from __future__ import annotations

from pathlib import Path

from zhiheng.assessment.case import Case
from zhiheng.assessment.write import write_decisions, write_statements, write_text
from zhiheng.marks import plain
from zhiheng.synthesis.account import RATES, Reconstruction


def write_reconstruction(folder: Path, base: Case, found: Reconstruction) -> None:
    """
    Write `decisions.csv`, `statements.csv`, `reconstruction.md` and `reconstruction.log`.

    Parameters
    ----------
    folder
        Case folder that holds `case.yaml` of the reconstruction.
    base
        The case with evidence and statements.
    found
        The reconstruction.
    """
    names = {u.code: u.name for u in base.units}
    write_statements(folder / "statements.csv", base.statements, names)
    write_decisions(folder / "decisions.csv", found.decisions, names)
    write_text(folder / "reconstruction.md", summary(base, found))
    write_text(folder / "reconstruction.log", found.log.rstrip() + "\n")


def summary(base: Case, found: Reconstruction) -> str:
    """Return the account in Chinese: what holds, what was relaxed, which claims were not honoured."""
    names = {u.code: u.name for u in base.units}
    lines = [
        "# 重构说明",
        "",
        f"本案例的{len(found.decisions)}个得分由整数规划推算，与“{base.settings.title}”所载的公开结论相符，**不是官方得分**。",
        f"重做：`zhiheng reconstruct`，随机种子 {found.seed}。求解日志见 reconstruction.log。",
        "",
        "## 必须满足的条件",
        "",
        "总分、分档、点名顺序、公布的单项得分、已核实和不予认定的事实、各要点规则允许的分值。",
        "",
        "## 评语对应的得分率（本系统设定）",
        "",
        "| 评语 | 得分率 |",
        "|---|---|",
        *(f"| {word} | {_range(*bounds)} |" for word, bounds in RATES.items()),
        "",
        f"## 放宽的评语（{len(found.relaxed)}条）",
        "",
    ]
    lines += [
        f"- {r.statement.id} {names[r.statement.unit]} {r.statement.node}“{r.statement.relation}”："
        f"重构得分率{r.reached:.0%}。{r.reason}。"
        for r in found.relaxed
    ] or ["没有。所有评语与公布的总分、名次和已核实的事实能够同时成立。"]
    lines += ["", f"## 没有采信的待核材料（{len(found.overridden)}项）", ""]
    lines += [
        f"- {names[o.unit]}第{o.point}项：待核材料可得{plain(o.claimed)}分，重构为{plain(o.mark)}分。{o.reason}"
        for o in found.overridden
    ] or ["没有。"]
    lines += ["", f"## 满足的公开结论（{len(found.kept)}条）", "", "、".join(s.id for s in found.kept), ""]
    return "\n".join(lines)


def _range(low: float, high: float | None) -> str:
    if high is None:
        return f"不低于{low:.0%}" if low < 1 else "100%"
    return f"不低于{low:.0%}且低于{high:.0%}" if low else f"低于{high:.0%}"
