"""Reads of results: the snapshot and the publication in force, and what goes into the signed file beside the case."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Max, QuerySet

from zhiheng.marks import plain
from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.assessments.models import Decision
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.results.models import Publication, Snapshot, Waiver
from zhiheng_web.results.permissions import reads_results
from zhiheng_web.rounds.machine import STAGES
from zhiheng_web.rounds.models import Round, RoundUnit

FOLDER = "results"


def place() -> Path:
    """Return the folder of the signed files."""
    folder = Path(settings.DATA) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def snapshot_of(round_: Round) -> Snapshot | None:
    """Return the snapshot in force, or None."""
    return Snapshot.objects.filter(round=round_, superseded_at=None).first()


def publication_of(round_: Round) -> Publication | None:
    """Return what of a round is public, or None."""
    return Publication.objects.filter(round=round_, withdrawn_at=None).select_related("snapshot", "round").first()


def may_read(user: User, round_: Round) -> bool:
    """
    Return whether somebody may see results of a round: the office and leaders any, a unit its own once it is public.

    Which unit is his own is for `units_for` to say.
    """
    return reads_results(user) or (is_of_a_unit(user) and publication_of(round_) is not None)


def public() -> QuerySet[Publication]:
    """Return all that is public, the newest first."""
    return Publication.objects.filter(withdrawn_at=None).select_related("snapshot", "round__framework")


def groups_of(round_: Round) -> dict[str, str]:
    """Return the group of each unit by code, as it was when the list was frozen."""
    return dict(RoundUnit.objects.filter(round=round_).values_list("code", "group"))


def grades_of(round_: Round) -> tuple[str, ...]:
    """Return the names of the grades of a round, from the highest."""
    return tuple(framework_of(round_.framework).grades.names)


def moment(round_: Round) -> datetime:
    """Return when the content of a round was last settled: a file of the same content carries the same moment."""
    decided = Decision.objects.filter(round_unit__round=round_).aggregate(at=Max("at"))["at"]
    waived = Waiver.objects.filter(round=round_).aggregate(at=Max("at"))["at"]
    known = [at for at in (decided, waived, round_.frozen_at) if at is not None]
    return max(known, default=round_.made_at).replace(microsecond=0)


def extras(round_: Round) -> Mapping[str, bytes]:
    """Return what goes into the signed file beside the case: the decisions of all stages, and findings let stand."""
    order = {str(stage): place for place, stage in enumerate(STAGES)}
    columns = ("round_unit__code", "round_unit__name", "point", "stage", "act", "mark", "reason_code", "reason")
    found = Decision.objects.filter(round_unit__round=round_).order_by("round_unit__position", "round_unit", "point")
    chain = [
        (code, name, no, stage, act, "" if mark is None else plain(mark), reason_code, reason)
        for code, name, no, stage, act, mark, reason_code, reason in found.values_list(*columns)
    ]
    places = {code: i for i, code in enumerate(dict.fromkeys(line[0] for line in chain))}
    chain.sort(key=lambda line: (places[line[0]], line[2], order[line[3]]))
    heads = ("unit", "name", "point", "stage", "act", "mark", "reason_code", "reason")
    waived = Waiver.objects.filter(round=round_).order_by("message", "key").values_list("message", "reason")
    return {
        "chain.csv": _table(heads, chain),
        "waivers.csv": _table(("finding", "reason"), list(waived)),
    }


def _table(heads: Sequence[str], lines: Sequence[Sequence[object]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(lines)
    return file.getvalue().encode()
