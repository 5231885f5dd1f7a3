"""The closed set of rules that turn what a unit shows into the marks of one point."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[Decimal, Field(max_digits=15, decimal_places=9)]
"""A number in a framework file; bounded, so that `1e999999` cannot be typed by mistake or malice."""

OURS = "ours"
"""Value of `source` for a setting that the source document does not state."""


class Frozen(BaseModel):
    """Base of all framework models: immutable, and unknown keys are refused so that a typing error is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Sourced(Frozen):
    """A setting that says where it comes from."""

    source: str = ""
    """Key of `sources`, or `ours` for a setting that the source does not state."""
    reason: str = ""
    """Why we chose it; required with `source: ours`."""

    @model_validator(mode="after")
    def _ours_needs_reason(self) -> Sourced:
        if self.source == OURS and not self.reason.strip():
            msg = "`source: ours` needs a `reason`"
            raise ValueError(msg)
        return self


class Period(Sourced):
    """The period in which a fact must lie to count."""

    start: str = Field(alias="from", pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    """First day, month or year that counts."""
    end: str = Field(alias="to", pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    """Last day, month or year that counts."""

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        for day in (self.start, self.end):
            try:
                date.fromisoformat(f"{day}-01-01"[:10])
            except ValueError as error:
                msg = f"{day} is not a day of the calendar"
                raise ValueError(msg) from error
        if self.end < self.start[: len(self.end)]:
            msg = f"the period ends ({self.end}) before it starts ({self.start})"
            raise ValueError(msg)
        return self


class RuleBase(Sourced):
    """What every rule states."""

    evidence: str = Field(min_length=1)
    """What counts as evidence, in words for the people who hand it in."""
    precision: Number | None = Field(default=None, gt=0)
    """Step in which this point is marked; the framework's precision when absent."""
    period: Period | None = None
    """Period in which facts count; the framework's period when absent."""


class YesNo(RuleBase):
    """是非项: full marks when shown, else none."""

    kind: Literal["yes_no"]


class Judged(RuleBase):
    """评判项: a reviewer picks one of the declared steps."""

    kind: Literal["judged"]
    steps: tuple[Annotated[Number, Field(ge=0, le=1)], ...] = Field(min_length=2)
    """Shares of the full marks that may be given, rising from 0 to 1."""

    @model_validator(mode="after")
    def _rising(self) -> Judged:
        if list(self.steps) != sorted(set(self.steps)) or self.steps[0] != 0 or self.steps[-1] != 1:
            msg = "`steps` must rise from 0 to 1 without repeats"
            raise ValueError(msg)
        return self


class PerItem(RuleBase):
    """计次项: so many marks for each item, up to a cap."""

    kind: Literal["per_item"]
    each: Number = Field(gt=0)
    """Marks for one item."""
    cap: Number = Field(gt=0)
    """Most marks."""


class PerField(RuleBase):
    """分领域计分项: so many marks for each different field, up to a cap."""

    kind: Literal["per_field"]
    each: Number = Field(gt=0)
    """Marks for one field."""
    cap: Number = Field(gt=0)
    """Most marks."""
    fields: tuple[str, ...] = ()
    """Fields the source names."""
    open: bool = False
    """Whether fields that are not listed count too (the source says 等)."""


class Threshold(Frozen):
    """One step of a `steps` rule."""

    at: Number
    """Value from which the marks are given."""
    marks: Number = Field(ge=0)
    """Marks given."""


class Steps(RuleBase):
    """分档项: thresholds on a number."""

    kind: Literal["steps"]
    measure: str = Field(min_length=1)
    """Unit of measure of the number."""
    direction: Literal["higher", "lower"] = "higher"
    """Whether more or less is better."""
    thresholds: tuple[Threshold, ...] = Field(min_length=1)
    """From the easiest to the hardest step; below the first there are no marks."""

    @model_validator(mode="after")
    def _in_order(self) -> Steps:
        ats = [t.at for t in self.thresholds]
        marks = [t.marks for t in self.thresholds]
        if ats != sorted(set(ats), reverse=self.direction == "lower") or marks != sorted(set(marks)):
            msg = "`thresholds` must go from the easiest to the hardest step with rising marks"
            raise ValueError(msg)
        return self


class Linear(RuleBase):
    """比例项: no marks at the floor, full marks at the target, in proportion between."""

    kind: Literal["linear"]
    measure: str = Field(min_length=1)
    """Unit of measure of the number."""
    floor: Number
    """Value that earns nothing."""
    target: Number
    """Value that earns full marks; below `floor` when less is better."""

    @model_validator(mode="after")
    def _apart(self) -> Linear:
        if self.floor == self.target:
            msg = "`floor` and `target` must differ"
            raise ValueError(msg)
        return self


class Relative(RuleBase):
    """相对项: the number is compared with those of the other units of the round."""

    kind: Literal["relative"]
    measure: str = Field(min_length=1)
    """Unit of measure of the number."""
    method: Literal["minmax", "rank", "percentile"]
    """`minmax`: (x - worst) / (best - worst); `rank`: (n - rank + 1) / n; `percentile`: (n - rank) / (n - 1)."""
    direction: Literal["higher", "lower"] = "higher"
    """Whether more or less is better."""
    ties: Literal["best", "mean", "worst"] = "best"
    """Rank that equal values share: their best, mean or worst rank."""
    lone: Number = Field(ge=0, le=1)
    """Share of full marks when there is nothing to compare: one unit, or all values equal under `minmax`."""
    coverage: Number = Field(default=Decimal(1), gt=0, le=1)
    """Share of the round's units that must have a comparable value before anybody is marked."""


class Deduct(RuleBase):
    """扣分项: starts at full marks and loses some for each item."""

    kind: Literal["deduct"]
    each: Number = Field(gt=0)
    """Marks lost for one item."""
    cap: Number | None = Field(default=None, gt=0)
    """Most marks that can be lost; the full marks when absent."""


class Bonus(RuleBase):
    """加分项: marks on top of the total for each item, up to a cap; not part of the sum of full marks."""

    kind: Literal["bonus"]
    each: Number = Field(gt=0)
    """Marks for one item."""
    cap: Number = Field(gt=0)
    """Most marks."""


Rule = Annotated[
    YesNo | Judged | PerItem | PerField | Steps | Linear | Relative | Deduct | Bonus,
    Field(discriminator="kind"),
]

MEASURED = ("steps", "linear", "relative")
"""Kinds that read one number a unit."""
COUNTED = ("per_item", "per_field", "deduct", "bonus")
"""Kinds that add up several facts."""
