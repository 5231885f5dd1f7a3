"""Reads a case folder; refuses with file, row and field of every fault, and never half-reads."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from zhiheng.assessment.activities import read_activities, read_metrics
from zhiheng.assessment.case import Case, Settings
from zhiheng.assessment.dates import parse_span
from zhiheng.assessment.facts import Decision, Fact, Statement, Status
from zhiheng.assessment.tables import Row, read_rows
from zhiheng.errors import (
    CaseError,
    FileMissingError,
    FrameworkError,
    InexactMarkError,
    Problem,
    UnknownCaseError,
)
from zhiheng.framework.checks import run_checks
from zhiheng.framework.load import builtin_codes as framework_codes
from zhiheng.framework.load import load, load_framework
from zhiheng.framework.model import Framework
from zhiheng.framework.rules import COUNTED
from zhiheng.framework.yaml_lines import dotted, read

FACT_COLUMNS = ("unit", "point", "status", "mark", "value", "measure", "date", "component", "quote", "source", "note")
DECISION_COLUMNS = ("unit", "point", "status", "mark", "reason")
STATEMENT_COLUMNS = ("id", "unit", "kind", "node", "relation", "value", "quote", "source", "inferred", "note")
_FACT_STATUS = {s.value: s for s in Status if s is not Status.UNKNOWN}
_DECISION_STATUS = {s.value: s for s in (Status.VERIFIED, Status.REJECTED, Status.NOT_APPLICABLE)}
_KINDS = {k: k for k in ("total", "order", "score", "strength", "weakness")}
_YES_NO = {"yes": True, "no": False}


def builtin_cases() -> tuple[str, ...]:
    """Return the codes of the cases that come with the package, sorted."""
    return tuple(sorted(folder.name for folder in _builtin().iterdir() if (folder / "case.yaml").is_file()))


def load_case(name: str | Path) -> Case:
    """
    Return a case by built-in code or by folder.

    Parameters
    ----------
    name
        Code such as `jilin-2021`, or path of a folder with `case.yaml` and tables.

    Raises
    ------
    UnknownCaseError
        If it is neither.
    CaseError
        If a file has faults; carries all of that file with line and field.
    """
    folder = case_folder(name)
    settings = _settings(folder)
    framework = _framework(folder, settings)
    reader = _Tables(folder, settings, framework)
    case = Case(
        settings=settings,
        framework=framework,
        facts=reader.facts(),
        decisions=reader.decisions(),
        statements=reader.statements(),
        activities=read_activities(folder / "activities.csv") if (folder / "activities.csv").is_file() else (),
        metrics=read_metrics(folder / "metrics.csv") if (folder / "metrics.csv").is_file() else (),
        logs={p.name: p.read_text("utf-8") for p in sorted(folder.glob("*.log"))},
    )
    return _with_base(case, folder) if settings.based_on else case


def _with_base(case: Case, folder: Path) -> Case:
    """Lay the facts, activities and metrics of the case that a reconstruction is based on under its own decisions."""
    sibling = folder.parent / case.settings.based_on
    base = load_case(sibling if (sibling / "case.yaml").is_file() else case.settings.based_on)
    return replace(
        case,
        facts=case.facts or base.facts,
        activities=case.activities or base.activities,
        metrics=case.metrics or base.metrics,
    )


def case_folder(name: str | Path) -> Path:
    """Return the folder of a case by built-in code or path; see `load_case` for what is refused."""
    if isinstance(name, str) and name in builtin_cases():
        return Path(str(_builtin() / name))
    folder = Path(name)
    if (folder / "case.yaml").is_file():
        return folder
    if folder.is_dir():
        msg = f"The folder {folder} has no case.yaml, so it is not a case."
        raise FileMissingError(msg, folder=str(folder))
    known = ", ".join(builtin_cases())
    msg = f"There is no case {str(name)!r}. Built in: {known}; or give the path of a case folder."
    raise UnknownCaseError(msg, name=str(name))


def _builtin() -> Traversable:
    return resources.files("zhiheng") / "cases"


def _settings(folder: Path) -> Settings:
    source = read((folder / "case.yaml").read_text("utf-8-sig"), "case.yaml")
    problems = list(source.problems)
    if not problems:
        try:
            return Settings.model_validate(source.data)
        except ValidationError as error:
            for fault in error.errors():
                message = fault["msg"].removeprefix("Value error, ")
                path = tuple(fault["loc"])
                problems.append(Problem(f"{message}.", "case.yaml", source.line(path), dotted(path)))
    msg = (
        f"case.yaml cannot be used: {len(problems)} faults."
        if len(problems) > 1
        else "case.yaml cannot be used: 1 fault."
    )
    raise CaseError(msg, problems)


def _framework(folder: Path, settings: Settings) -> Framework:
    beside = folder / settings.framework
    if settings.framework in framework_codes() or beside.suffix != ".yaml" or beside.parent != folder:
        return load_framework(settings.framework)
    loaded = load(beside)
    # A framework that contradicts itself gives marks that mean nothing.
    faults = [v for v in run_checks(loaded) if v.severity == "error"]
    if faults:
        msg = f"{beside.name} contradicts itself: {len(faults)} errors; see `zhiheng framework check`."
        raise FrameworkError(msg, [Problem(f"{v.check} {v.message}", v.file, v.line, v.field) for v in faults])
    return loaded.framework


class _Tables:
    """Reads the tables of one case against its units and points."""

    def __init__(self, folder: Path, settings: Settings, framework: Framework) -> None:
        self.folder = folder
        self.settings = settings
        self.framework = framework
        self.units = {key: u.code for u in settings.units for key in (u.code, u.name, u.full_name) if key}
        self.points = {p.no: p for _, p in framework.points}
        self.nodes = {i.code for _, _, i in framework.nodes} | {f"p{no}" for no in self.points} | {""}
        self.dates: set[str] = set()

    def facts(self) -> tuple[Fact, ...]:
        path = self.folder / "facts.csv"
        return read_rows(path, FACT_COLUMNS, self._fact) if path.is_file() else ()

    def decisions(self) -> tuple[Decision, ...]:
        path = self.folder / "decisions.csv"
        seen: dict[tuple[str, int], int] = {}

        def parse(row: Row) -> Decision | None:
            decision = self._decision(row)
            if decision:
                first = seen.setdefault((decision.unit, decision.point), row.line)
                if first != row.line:
                    row.fault("point", f"The point of this unit is decided twice; see line {first}.")
            return decision

        return read_rows(path, DECISION_COLUMNS, parse) if path.is_file() else ()

    def statements(self) -> tuple[Statement, ...]:
        path = self.folder / "statements.csv"
        return read_rows(path, STATEMENT_COLUMNS, self._statement) if path.is_file() else ()

    def _place(self, row: Row) -> tuple[str, int] | None:
        unit, point = self._unit(row), row.integer("point")
        if point is not None and point not in self.points:
            row.fault("point", f"The framework {self.framework.code} has no point {point}.")
        return (unit, point) if unit is not None and point in self.points and point is not None else None

    def _unit(self, row: Row) -> str | None:
        name = row.text("unit", required=True)
        if name and name not in self.units:
            row.fault("unit", f"The case has no unit {name!r}; add it to case.yaml or correct the name.")
        return self.units.get(name)

    def _mark(self, row: Row, point: int, *, settled: bool = False) -> Decimal | None:
        """Return the mark, checked to lie within the point and on the precision."""
        mark = row.number("mark")
        if mark is None:
            return None
        try:
            self.framework.scale.ticks(mark)
        except InexactMarkError as error:
            row.fault("mark", error.message)
        full = self.framework.full(self.points[point])
        # One fact may stand for more items than the cap allows; the cap applies to their sum.
        counted = not settled and self.points[point].rule.kind in COUNTED
        if mark < 0 or (mark > full and not counted):
            row.fault("mark", f"Point {point} gives 0 to {full} marks, not {mark}.")
        return mark

    def _fact(self, row: Row) -> Fact | None:
        place, status = self._place(row), row.choice("status", _FACT_STATUS)
        written = row.text("date")
        if written and written not in self.dates:
            try:
                parse_span(written)
                self.dates.add(written)
            except ValueError as error:
                row.fault("date", f"{error}.")
        value = row.number("value")
        if value is not None and value < 0:
            row.fault("value", "The value is below 0.")
        if place is None or status is None:
            return None
        return Fact(
            *place,
            status,
            self._mark(row, place[1]),
            value,
            row.text("measure"),
            written,
            row.text("component"),
            row.text("quote"),
            row.text("source"),
            row.text("note"),
            row.line,
        )

    def _decision(self, row: Row) -> Decision | None:
        place, status = self._place(row), row.choice("status", _DECISION_STATUS)
        if place is None or status is None:
            return None
        mark = self._mark(row, place[1], settled=True)
        if status is Status.VERIFIED and mark is None:
            row.fault("mark", "A verified decision needs its mark.")
        if status is not Status.VERIFIED and mark:
            row.fault("mark", f"A point that is {status} has no marks; leave the cell empty or write 0.")
        return Decision(*place, status, mark if mark is not None else Decimal(0), row.text("reason"), row.line)

    def _statement(self, row: Row) -> Statement | None:
        unit, kind = self._unit(row), row.choice("kind", _KINDS)
        node, value = row.text("node"), row.number("value")
        if node not in self.nodes:
            row.fault("node", f"The framework has no indicator or point {node!r}.")
        relation = row.text("relation")
        if kind in {"total", "score", "order"} and value is None:
            row.fault("value", "A statement of this kind needs a number.")
        if kind in {"total", "score"} and relation not in {"=", ">", "<", ">=", "<="}:
            row.fault("relation", "Write =, >, <, >= or <=.")
        inferred = row.choice("inferred", _YES_NO)
        if unit is None or kind is None:
            return None
        return Statement(
            row.text("id", required=True),
            unit,
            kind,
            node,
            relation,
            value,
            row.text("quote"),
            row.text("source"),
            bool(inferred),
            row.text("note"),
        )
