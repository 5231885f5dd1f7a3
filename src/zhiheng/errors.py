"""Every way the library refuses: one class and one stable dotted code each; codes are public and never reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong with an input, and where.

    Parameters
    ----------
    message
        What is wrong and what to do about it, in one sentence.
    file
        Name of the file, or "".
    line
        Line in the file, counted from 1 (a CSV row counts its header as line 1), or None.
    field
        Field, column or path inside the file, or "".
    """

    message: str
    file: str = ""
    line: int | None = None
    field: str = ""

    def __str__(self) -> str:
        """Return `file:line [field] message`, leaving out what is not known."""
        place = self.file
        if self.line is not None:
            place = f"{place}:{self.line}"
        parts = [place, f"[{self.field}]" if self.field else "", self.message]
        return " ".join(part for part in parts if part)


class ZhihengError(Exception):
    """
    Base of all refusals.

    Parameters
    ----------
    message
        What was wrong, where, and what to do.
    details
        Machine-readable details.
    """

    code = "zhiheng"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InputError(ZhihengError):
    """
    An input file or argument cannot be used; carries every problem found, not only the first.

    Parameters
    ----------
    message
        Summary of the refusal.
    problems
        All problems, in the order of the file.
    """

    code = "input"

    def __init__(self, message: str, problems: Sequence[Problem] = (), **details: object) -> None:
        super().__init__(message, **details)
        self.problems = tuple(problems)


class FileMissingError(InputError):
    """A file or folder that was asked for does not exist."""

    code = "input.file_missing"


class FrameworkError(InputError):
    """A framework file is not a valid framework."""

    code = "framework.invalid"


class UnknownFrameworkError(InputError):
    """No built-in framework has this code and no file has this name."""

    code = "framework.unknown"


class CaseError(InputError):
    """A case folder holds rows or settings that cannot be used."""

    code = "case.invalid"


class UnknownCaseError(InputError):
    """No built-in case has this code and no folder has this name."""

    code = "case.unknown"


class EditsError(InputError):
    """Edits of a report cannot be used."""

    code = "report.edits"


class UnknownUnitError(InputError):
    """The case has no unit of this name or code."""

    code = "case.unknown_unit"


class UnknownNodeError(InputError):
    """The framework has no indicator or point of this code."""

    code = "framework.unknown_node"


class WorkbookError(InputError):
    """A workbook that was handed in is no workbook of ours, is unsafe to open, or holds cells that cannot be used."""

    code = "workbook.invalid"


class InexactMarkError(ZhihengError, ValueError):
    """A mark is not an integer multiple of the declared precision."""

    code = "marks.inexact"


class ResultError(InputError):
    """A saved result cannot be read, or its hashes do not match its content."""

    code = "result.invalid"


class SnapshotError(InputError):
    """A file is no snapshot of a round, or a case folder cannot become one."""

    code = "snapshot.invalid"


class InfeasibleError(ZhihengError):
    """No set of marks satisfies the hard statements."""

    code = "reconstruction.infeasible"


class RenderError(ZhihengError):
    """A figure or a file of the report could not be drawn."""

    code = "report.render"
