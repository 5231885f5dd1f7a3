"""Where results call the library: the calculation, the signed snapshot, the ranking and its chart."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from zhiheng.errors import ResultError
from zhiheng.pipeline import method_hash
from zhiheng.report.content import Figure
from zhiheng.report.figures.ranking import Bounds, Total, bounds_figure, ranking_figure
from zhiheng.report.figures.theme import pixels
from zhiheng.report.render.svg import Drawer
from zhiheng.scoring.result import FORMAT, Result
from zhiheng.snapshot.verify import verify_snapshot
from zhiheng.snapshot.write import write_snapshot
from zhiheng_web.assessments.case_folder import write_folder
from zhiheng_web.assessments.content import Progress, content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.audit.keys import signing_key
from zhiheng_web.refusals import Refused
from zhiheng_web.results.checks import Found
from zhiheng_web.results.rows import Head, Row, Score, Table
from zhiheng_web.rounds.models import Round

__all__ = [
    "Figure", "Frozen", "NotFrozen", "Result", "drawn", "filled", "findings_of", "frozen_result", "levels", "method",
    "public_key", "round_scored", "saved_result", "sorted_by", "table_of", "totals_figure", "write_frozen",
    "write_result",
]  # fmt: skip

KEY = "result_ed25519"
"""Name of the key that signs results."""
TOLD = 50
"""After how many units progress is told again."""


class NotFrozen(Refused):
    """A snapshot was written and does not verify."""

    code = "results.not_frozen"


@dataclass(frozen=True, slots=True)
class Frozen:
    """
    A snapshot that was written and verified.

    Parameters
    ----------
    sha256, size
        Of the file.
    key_id, public_key
        Of the key that signed it; the public key as hexadecimal digits.
    result_hash
        SHA-256 of the result in it.
    findings
        What a reader of the result must know.
    """

    sha256: str
    size: int
    key_id: str
    public_key: str
    result_hash: str
    findings: tuple[Found, ...]


def public_key() -> bytes:
    """Return the public key of this installation, raw."""
    return signing_key(KEY).public_key().public_bytes_raw()


def write_frozen(
    round_: Round, target: Path, made_at: datetime, extras: Mapping[str, bytes], progress: Progress | None = None
) -> Frozen:
    """
    Write a round as a signed snapshot, and check it as anybody can.

    Call it inside `snapshot()`, so that all of it is of one state. The same content and `made_at` give the same bytes.

    Raises
    ------
    NotFrozen
        If the file does not verify; nothing must be kept of it then.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="case-") as name:
        folder = Path(name)
        write_folder(round_, folder, progress)
        made = write_snapshot(folder, target, signing_key(KEY), made_at, extras)
    checked = verify_snapshot(target, public_key())
    if not checked.ok:
        failed = next(check for check in checked.checks if not check.ok)
        raise NotFrozen(_("快照没有通过验证：%(title)s。") % {"title": failed.title})
    return Frozen(
        made.sha256, made.size, made.manifest.key_id, made.manifest.public_key, made.result.digest(),
        findings_of(made.result),
    )  # fmt: skip


def method() -> str:
    """Return what names the calculation and the format of its results."""
    return f"{method_hash()} {FORMAT}"


def frozen_result(path: Path, sha256: str) -> Result | None:
    """Return the result that was signed, or None where the file is missing or is not the one that was signed."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return Result.from_json(archive.read("result.json").decode(), path.name)


def saved_result(path: Path) -> Result | None:
    """Return a result that was kept, or None where there is none or the file is broken."""
    try:
        return Result.load(path)
    except (FileNotFoundError, ResultError):
        return None


def round_scored(round_: Round, progress: Progress | None = None) -> Result:
    """
    Work the result of a round out as it stands.

    Parameters
    ----------
    round_
        The round, read in the same state as all that belongs to it.
    progress
        Called with (units done, units in all) now and then; reading and scoring count for one half each.
    """
    if progress is None:
        return round_result(content_of(round_))
    tell = progress
    content = content_of(round_, progress=lambda done, total: tell(done // 2, total))
    # Scoring tells of every unit, which is too often to pass on.
    return round_result(
        content,
        lambda done, total: tell((total + done) // 2, total) if done % TOLD == 0 or done == total else None,
    )


def write_result(result: Result, target: Path) -> None:
    """Keep a result in a file."""
    result.save(target)


def findings_of(result: Result) -> tuple[Found, ...]:
    """Return what somebody must look at: errors and warnings, each once."""
    found: dict[str, Found] = {}
    for one in result.findings:
        if one.severity == "info":
            continue
        key = hashlib.sha256(f"{one.id}\n{one.unit}\n{one.node}\n{one.message}".encode()).hexdigest()
        found.setdefault(key, Found(key, one.severity, one.unit, one.node, one.message))
    return tuple(found.values())


def table_of(result: Result, groups: Mapping[str, str], grades: Sequence[str]) -> Table:
    """
    Return the ranking of a result without columns of marks.

    Parameters
    ----------
    result
        The result.
    groups
        Group of each unit by code.
    grades
        Names of the grades, from the highest.
    """
    rows = []
    for place, unit in enumerate(result.units):
        known = unit.rank is not None and (unit.rank_best == unit.rank_worst or result.settled)
        rows.append(
            Row(
                unit.code, unit.name, groups.get(unit.code, ""), f"{unit.rank:g}" if known else "", unit.rank_best,
                unit.rank_worst, unit.grade or "", _score(result, place, 0), place,
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-row.total.number, row.best, row.worst, row.place))
    full = float(result.scale.marks(result.nodes[0].full))
    return Table(
        result.title, result.label, full, (), tuple(rows), tuple(grades), result.settled, grouped=any(groups.values())
    )


def _score(result: Result, row: int, column: int) -> Score:
    scale = result.scale
    low, value, high = (int(layer[row, column]) for layer in (result.confirmed, result.scores, result.possible))
    return Score(scale.text(value), scale.text(low), scale.text(high), float(scale.marks(value)))


def _columns(result: Result, level: str) -> list[int]:
    if level == "points":
        return [i for i, node in enumerate(result.nodes) if node.is_point]
    return list(result.level(int(level))) if level.isdecimal() and int(level) else []


def levels(result: Result, detail: str) -> list[str]:
    """Return the levels of columns that a detail of a publication has: `1`, `2`, … and `points`."""
    if detail == "totals":
        return []
    found = [str(level) for level in range(1, result.depth + 1)]
    return [*found, "points"] if detail == "full" else found


def filled(table: Table, result: Result, level: str) -> Table:
    """Return a table with the marks of its rows at the nodes of a level; ask for the rows of one page at a time."""
    columns = _columns(result, level)
    heads = tuple(
        Head(n.code, n.short or n.title, result.scale.text(n.full), n.level, n.is_point)
        for n in (result.nodes[i] for i in columns)
    )
    rows = tuple(replace(row, scores=tuple(_score(result, row.place, i) for i in columns)) for row in table.rows)
    return replace(table, heads=heads, rows=rows)


def sorted_by(table: Table, result: Result, order: str, level: str) -> Table:
    """Return a table sorted by the marks at a node of a level; another order leaves it as it is."""
    falling, code = order.startswith("-"), order.removeprefix("-")
    column = next((i for i in _columns(result, level) if result.nodes[i].code == code), None)
    if column is None:
        return table
    rows = sorted(table.rows, key=lambda row: int(result.scores[row.place, column]), reverse=falling)
    return replace(table, rows=tuple(rows))


def totals_figure(table: Table, caption: str) -> Figure:
    """Return the totals as a chart: bars in the order of the ranking, or intervals while marks are open."""
    if table.settled:
        totals = [Total(row.name, row.total.number, row.grade) for row in table.rows]
        return ranking_figure("ranking", caption, totals, full=table.full, grades=table.grades, label=table.label)
    bounds = [
        Bounds(row.name, float(row.total.low), row.total.number, float(row.total.high), None, None)
        for row in table.rows
    ]  # fmt: skip
    return bounds_figure("ranking", caption, bounds, full=table.full, label=table.label)


def drawn(figure: Figure) -> str:
    """Return a figure as SVG."""
    # An engine belongs to one thread, and requests come in many; what is drawn is kept by the caller.
    return Drawer().draw(figure.option, pixels(figure.width_mm), pixels(figure.height_mm))
