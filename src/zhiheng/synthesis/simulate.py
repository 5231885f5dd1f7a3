"""A synthetic round of any size, for demonstrations and benchmarks; labelled as such everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np

from zhiheng.assessment.facts import Decision, Fact, Status
from zhiheng.assessment.write import write_decisions, write_facts, write_text
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Bonus, Deduct, Judged, Linear, PerField, PerItem, Relative, Steps, YesNo

LABEL = "模拟数据：由随机数生成，不对应任何真实地区"
SPREAD = 0.18
"""Spread of a unit's points around its own level, in rate; units differ by about as much."""


def simulate(
    framework: Framework, units: int, seed: int, folder: Path, progress: Callable[[int], None] = lambda _: None
) -> None:
    """
    Write a synthetic case.

    Parameters
    ----------
    framework
        A built-in framework.
    units
        Count of units, at least 1.
    seed
        The same framework, count and seed give the same files.
    folder
        Where the case is written; made if need be.
    progress
        Called with the count of units done.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    width = len(str(units))
    names = {f"U{i:0{width}d}": f"模拟{i:0{width}d}" for i in range(1, units + 1)}
    levels = np.clip(rng.normal(0.68, 0.13, units), 0.05, 0.98)
    decisions: list[Decision] = []
    facts: list[Fact] = []
    for done, (code, level) in enumerate(zip(names, levels, strict=True), 1):
        rates = np.clip(rng.normal(level, SPREAD, len(framework.points)), 0, 1)
        for (_, point), rate in zip(framework.points, rates.tolist(), strict=True):
            if isinstance(point.rule, Steps | Linear | Relative):
                value = _value(point, rate, rng)
                facts.append(Fact(code, point.no, Status.VERIFIED, None, value, point.rule.measure, "", "", "模拟数值"))
            else:
                decisions.append(Decision(code, point.no, Status.VERIFIED, _mark(framework, point, rate), "模拟"))
        progress(done)
    write_text(folder / "case.yaml", _settings(framework, names, seed))
    write_facts(folder / "facts.csv", facts, names)
    write_decisions(folder / "decisions.csv", decisions, names)


def _mark(framework: Framework, point: Point, rate: float) -> Decimal:
    """Return a mark that the rule of the point can give, near a rate."""
    rule, full = point.rule, framework.full(point)
    match rule:
        case YesNo():
            return full if rate >= 0.4 else Decimal(0)  # noqa: PLR2004 - most units meet a yes/no point
        case Judged():
            return full * min(rule.steps, key=lambda s: abs(float(s) - rate))
        case PerItem() | PerField() | Bonus():
            return min(rule.cap, rule.each * int(rate * 1.4 * float(rule.cap / rule.each)))
        case Deduct():
            most = full if rule.cap is None else rule.cap
            return full - min(most, rule.each * int((1 - rate) * float(most / rule.each)))
        case _:
            return _rounded(full * Decimal(str(round(rate, 4))), framework.step(point))


def _value(point: Point, rate: float, rng: np.random.Generator) -> Decimal:
    """Return a measured value whose mark would be near a rate."""
    rule = point.rule
    if isinstance(rule, Linear):
        return _rounded(rule.floor + (rule.target - rule.floor) * Decimal(str(round(rate, 4))), Decimal("0.01"))
    if isinstance(rule, Steps):
        ats = [t.at for t in rule.thresholds]
        place = min(int(rate * (len(ats) + 1)), len(ats))
        below = ats[0] - abs(ats[0]) / 2 if rule.direction == "higher" else ats[0] * 2
        return max(Decimal(0), below if place == 0 else ats[place - 1])
    return Decimal(int(np.exp(3 + 2.5 * rate + rng.normal(0, 0.25))))


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def _settings(framework: Framework, names: dict[str, str], seed: int) -> str:
    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    code = f"simulated-{framework.code}-{len(names)}-{seed}"
    side = int(np.ceil(np.sqrt(len(names))))
    head = f"""# Synthetic: made by random numbers, for demonstrations and benchmarks.
code: {code}
title: {text(f"{framework.title}（模拟，{len(names)}个地区）")}
kind: settled
framework: {framework.code}
label: {LABEL}
short_label: 模拟数据
ranking: {{basis: confirmed, source: ours, reason: 模拟轮次的得分均已核定}}
report:
  title: {text(f"{framework.subject or framework.title}评估报告")}
  subtitle: （模拟数据）
  organisation: 模拟单位
  date: 2021-12
  area: 模拟区域
  whole: 全域
units:
"""
    rows = (
        f"  - {{code: {code}, name: {name}, tile: [{i % side}, {i // side}]}}\n"
        for i, (code, name) in enumerate(names.items())
    )
    return head + "".join(rows)
