"""Rules that compare units: min-max, rank and percentile among the units of the round."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from zhiheng.framework.rules import Relative


def relative_shares(rule: Relative, values: Mapping[str, Decimal]) -> dict[str, Fraction]:
    """
    Return the share of the full marks that each unit earns, exactly.

    Parameters
    ----------
    rule
        Method, direction, ties, and what a lone unit gets.
    values
        One value a unit, in the rule's unit of measure.

    Returns
    -------
    dict[str, Fraction]
        Shares in [0, 1] by unit: `minmax` (x - worst) / (best - worst); `rank` (n - r + 1) / n; `percentile`
        (n - r) / (n - 1), where r is the rank from the best with ties shared as the rule says.
    """
    sign = 1 if rule.direction == "higher" else -1
    signed = {unit: sign * Fraction(value) for unit, value in values.items()}
    lone = Fraction(rule.lone)
    low, high, n = min(signed.values(), default=Fraction(0)), max(signed.values(), default=Fraction(0)), len(signed)
    if n == 1 or (rule.method == "minmax" and low == high):
        return dict.fromkeys(signed, lone)
    if rule.method == "minmax":
        return {unit: (x - low) / (high - low) for unit, x in signed.items()}
    ranks = _ranks(rule, signed)
    if rule.method == "rank":
        return {unit: (n - r + 1) / n for unit, r in ranks.items()}
    return {unit: (n - r) / (n - 1) for unit, r in ranks.items()}


def _ranks(rule: Relative, signed: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Return ranks from the best (1), with ties sharing their best, mean or worst rank."""
    ordered = sorted(signed.values(), reverse=True)
    first: dict[Fraction, int] = {}
    last: dict[Fraction, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
        last[value] = place
    if rule.ties == "best":
        return {unit: Fraction(first[x]) for unit, x in signed.items()}
    if rule.ties == "worst":
        return {unit: Fraction(last[x]) for unit, x in signed.items()}
    return {unit: Fraction(first[x] + last[x], 2) for unit, x in signed.items()}
