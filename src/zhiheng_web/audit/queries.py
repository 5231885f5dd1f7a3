"""Reads of the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.audit.chain import FIELDS, Break, breaks
from zhiheng_web.audit.models import Entry, Head

BATCH = 2_000


def chain_breaks() -> Iterator[Break]:
    """Return every place where the log was tampered with, from its first entry to the head."""
    last: dict[str, object] = {}

    def entries() -> Iterator[dict[str, object]]:
        for row in Entry.objects.order_by("number").values(*FIELDS, "hash").iterator(chunk_size=BATCH):
            last.update(number=row["number"], hash=row["hash"])
            yield row

    yield from breaks(entries())
    head = Head.objects.filter(pk=1).first()
    if head is None:
        if last:
            yield Break(int(str(last["number"])), _("记录链的末端标记被删除"))
    elif (head.number, head.hash) != (last.get("number", 0), last.get("hash", head.hash if not head.number else "")):
        yield Break(head.number, _("末尾的记录被删除或者改动过"))


def visible_to(username: str, role: str) -> QuerySet[Entry]:
    """
    Return the entries that a person may read, newest first: nobody audits himself.

    The auditor reads all but his own, the security administrator reads those of auditors, nobody else reads any.
    """
    found = Entry.objects.order_by("-number")
    if role == "auditor":
        return found.exclude(actor=username)
    if role == "security":
        return found.filter(actor_role="auditor").exclude(actor=username)
    return found.none()


def own_sign_ins(username: str) -> QuerySet[Entry]:
    """Return the sign-ins of a person and the failed tries under his name, newest first."""
    return Entry.objects.filter(actor=username, act="session.sign_in").order_by("-number")


def entries(
    among: QuerySet[Entry],
    *,
    actor: str = "",
    act: str = "",
    target: str = "",
    outcome: str = "",
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[Entry]:
    """
    Return entries by filter.

    Parameters
    ----------
    among
        Entries that may be read.
    actor, target
        Part of the username or name of a person; part of the name of an object, or its label such as `unit:7`.
    act
        An act such as `round.open`, or all acts of a kind: `round.`.
    outcome
        Value of `Outcome`.
    first, last
        Days in the zone of the site, both included.
    """
    found = among
    if actor:
        found = found.filter(Q(actor__icontains=actor) | Q(actor_name__icontains=actor))
    if act:
        found = found.filter(act__startswith=act) if act.endswith(".") else found.filter(act=act)
    if target:
        found = found.filter(Q(target=target) | Q(target_name__icontains=target))
    if outcome:
        found = found.filter(outcome=outcome)
    if first:
        found = found.filter(at__gte=_midnight(first))
    if last:
        found = found.filter(at__lt=_midnight(last) + timedelta(days=1))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
