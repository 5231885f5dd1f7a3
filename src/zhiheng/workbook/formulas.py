"""The rules as spreadsheet formulas, so that a unit sees offline what its inputs would earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from zhiheng.assessment.claims import Claim, claim_facts, judged_steps
from zhiheng.framework.model import Framework, Indicator, Point, is_bonus
from zhiheng.framework.rules import Bonus, Deduct, Judged, Linear, PerField, PerItem, Relative, Steps, YesNo
from zhiheng.marks import plain
from zhiheng.scoring.points import score_point
from zhiheng.workbook.layout import ITEMS, TOP

RELATIVE = "待全部地区报送后比较"
NOT_APPLICABLE = "不适用"
NO_STEP, NO_VALUE, NO_ITEMS = "待选档次", "待填数值", "待列事项"
NO_MARKS = "请核对"
"""Shown where an input is no number."""
_DIGITS = 9
"""Decimals to which a quotient of floats is cut before halves are rounded up."""
_ARGUMENTS = 200
"""Arguments of one function; programs take 255."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    Where a point's inputs stand.

    Parameters
    ----------
    stance, mark, value
        Addresses in the summary.
    last
        Last row of the items, from 1.
    """

    stance: str
    mark: str
    value: str
    last: int

    def column(self, letter: str) -> str:
        """Return the range of a column of the items."""
        return f"'{ITEMS}'!${letter}${TOP + 1}:${letter}${self.last}"


def point_formula(framework: Framework, point: Point, at: Inputs) -> str:
    """
    Return the formula of the marks that the inputs of a point would earn.

    Parameters
    ----------
    framework, point
        The point and its framework.
    at
        Addresses of its inputs.

    Notes
    -----
    The marks are the claimed marks of `zhiheng.scoring.points.score_point` for the facts of the claim. Where something
    is missing the formula gives words, which sums leave out.
    """
    stance = f"TRIM({at.stance})"
    if isinstance(point.rule, Relative):
        claimed, none = f'"{RELATIVE}"', "0"
    else:
        claimed, none = f'IFERROR({_claimed(framework, point, at)},"{NO_MARKS}")', "0"
    if isinstance(point.rule, Deduct):
        none = _mark(framework, framework.full(point))
    return (
        f'=IF({stance}="","",IF({stance}="{NOT_APPLICABLE}","{NOT_APPLICABLE}",'
        f'IF({stance}="申报",{claimed},IF({stance}="不申报",{none},"{NO_MARKS}"))))'
    )


def _claimed(framework: Framework, point: Point, at: Inputs) -> str:
    rule, full = point.rule, framework.full(point)
    if isinstance(rule, YesNo):
        return _mark(framework, full)
    if isinstance(rule, Judged):
        steps = judged_steps(framework, point)
        reached = ",".join(plain(s) for s in steps)
        given = ",".join(_mark(framework, s) for s in steps)
        return f'IF(TRIM({at.mark})="","{NO_STEP}",LOOKUP(VALUE({at.mark}),{{{reached}}},{{{given}}}))'
    if isinstance(rule, Steps | Linear):
        value = f"VALUE({at.value})"
        marks = _stepped(rule, value) if isinstance(rule, Steps) else _proportion(framework, point, rule, value)
        return f'IF(TRIM({at.value})="","{NO_VALUE}",{_rounded(marks, framework.precision)})'
    if isinstance(rule, PerField):
        marks = f"MIN({plain(rule.cap)},{plain(rule.each)}*{_fields(point, rule, at)})"
    elif isinstance(rule, PerItem | Bonus):
        marks = f"MIN({plain(rule.cap)},{plain(rule.each)}*{_count(point, at)})"
    else:
        assert isinstance(rule, Deduct)
        most = full if rule.cap is None else rule.cap
        marks = f"{plain(full)}-MIN({plain(most)},{plain(rule.each)}*{_count(point, at)})"
    return f'IF({_rows(point, at)}=0,"{NO_ITEMS}",{_rounded(marks, framework.precision)})'


def _stepped(rule: Steps, value: str) -> str:
    sign = ">=" if rule.direction == "higher" else "<="
    return "MAX(0," + ",".join(f"({value}{sign}{plain(t.at)})*{plain(t.marks)}" for t in rule.thresholds) + ")"


def _proportion(framework: Framework, point: Point, rule: Linear, value: str) -> str:
    share = f"MIN(1,MAX(0,({value}-{_signed(rule.floor)})/{_signed(rule.target - rule.floor)}))"
    return _rounded(f"{plain(framework.full(point))}*{share}", framework.step(point))


def _mine(point: Point, at: Inputs) -> str:
    """Return the test for rows of a point that hold anything besides its number."""
    held = "+".join(f'(TRIM({at.column(letter)})<>"")' for letter in "CDEFG")
    return f'(TRIM({at.column("A")})="{point.no}")*(({held})>0)'


def _rows(point: Point, at: Inputs) -> str:
    return f"SUMPRODUCT({_mine(point, at)})"


def _count(point: Point, at: Inputs) -> str:
    """Return how many things the rows stand for; an empty count is one."""
    counts = at.column("E")
    return f'SUMPRODUCT({_mine(point, at)}*((TRIM({counts})="")+{counts}))'


def _fields(point: Point, rule: PerField, at: Inputs) -> str:
    """Return how many different fields the rows name."""
    numbers, fields = at.column("A"), at.column("D")
    if not rule.open:
        found = "+".join(
            f'(SUMPRODUCT((TRIM({numbers})="{point.no}")*(TRIM({fields})={_quoted(name)}))>0)' for name in rule.fields
        )
        return f"({found or '0'})"
    same = f'COUNTIFS({numbers},{numbers}&"",{fields},{fields}&"")'
    # The last term keeps empty rows, whose count may be zero, from dividing by it.
    return (
        f'SUMPRODUCT((TRIM({numbers})="{point.no}")*(TRIM({fields})<>"")'
        f'/({same}+(TRIM({numbers})="")+(TRIM({fields})="")))'
    )


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _signed(number: Decimal) -> str:
    return f"({plain(number)})" if number < 0 else plain(number)


def _mark(framework: Framework, marks: Decimal) -> str:
    return framework.scale.text(framework.scale.round(marks))


def _rounded(marks: str, step: Decimal) -> str:
    """Round half up to a step; the inner rounding removes what floats add to a quotient that is a half in decimals."""
    decimals = max(0, -int(step.as_tuple().exponent))
    return f"ROUND(ROUND(ROUND(({marks})/{plain(step)},{_DIGITS}),0)*{plain(step)},{decimals})"


def expected(framework: Framework, point: Point, claim: Claim) -> Decimal | str:
    """
    Return what the formula of a point shows for a claim: marks, or words where something is missing.

    Parameters
    ----------
    framework, point, claim
        A claim without faults and its point.
    """
    rule = point.rule
    if claim.stance in {"", "not_applicable"}:
        return NOT_APPLICABLE if claim.stance else ""
    if claim.stance == "yes":
        if isinstance(rule, Relative):
            return RELATIVE
        if isinstance(rule, Judged) and claim.mark is None:
            return NO_STEP
        if isinstance(rule, Steps | Linear) and claim.value is None:
            return NO_VALUE
        if isinstance(rule, PerItem | PerField | Bonus | Deduct) and not claim.items:
            return NO_ITEMS
    return framework.scale.marks(score_point(framework, point, claim_facts(point, claim, "")).interval.claimed)


@dataclass(frozen=True, slots=True)
class Part:
    """
    One part that an indicator is made of.

    Parameters
    ----------
    node
        The indicator or point.
    address
        Cell with its marks.
    """

    node: Indicator | Point
    address: str


def joined_formula(framework: Framework, joined: str, full: Decimal, parts: Sequence[Part]) -> str:
    """
    Return the formula of the marks of an indicator, or of the whole.

    Parameters
    ----------
    framework
        Gives the full marks of its parts.
    joined
        How they are joined; see `zhiheng.framework.model.Indicator.joined`.
    full
        Full marks of the indicator.
    parts
        Its parts.

    Notes
    -----
    As `zhiheng.scoring.tree.Tree`, for a unit to which every point applies.
    """
    if joined == "sum":
        base = sum((framework.full(p.node) for p in parts if not is_bonus(p.node)), Decimal(0))
        total = _sum([p.address for p in parts])
        return f"={total}" if base in {Decimal(0), full} else f"={total}*{plain(full)}/{plain(base)}"
    weighed = [(p, _weight(p.node)) for p in parts if _weight(p.node)]
    whole = sum((weight for _, weight in weighed), Decimal(0))
    rates = [(f"N({p.address})/{plain(framework.full(p.node))}", weight) for p, weight in weighed]
    if joined == "arithmetic":
        return f"={plain(full)}*(" + "+".join(f"{rate}*{plain(w)}" for rate, w in rates) + f")/{plain(whole)}"
    return f"={plain(full)}*" + "*".join(f"({rate})^({plain(w)}/{plain(whole)})" for rate, w in rates)


def _weight(part: Indicator | Point) -> Decimal:
    if is_bonus(part):
        return Decimal(0)
    return part.weight if part.weight is not None else part.marks or Decimal(0)


def _sum(addresses: Sequence[str]) -> str:
    if len(addresses) > _ARGUMENTS:
        chunks = [addresses[i : i + _ARGUMENTS] for i in range(0, len(addresses), _ARGUMENTS)]
        return _sum([_sum(chunk) for chunk in chunks])
    return f"SUM({','.join(addresses)})"
