"""The result of a round: calculated once for each state of the round, kept on disk and in memory."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.utils.translation import gettext as _

from zhiheng.errors import ResultError
from zhiheng.framework.model import Framework
from zhiheng.pipeline import method_hash
from zhiheng.scoring.diagnose import Diagnosis
from zhiheng.scoring.result import FORMAT, Result
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.assessments.exports import stamp_of
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
FOLDER = "results-kept"
KEPT = 6
"""Results held in memory by each process."""


class NoResult(Refused):
    """The round has nothing that could be scored yet."""

    code = "dashboards.no_result"


@dataclass(frozen=True)
class Field:
    """
    The result of a round with what all pages ask of it.

    Parameters
    ----------
    result, framework, version
        The result, and the rules it was made by.
    groups
        Peer group of each unit, in the order of the result; "" for none.
    """

    result: Result
    framework: Framework
    version: FrameworkVersion
    groups: tuple[str, ...]

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Statistics of the field."""
        return Diagnosis(self.result)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Rows by confirmed total, then by what is still possible, from the highest; equal ones in printed order."""
        low, high = self.result.scores[:, 0], self.result.possible[:, 0]
        return tuple(int(i) for i in np.lexsort((np.arange(len(low)), -high, -low)))

    @cached_property
    def settled_nodes(self) -> Bools:
        """Whether a node is settled for every unit; shape (nodes,)."""
        found: Bools = (self.result.confirmed == self.result.possible).all(0)
        return found

    @cached_property
    def settled_units(self) -> int:
        """Count of units of which no mark is open."""
        return int((self.result.confirmed == self.result.possible).all(1).sum())


_kept: OrderedDict[str, Field] = OrderedDict()
_guard = threading.Lock()
_busy: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)


def result_of(round_: Round) -> Result:
    """
    Return the result of a round as it stands: the one place that says where results come from.

    Refused: a round in preparation or without units (NoResult).
    """
    return field_of(round_).result


def field_of(round_: Round) -> Field:
    """
    Return the result of a round with what pages ask of it; calculated at most once for each state of the round.

    Refused: a round in preparation or without units (NoResult).
    """
    if round_.stage == Stage.PREPARATION:
        raise NoResult(_("考核轮次尚在筹备，还没有结果。"))
    name = _name(round_)
    found = _remembered(name)
    if found is not None:
        return found
    with _guard:
        busy = _busy[round_.pk]
    # Who comes second waits for the first instead of calculating the same.
    with busy:
        return _remembered(name) or _made(round_)


def _name(round_: Round) -> str:
    """Return the name of a state of a round under the present method."""
    digest = hashlib.sha256(f"{stamp_of(round_)} {method_hash()} {FORMAT}".encode()).hexdigest()
    return f"{round_.pk}-{digest}"


def _remembered(name: str) -> Field | None:
    with _guard:
        found = _kept.get(name)
        if found is not None:
            _kept.move_to_end(name)
        return found


def _made(round_: Round) -> Field:
    """Return the field from disk, or calculate and keep it."""
    with snapshot():
        round_ = Round.objects.select_related("framework").prefetch_related("windows").get(pk=round_.pk)
        name = _name(round_)
        path = _place() / f"{name}.json"
        rows = RoundUnit.objects.filter(round=round_).order_by("position", "pk")
        groups = tuple(rows.values_list("group", flat=True))
        if not groups:
            raise NoResult(_("考核轮次还没有评价对象，因而没有结果。"))
        result = _loaded(path) or _calculated(round_, path)
    field = Field(result, framework_of(round_.framework), round_.framework, groups)
    with _guard:
        _kept[name] = field
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return field


def _place() -> Path:
    folder = Path(settings.DATA) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _loaded(path: Path) -> Result | None:
    """Return a result that was kept; None where there is none or the file is broken."""
    try:
        return Result.load(path)
    except (FileNotFoundError, ResultError):
        return None


def _calculated(round_: Round, path: Path) -> Result:
    result = round_result(content_of(round_))
    # Another process may write the same state at this moment: each has a file of its own until it is whole.
    own = path.with_name(f"{path.stem}.{secrets.token_hex(4)}")
    result.save(own)
    own.replace(path)
    for old in path.parent.glob(f"{round_.pk}-*.json"):
        if old != path:
            old.unlink(missing_ok=True)
    return result
