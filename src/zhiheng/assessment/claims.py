"""What a unit states about one point in its self-assessment: checked against the rule, and turned into facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from zhiheng.assessment.dates import parse_span
from zhiheng.assessment.facts import Fact, Status
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import COUNTED, MEASURED, Deduct, Judged, Linear, PerField, Relative, Steps
from zhiheng.marks import Precision, plain

Stance = Literal["", "yes", "no", "not_applicable"]
STANCE_ZH = {"": "未填写", "yes": "申报", "no": "不申报", "not_applicable": "不适用"}
"""What people read for each stance."""
MOST_COUNT = Decimal(1_000_000)
"""Largest count that one item may stand for."""
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Material:
    """
    A piece of evidence that an item names.

    Parameters
    ----------
    file
        Name of the file.
    pages
        Where in it, in words: `3`, `第2至4页`; "" for the whole.
    """

    file: str
    pages: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """
    One thing that a unit shows for a point.

    Parameters
    ----------
    text
        What it is, in the words of the unit.
    date
        Effective date, see `zhiheng.assessment.dates`; "" where none is given.
    component
        Field, for rules that count by field.
    count
        How many it stands for, or None for one.
    materials
        Its evidence.
    """

    text: str = ""
    date: str = ""
    component: str = ""
    count: Decimal | None = None
    materials: tuple[Material, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What a unit states about one point.

    Parameters
    ----------
    point
        Number of the point.
    stance
        `yes`: it claims marks (for a deduction: it reports items); `no`: it claims none (it has no items to report);
        `not_applicable`: the point does not apply to it; "": nothing yet.
    mark
        Marks claimed, for a judged point.
    value
        The number, for a measured point, in the unit of measure of the rule.
    note
        Explanation, required where the point is said not to apply.
    items
        What it shows.
    """

    point: int
    stance: Stance = ""
    mark: Decimal | None = None
    value: Decimal | None = None
    note: str = ""
    items: tuple[Item, ...] = ()

    @property
    def materials(self) -> tuple[Material, ...]:
        """Evidence of all items."""
        return tuple(m for item in self.items for m in item.materials)


@dataclass(frozen=True, slots=True)
class Fault:
    """
    What is wrong with a claim.

    Parameters
    ----------
    field
        `stance`, `mark`, `value`, `note` or `items`.
    message
        What is wrong and what to do, in Chinese.
    item
        Position of the item from 0, or None.
    """

    field: str
    message: str
    item: int | None = None


def claim_faults(framework: Framework, point: Point, claim: Claim) -> tuple[Fault, ...]:
    """
    Return what makes a claim unusable: a mark that is no step, a bad date, a field that the rule does not know.

    Parameters
    ----------
    framework, point
        The point and its framework.
    claim
        A claim that may be unfinished: what is missing is no fault, see `claim_gaps`.
    """
    return tuple(_faults(framework, point, claim))


def _faults(framework: Framework, point: Point, claim: Claim) -> Iterator[Fault]:
    rule = point.rule
    if isinstance(rule, Judged) and claim.mark is not None:
        steps = judged_steps(framework, point)
        if claim.mark not in steps:
            listed = "、".join(plain(s) for s in steps)
            yield Fault("mark", f"申报{plain(claim.mark)}分不在规定的档次之内，请从{listed}分中选一档")
    if claim.mark is not None and not isinstance(rule, Judged):
        yield Fault("mark", "该要点的得分由规则计算，不能直接填写分数")
    if claim.value is not None and rule.kind not in MEASURED:
        yield Fault("value", "该要点不按数值计分，请不要填写数值")
    for place, item in enumerate(claim.items):
        yield from _item_faults(point, item, place)


def _item_faults(point: Point, item: Item, place: int) -> Iterator[Fault]:
    rule = point.rule
    if item.date:
        try:
            parse_span(item.date)
        except ValueError:
            message = f"日期“{item.date}”无法识别，请写成2021、2021-06、2021-06-30，或者2020..2021-06"
            yield Fault("date", message, place)
    if isinstance(rule, PerField) and item.component and not rule.open and item.component not in rule.fields:
        yield Fault("component", f"“{item.component}”不在规定的领域（{'、'.join(rule.fields)}）之内", place)
    if item.component and not isinstance(rule, PerField):
        yield Fault("component", "该要点不分领域，请不要填写领域", place)
    if item.count is not None:
        if rule.kind not in COUNTED or isinstance(rule, PerField):
            yield Fault("count", "该要点不按数量计分，请不要填写数量", place)
        elif not 0 < item.count <= MOST_COUNT or item.count != item.count.to_integral_value():
            yield Fault("count", "数量须是大于0的整数", place)


def claim_gaps(framework: Framework, point: Point, claim: Claim) -> tuple[Fault, ...]:
    """
    Return what is still missing before a claim can be handed in.

    Parameters
    ----------
    framework, point, claim
        See `claim_faults`.
    """
    del framework
    return tuple(_gaps(point, claim))


def _gaps(point: Point, claim: Claim) -> Iterator[Fault]:
    rule = point.rule
    if not claim.stance:
        yield Fault("stance", "尚未填写，请选择申报、不申报或者不适用")
        return
    if claim.stance == "not_applicable" and not claim.note.strip():
        yield Fault("note", "选择不适用的，请说明理由")
    if claim.stance != "yes":
        return
    if isinstance(rule, Judged) and claim.mark is None:
        yield Fault("mark", "尚未选择申报的档次")
    if isinstance(rule, Steps | Linear | Relative) and claim.value is None:
        yield Fault("value", f"尚未填写数值（单位：{rule.measure}）")
    if not claim.items and rule.kind in COUNTED:
        yield Fault("items", "尚未列出事项" if not isinstance(rule, PerField) else "尚未勾选领域")
    for place, item in enumerate(claim.items):
        yield from _item_gaps(point, item, place)
    if not claim.materials and not isinstance(rule, Deduct):
        yield Fault("items", "申报得分的，至少要有一份佐证材料")


def _item_gaps(point: Point, item: Item, place: int) -> Iterator[Fault]:
    if isinstance(point.rule, PerField) and not item.component:
        yield Fault("component", "没有写明所属领域", place)
    if not item.text.strip() and not item.component and not item.materials:
        yield Fault("text", "没有写明事项", place)


def judged_steps(framework: Framework, point: Point) -> tuple[Decimal, ...]:
    """
    Return the marks that may be claimed or given at a judged point, rising from 0.

    Raises
    ------
    TypeError
        If the point is not judged.
    """
    rule = point.rule
    if not isinstance(rule, Judged):
        msg = f"point {point.no} is {rule.kind}, not judged"
        raise TypeError(msg)
    step, full = Precision(framework.step(point)), framework.full(point)
    return tuple(step.marks(step.round(share * full)) for share in rule.steps)


def claim_facts(point: Point, claim: Claim, unit: str, status: Status = Status.CLAIMED) -> tuple[Fact, ...]:
    """
    Return the facts that a claim states.

    Parameters
    ----------
    point, claim
        A claim without faults.
    unit
        Code of the unit.
    status
        Status of the facts: claimed until they are verified.

    Notes
    -----
    A unit that claims nothing, or says that a point does not apply, states no fact: its word closes no interval. The
    one exception is a deduction without items, which claims the full marks.
    """
    rule = point.rule
    if claim.stance == "no" and isinstance(rule, Deduct):
        return (Fact(unit, point.no, status, value=Decimal(0), note=claim.note),)
    if claim.stance != "yes":
        return ()
    if rule.kind in COUNTED:
        return tuple(_item_fact(point, item, unit, status) for item in claim.items)
    first = claim.items[0] if claim.items else Item()
    if isinstance(rule, Judged):
        if claim.mark is None:
            return ()
        return (_fact(point, claim, first, unit, status, mark=claim.mark),)
    if isinstance(rule, Steps | Linear | Relative):
        if claim.value is None:
            return ()
        return (_fact(point, claim, first, unit, status, value=claim.value, measure=rule.measure),)
    return tuple(_fact(point, claim, item, unit, status) for item in claim.items or (first,))


def _item_fact(point: Point, item: Item, unit: str, status: Status) -> Fact:
    count = None if isinstance(point.rule, PerField) else (item.count or ONE)
    return Fact(
        unit, point.no, status, value=count, date=item.date, component=item.component, quote=item.text,
        source=_named(item.materials),
    )  # fmt: skip


def _fact(
    point: Point,
    claim: Claim,
    item: Item,
    unit: str,
    status: Status,
    *,
    mark: Decimal | None = None,
    value: Decimal | None = None,
    measure: str = "",
) -> Fact:
    return Fact(
        unit, point.no, status, mark, value, measure, item.date, quote=item.text, source=_named(claim.materials),
        note=claim.note,
    )  # fmt: skip


def _named(materials: Sequence[Material]) -> str:
    return "；".join(f"《{m.file}》{m.pages}" if m.pages else f"《{m.file}》" for m in materials)
