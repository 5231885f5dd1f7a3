"""Exact marks: integers counted in steps of the declared precision, and the intervals made of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from zhiheng.errors import InexactMarkError


@dataclass(frozen=True, slots=True)
class Precision:
    """
    The step in which a framework counts marks.

    Parameters
    ----------
    step
        Marks per tick, a positive decimal such as 0.1.

    Examples
    --------
    >>> tenth = Precision(Decimal("0.1"))
    >>> tenth.ticks("82.4")
    824
    >>> tenth.marks(824)
    Decimal('82.4')
    """

    step: Decimal

    def ticks(self, marks: Decimal | str | float) -> int:
        """
        Return `marks` as an integer count of steps.

        Parameters
        ----------
        marks
            Marks; a float is read by its shortest decimal form, never by its binary value.

        Raises
        ------
        InexactMarkError
            If the marks are not a multiple of the step, or not a number.
        """
        try:
            quotient = Decimal(str(marks)) / self.step
            whole = int(quotient)
        except (InvalidOperation, ValueError, OverflowError) as error:
            msg = f"{marks!r} is not a number of marks; write a decimal such as 0.5."
            raise InexactMarkError(msg, marks=str(marks)) from error
        if whole != quotient:
            msg = f"{marks} is not a multiple of the precision {self.step}; round it or declare a finer precision."
            raise InexactMarkError(msg, marks=str(marks), step=str(self.step))
        return whole

    def round(self, marks: Decimal | float) -> int:
        """Return the tick nearest to `marks`; halves go up (四舍五入), as offices do."""
        return int(
            (Decimal(repr(float(marks)) if isinstance(marks, float) else marks) / self.step).quantize(
                Decimal(1), rounding=ROUND_HALF_UP
            )
        )

    def marks(self, ticks: int) -> Decimal:
        """Return the marks of a count of steps, exactly."""
        return int(ticks) * self.step

    def text(self, ticks: int) -> str:
        """Return the marks as people write them: `82.4`, `3`."""
        return plain(self.marks(ticks))


def plain(number: Decimal | float) -> str:
    """
    Return a number without exponent and without trailing zeros.

    Examples
    --------
    >>> plain(Decimal("3.0")), plain(82.4), plain(Decimal("100"))
    ('3', '82.4', '100')
    """
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Interval:
    """
    What a unit has at a node: confirmed <= claimed <= possible, all in ticks.

    Parameters
    ----------
    confirmed
        From verified facts and decisions only.
    claimed
        With claimed facts added.
    possible
        Upper bound: what could still be shown.
    """

    confirmed: int
    claimed: int
    possible: int

    @property
    def settled(self) -> bool:
        """Whether nothing is open any more."""
        return self.confirmed == self.possible

    def __contains__(self, ticks: int) -> bool:
        """Whether a final mark of `ticks` could still come out."""
        return self.confirmed <= ticks <= self.possible
