"""What units did and the numbers that describe them: the facts that the prose of the report is made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from zhiheng.assessment.dates import parse_span
from zhiheng.assessment.tables import Row, read_rows

THEMES = (
    "headline",
    "document",
    "organisation",
    "funds",
    "service",
    "publicity",
    "training",
    "enforcement",
    "judicial",
    "inclusion",
    "award",
    "plan",
)
"""What an activity is about."""
STATUSES = ("done", "draft", "planned", "under_review", "in_progress")
"""How far an activity got; all but `done` must be said in the text."""
ROLES = ("headline", "activity", "none")
"""Who tells a metric: the headline paragraph, an activity that holds the same number, or nobody."""

_ACTIVITY_COLUMNS = ("unit", "theme", "order", "date", "actor", "act", "object", "doc_no", "quantities", "status")
_ACTIVITY_OPTIONAL = ("when", "partner", "basis", "content", "means", "points", "source", "note")
_METRIC_COLUMNS = ("unit", "order", "metric", "value", "measure", "as_of", "changes", "share", "role")
_METRIC_OPTIONAL = ("derived", "quote", "source", "note")
_QUANTITY = re.compile(r"([+>]?)([^=+>]+)=(\d+(?:\.\d+)?)(余?)(\D+)")
_CHANGE = re.compile(r"([^=]+)=(-?\d+(?:\.\d+)?)%")
_DOC_NO = re.compile(r"[^〔〕\[\]【】（）()]+〔\d{4}〕\d+号")
_ACT = re.compile(r"[a-z]+(_[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    One counted thing of an activity.

    Parameters
    ----------
    name
        What was counted, as a phrase with its verb: `检查经营单位`.
    number
        Digits as printed.
    measure
        Unit of measure with its sign, after 余 where that is printed: `件`, `万元`.
    over
        True for `10余次`: more than the number.
    link
        "" for a step of its own, `+` for one more object of the same verb, `>` for a part of the one before.
    """

    name: str
    number: Decimal
    measure: str
    over: bool = False
    link: str = ""

    @property
    def amount(self) -> str:
        """Number and measure as they are printed: `10余次`."""
        return f"{self.number:f}{'余' if self.over else ''}{self.measure}"


@dataclass(frozen=True, slots=True)
class Activity:
    """
    One thing a unit did, plans or was given.

    Parameters
    ----------
    unit
        Name of the unit.
    theme
        One of `THEMES`.
    order
        Position inside the unit.
    date
        As the source states it, see `zhiheng.assessment.dates`; "" where it states none.
    when
        Relative time in the words of the source (`近两年`), where no date can be given.
    actor
        Department, or "" for the unit itself.
    act
        Verb code that picks the sentence templates: `issue`, `crackdown`.
    object
        Title, action or organisation that the act is about.
    doc_no
        Number of the document, with 〔〕.
    partner
        Who it was done with or by whom it was organised.
    basis
        Document or call it rests on.
    content
        Noun phrase: what it is for, or what it holds.
    means
        Noun phrase: how it was done.
    quantities
        Counted results, in printed order.
    status
        One of `STATUSES`.
    points
        Numbers of the points it supports.
    source
        Section and paragraph of the source.
    note
        Corrections and inferences.
    line
        Line in the file.
    """

    unit: str
    theme: str
    order: int
    date: str
    when: str
    actor: str
    act: str
    object: str
    doc_no: str
    partner: str
    basis: str
    content: str
    means: str
    quantities: tuple[Quantity, ...]
    status: str
    points: tuple[int, ...]
    source: str
    note: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A change in per cent against a base such as `同比` or `较“十二五”末`, with the digits printed."""

    base: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Metric:
    """
    One number that describes a unit.

    Parameters
    ----------
    unit
        Name of the unit, or of the whole.
    order
        Position inside the unit.
    name
        What is measured.
    value
        Number, with the digits printed.
    measure
        Unit of measure.
    as_of
        Date of a stock (`..2020-12-31`) or period of a flow (`2020`), see `zhiheng.assessment.dates`; "" if not stated.
    changes
        Changes against earlier periods.
    share
        Share of the whole in per cent with its whole in `Change.base`, or None.
    role
        One of `ROLES`.
    part
        True where it is a part of the metric before it; written as `>` before the name.
    derived
        True where a reader computed it; such a number is never printed as the source's.
    quote, source, note
        Words and place in the source; corrections.
    """

    unit: str
    order: int
    name: str
    value: Decimal
    measure: str
    as_of: str
    changes: tuple[Change, ...]
    share: Change | None
    role: str
    part: bool
    derived: bool
    quote: str
    source: str
    note: str


Ordered = TypeVar("Ordered", Activity, Metric)


def parse_quantities(text: str) -> tuple[Quantity, ...]:
    """
    Return the quantities of a compact cell.

    Parameters
    ----------
    text
        `检查经营单位=535户;立案=4件`; `+` before a name joins it to the verb before, `>` marks a part of the number
        before.

    Raises
    ------
    ValueError
        If a part has another form.

    Examples
    --------
    >>> [q.amount for q in parse_quantities("开展行动=10余次;罚款=6.0273万元")]
    ['10余次', '6.0273万元']
    """
    found: list[Quantity] = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        match = _QUANTITY.fullmatch(part)
        if not match:
            msg = f"{part!r} is not a quantity; write name=number and unit, such as 立案=4件 or 开展行动=10余次"
            raise ValueError(msg)
        link, name, number, over, measure = match.groups()
        if link and not found:
            msg = f"{part!r} starts with {link} but no quantity stands before it"
            raise ValueError(msg)
        found.append(Quantity(name, Decimal(number), measure, bool(over), link))
    return tuple(found)


def read_activities(path: Path) -> tuple[Activity, ...]:
    """
    Read the activities of a case, sorted by unit (in order of first appearance) and `order`.

    Parameters
    ----------
    path
        UTF-8 CSV file with the columns unit, theme, order, date, actor, act, object, doc_no, quantities, status, and
        where they are wanted when, partner, basis, content, means, points (numbers joined by ;), source, note; see
        `Activity` for what each holds.

    Raises
    ------
    FileMissingError
        If there is no such file.
    CaseError
        If any row has a fault; carries all of them with file, line, column and what to write instead.
    """
    seen: dict[tuple[str, int], int] = {}

    def parse(row: Row) -> Activity | None:
        activity = _activity(row)
        if activity:
            first = seen.setdefault((activity.unit, activity.order), row.line)
            if first != row.line:
                row.fault("order", f"The unit has this order in line {first} already; number its rows 1, 2, 3.")
        return activity

    return _in_order(read_rows(path, _ACTIVITY_COLUMNS, parse, optional=_ACTIVITY_OPTIONAL))


def read_metrics(path: Path) -> tuple[Metric, ...]:
    """
    Read the metrics of a case, sorted as the activities are; see `read_activities` for what is refused.

    Parameters
    ----------
    path
        UTF-8 CSV file with the columns unit, order, metric (`>` before the name: a part of the row before), value,
        measure, as_of, changes (`同比=24.5%;较“十二五”末=195.2%`), share (`全省=80.4%`), role, and where they are
        wanted derived (yes, no), quote, source, note.
    """
    return _in_order(read_rows(path, _METRIC_COLUMNS, _metric, optional=_METRIC_OPTIONAL))


def _in_order(rows: tuple[Ordered, ...]) -> tuple[Ordered, ...]:
    place: dict[str, int] = {}
    for row in rows:
        place.setdefault(row.unit, len(place))
    return tuple(sorted(rows, key=lambda r: (place[r.unit], r.order)))


def _activity(row: Row) -> Activity | None:
    unit, order, act = row.text("unit", required=True), row.integer("order"), row.text("act", required=True)
    theme = row.choice("theme", {t: t for t in THEMES})
    status = row.choice("status", {s: s for s in STATUSES})
    if act and not _ACT.fullmatch(act):
        row.fault("act", f"{act!r} is not a verb code; write lower-case letters joined by _, such as issue.")
    doc_no = row.text("doc_no")
    if doc_no and not _DOC_NO.fullmatch(doc_no):
        row.fault("doc_no", f"{doc_no!r} is not a document number; write it as 吉政办函〔2020〕179号.")
    quantities = _quantities(row)
    points = _points(row)
    date = _date(row, "date")
    if None in {order, theme, status}:
        return None
    assert order is not None and theme is not None and status is not None  # noqa: PT018 - narrows three at once
    free = {name: row.text(name) for name in ("when", "actor", "object", "partner", "basis", "content", "means")}
    return Activity(
        unit=unit,
        theme=theme,
        order=order,
        date=date,
        act=act,
        doc_no=doc_no,
        quantities=quantities,
        status=status,
        points=points,
        source=row.text("source"),
        note=row.text("note"),
        line=row.line,
        **free,
    )


def _metric(row: Row) -> Metric | None:
    unit, order, name = row.text("unit", required=True), row.integer("order"), row.text("metric", required=True)
    value, measure = row.number("value"), row.text("measure", required=True)
    if value is None and not row.text("value"):
        row.fault("value", "The cell is empty; write the number.")
    role = row.choice("role", {r: r for r in ROLES})
    derived = row.choice("derived", {"yes": True, "no": False}) if row.text("derived") else False
    if derived and role != "none":
        row.fault("role", "A derived number is not the source's, so nobody may tell it; write none.")
    changes = tuple(_changes(row, "changes"))
    shares = tuple(_changes(row, "share"))
    as_of = _date(row, "as_of")
    if order is None or value is None or role is None or derived is None:
        return None
    return Metric(
        unit=unit,
        order=order,
        name=name.removeprefix(">"),
        value=value,
        measure=measure,
        as_of=as_of,
        changes=changes,
        share=shares[0] if shares else None,
        role=role,
        part=name.startswith(">"),
        derived=derived,
        quote=row.text("quote"),
        source=row.text("source"),
        note=row.text("note"),
    )


def _date(row: Row, column: str) -> str:
    written = row.text(column)
    if written:
        try:
            parse_span(written)
        except ValueError as error:
            row.fault(column, f"{error}.")
    return written


def _quantities(row: Row) -> tuple[Quantity, ...]:
    try:
        return parse_quantities(row.text("quantities"))
    except ValueError as error:
        row.fault("quantities", f"{error}.")
        return ()


def _points(row: Row) -> tuple[int, ...]:
    parts = [p.strip() for p in row.text("points").split(";") if p.strip()]
    for part in parts:
        if not (part.isascii() and part.isdigit()):
            row.fault("points", f"{part!r} is not the number of a point; write numbers joined by ;.")
    return tuple(int(p) for p in parts if p.isascii() and p.isdigit())


def _changes(row: Row, column: str) -> list[Change]:
    found = []
    for part in filter(None, row.text(column).split(";")):
        match = _CHANGE.fullmatch(part.strip())
        if match:
            found.append(Change(match[1], Decimal(match[2])))
        else:
            row.fault(column, f"{part!r} is not a change; write base=number%, such as 同比=24.5%.")
    return found
