"""What goes in and out of the API."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from ninja import Path, Schema
from pydantic import ConfigDict, Field

T = TypeVar("T")
MOST = 200
"""Entries of a list that come at once."""
Code = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,40}$")]
Key = Annotated[int, Path(ge=1, le=2**53)]
No = Annotated[int, Path(ge=1, le=100_000)]
# A zero character is text that PostgreSQL does not keep.
_KEPT = r"^[^\x00]*$"
Marks = float
"""Marks: exact in decimal, because a binary number is written as the shortest decimal that names it."""


class Paging(Schema):
    """Which part of a list is asked for."""

    limit: int = Field(50, ge=1, le=MOST)
    offset: int = Field(0, ge=0, le=10_000_000)


class Listed(Schema, Generic[T]):
    """A part of a list."""

    items: list[T]
    total: int
    limit: int
    offset: int


class Wrong(Schema):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Schema):
    """A refusal, after RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Wrong] = Field(default_factory=list)


class FrameworkOut(Schema):
    """A version of a framework."""

    id: int
    code: str
    version: str
    title: str
    total: Marks
    origin: str
    content_hash: str
    locked: bool
    made_at: datetime


class IndicatorOut(Schema):
    """An indicator."""

    code: str
    parent: str
    level: int
    number: str
    title: str
    full: Marks


class PointOut(Schema):
    """A point with its rule in words."""

    no: int
    indicator: str
    text: str
    full: Marks
    kind: str
    rule: str


class FrameworkWhole(FrameworkOut):
    """A version of a framework with its tree."""

    level_names: list[str]
    indicators: list[IndicatorOut]
    points: list[PointOut]


class WindowOut(Schema):
    """When a stage is open."""

    stage: str
    opens_at: datetime
    closes_at: datetime


class RoundOut(Schema):
    """A round."""

    code: str
    title: str
    stage: str
    framework: int
    period_start: str
    period_end: str
    organisation: str
    area: str
    label: str
    version: int


class RoundWhole(RoundOut):
    """A round with its stages in order and their windows."""

    stages: list[str]
    windows: list[WindowOut]


class UnitOut(Schema):
    """A unit of a round."""

    code: str
    name: str
    full_name: str
    group: str
    state: str
    state_at: datetime
    points: int
    answered: int
    complete: int
    version: int


class SubmissionOut(UnitOut):
    """Where the self-assessment of a unit stands, and what the caller may do."""

    round: str
    deadline: datetime | None
    reason: str
    may_edit: bool
    may_hand_over: bool


class UsedFile(Schema):
    """A file at an item."""

    id: int
    name: str
    pages: str


class ItemOut(Schema):
    """A thing that a unit shows for a point."""

    text: str
    date: str
    component: str
    count: int | None
    files: list[UsedFile]


class AnswerOut(Schema):
    """The answer to a point; version 0 where nothing was filled in."""

    point: int
    version: int
    stance: str
    mark: Marks | None
    value: str | None
    note: str
    items: list[ItemOut]
    complete: bool
    claimed: Marks
    updated_at: datetime | None


class _Given(Schema):
    model_config = ConfigDict(extra="forbid")


class FileIn(_Given):
    """A file that supports an item."""

    id: int = Field(ge=1, le=2**53)
    pages: str = Field("", max_length=60, pattern=_KEPT)


class ItemIn(_Given):
    """A thing to show for a point."""

    text: str = Field("", max_length=2000, pattern=_KEPT)
    date: str = Field("", max_length=24, pattern=_KEPT)
    component: str = Field("", max_length=120, pattern=_KEPT)
    count: int | None = Field(None, ge=1, le=10**15 - 1)
    files: list[FileIn] = Field(default_factory=list, max_length=50)


class AnswerIn(_Given):
    """The answer to a point as a whole."""

    stance: Literal["", "yes", "no", "not_applicable"] = ""
    mark: Decimal | None = Field(None, max_digits=15, decimal_places=6)
    value: Decimal | None = Field(None, max_digits=24, decimal_places=9)
    note: str = Field("", max_length=4000, pattern=_KEPT)
    items: list[ItemIn] = Field(default_factory=list, max_length=300)
    version: int | None = Field(None, ge=0, le=2**31 - 1)


class FileOut(Schema):
    """A file of a unit."""

    id: int
    name: str
    sha256: str
    size: int
    kind: str
    mime: str
    pages: int | None
    uploaded_at: datetime


class IntervalOut(Schema):
    """Marks, or null while they are open, and between which bounds they lie."""

    mark: Marks | None
    confirmed: Marks
    claimed: Marks
    possible: Marks


class TotalOut(IntervalOut):
    """The total of a unit."""

    unit: str
    name: str
    rank: float | None
    rank_best: int
    rank_worst: int
    grade: str | None


class NodeOut(IntervalOut):
    """A node of the tree of a unit; the code of the whole is empty."""

    code: str
    level: int
    number: str
    title: str
    full: Marks


class HashesOut(Schema):
    """What the result was made from."""

    framework: str
    data: str
    method: str


class ResultOut(Listed[TotalOut]):
    """The totals of a round."""

    round: str
    label: str
    settled: bool
    hashes: HashesOut


class UnitResultOut(TotalOut):
    """The result of a unit."""

    round: str
    label: str
    hashes: HashesOut
    nodes: list[NodeOut]
