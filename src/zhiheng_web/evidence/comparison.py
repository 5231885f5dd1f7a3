"""Finds files that are the same as, or near to, those of another unit or another round."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from zhiheng_web.evidence import hooks
from zhiheng_web.evidence.inspection import (
    EvidenceRefusedError,
    Fingerprint,
    Inspected,
    bands,
    distance,
    extension_of,
    fingerprint,
    is_near,
    probes,
)
from zhiheng_web.evidence.models import Band, EvidenceFile, Likeness
from zhiheng_web.evidence.queries import limits
from zhiheng_web.evidence.store import local_content
from zhiheng_web.rounds.machine import Stage

MOST_ALIKE = 20
"""Files that one file is compared with by name; a circular of the province may lie with every unit."""
VALUE_DIGITS = 16
"""Hexadecimal digits of the part of a stored fingerprint by which candidates are found; the rest confirms them."""
OPEN = (Stage.SELF_ASSESSMENT, Stage.VERIFICATION)
"""Stages in which it is still of use to point at a file."""


def compare(pk: int) -> int:
    """
    Work out what a file resembles, and return how many likenesses were added.

    Fingerprint and findings are written in two transactions: of two files that are compared at the same time, the one
    that looks later sees the other. A second run changes nothing.
    """
    file = EvidenceFile.objects.filter(pk=pk).first()
    if file is None:
        return 0
    if file.compared_at is None:
        keep_fingerprint(file, _fingerprint(file))
    return add_likenesses(file)


def _fingerprint(file: EvidenceFile) -> Fingerprint | None:
    """Return the fingerprint of a file, taken from a file of the same content where there is one."""
    twin = EvidenceFile.objects.filter(sha256=file.sha256, compared_at__isnull=False).first()
    if twin is not None:
        return fingerprint_of(twin)
    inspected = Inspected(
        file.kind, file.mime, extension_of(file.name), file.size, file.sha256, file.pages, file.width, file.height
    )
    with local_content(file.sha256) as path:
        try:
            return fingerprint(path, inspected, limits())
        except EvidenceRefusedError:
            # What cannot be read within the limits is compared by its hash alone.
            return None


def fingerprint_of(file: EvidenceFile) -> Fingerprint | None:
    """Return the stored fingerprint of a file, or None."""
    if not file.likeness:
        return None
    return _read(file.likeness_kind, file.likeness)


def _read(sort: str, written: str) -> Fingerprint:
    value, detail = written[:VALUE_DIGITS], written[VALUE_DIGITS:]
    return Fingerprint(sort, int(value, 16), int(detail, 16))  # type: ignore[arg-type]  # only sorts are written


def _written(found: Fingerprint) -> str:
    return f"{found.value:016x}{found.detail:064x}"


@transaction.atomic
def keep_fingerprint(file: EvidenceFile, found: Fingerprint | None) -> None:
    """Store the fingerprint of a file with the bands by which near ones are looked up."""
    file.likeness_kind = found.sort if found else ""
    file.likeness = _written(found) if found else ""
    file.compared_at = timezone.now()
    # The file may have been removed meanwhile.
    if EvidenceFile.objects.filter(pk=file.pk).update(
        likeness_kind=file.likeness_kind, likeness=file.likeness, compared_at=file.compared_at
    ):
        Band.objects.filter(file=file).delete()
        if found:
            Band.objects.bulk_create(Band(file=file, key=key) for key in _keys(found.sort, bands(found.value)))


def _keys(sort: str, values: Iterable[int]) -> list[str]:
    return [f"{sort}:{place}:{value:04x}" for place, value in enumerate(values)]


@transaction.atomic
def add_likenesses(file: EvidenceFile) -> int:
    """Add what a file resembles, and to those of a running round that they resemble it; return how many were added."""
    if not EvidenceFile.objects.select_for_update().filter(pk=file.pk).first():
        return 0
    found = (_same(file) + _near(file))[:MOST_ALIKE]
    crowded = set(
        Likeness.objects.filter(file__in=[other.pk for other, _d in found])
        .values("file")
        .annotate(count=Count("pk"))
        .filter(count__gte=MOST_ALIKE)
        .values_list("file", flat=True)
    )
    pairs = [(file, other, apart) for other, apart in found]
    pairs += [
        (other, file, apart)
        for other, apart in found
        if other.pk not in crowded and other.round_unit.round.stage in OPEN
    ]
    there = set(Likeness.objects.filter(file__in={a.pk for a, _b, _d in pairs}).values_list("file_id", "other_id"))
    fresh = [(a, b, apart) for a, b, apart in pairs if (a.pk, b.pk) not in there]
    Likeness.objects.bulk_create(
        (
            Likeness(
                file=a,
                other=b,
                kind=Likeness.Kind.SAME if apart is None else Likeness.Kind.NEAR,
                distance=apart or 0,
            )
            for a, b, apart in fresh
        ),
        ignore_conflicts=True,
    )
    if fresh:
        hooks.tell_likeness_changed({a.pk for a, _b, _d in fresh})
    return len(fresh)


def _same(file: EvidenceFile) -> list[tuple[EvidenceFile, int | None]]:
    """Return the earliest files of the same content that other units or other rounds have."""
    others = _elsewhere(file).filter(sha256=file.sha256).order_by("uploaded_at", "pk")[:MOST_ALIKE]
    return [(other, None) for other in others]


def _near(file: EvidenceFile) -> list[tuple[EvidenceFile, int | None]]:
    """Return files of near content, the nearest first."""
    own = fingerprint_of(file)
    if own is None:
        return []
    keys = [f"{own.sort}:{place}:{value:04x}" for place, values in enumerate(probes(own.value)) for value in values]
    candidates = (
        _elsewhere(file)
        .exclude(sha256=file.sha256)
        .filter(likeness_kind=own.sort, pk__in=Band.objects.filter(key__in=keys).values("file"))
        .values_list("pk", "likeness")
    )
    near = []
    for pk, written in candidates:
        theirs = _read(own.sort, written)
        if is_near(own, theirs):
            near.append((distance(own, theirs), pk))
    near = sorted(near)[:MOST_ALIKE]
    found = _elsewhere(file).in_bulk([pk for _apart, pk in near])
    return [(found[pk], apart) for apart, pk in near if pk in found]


def _elsewhere(file: EvidenceFile) -> QuerySet[EvidenceFile]:
    return EvidenceFile.objects.select_related("round_unit__round").exclude(round_unit=file.round_unit_id)
