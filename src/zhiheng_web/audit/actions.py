"""Appends to the log, inside the transaction of the write that it records."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise

from zhiheng_web.audit.chain import FIELDS, START, entry_hash
from zhiheng_web.audit.context import Actor, actor
from zhiheng_web.audit.models import Entry, Head, Outcome
from zhiheng_web.language import site_language

MOST_TEXT = 2_000
"""Characters of one text kept in an entry; longer ones are cut and say so."""
Values = Mapping[str, object]


@transaction.atomic
def record(
    act: str,
    target: object = "",
    *,
    name: str | Promise = "",
    before: Values | None = None,
    after: Values | None = None,
    outcome: Outcome = Outcome.DONE,
    who: Actor | None = None,
) -> Entry:
    """
    Append one entry; it stands or falls with the transaction around it.

    Parameters
    ----------
    act
        Dotted name of the act: `round.open`.
    target
        What it was done to: a saved model, or text such as `user:7`.
    name
        Name of the target for people; that of the model when absent.
    before, after
        Values that changed.
    outcome
        Done, or refused.
    who
        The actor, when it is not the current one.
    """
    who = who or actor()
    label = f"{_label(target)}"
    head = Head.objects.select_for_update().get_or_create(pk=1, defaults={"hash": START})[0]
    fields: dict[str, object] = {
        "number": head.number + 1,
        "at": timezone.now(),
        "actor": who.username[:150],
        "actor_name": who.name[:150],
        "actor_role": who.role[:30],
        "address": who.address[:64],
        "act": act,
        "outcome": str(outcome),
        "target": label[:80],
        **_words(target, name, before, after),
        "previous": head.hash,
    }
    digest = entry_hash({field: fields[field] for field in FIELDS})
    entry = Entry.objects.create(**fields, hash=digest)
    Head.objects.filter(pk=1).update(number=entry.number, hash=digest)
    return entry


def _words(target: object, name: str | Promise, before: Values | None, after: Values | None) -> dict[str, object]:
    """Return what an entry says in words, in the language of the site whoever acts."""
    with site_language():
        title = str(name) or ("" if isinstance(target, str) else str(target))
        return {"target_name": title[:300], "before": _plain(before), "after": _plain(after)}


def _label(target: object) -> str:
    if isinstance(target, str):
        return target
    return f"{type(target).__name__.lower()}:{getattr(target, 'pk', '')}"


def _plain(values: Values | None) -> dict[str, object] | None:
    """Return values as JSON holds them, with long texts cut."""
    if values is None:
        return None
    return {key: _json(value) for key, value in values.items()}


def _json(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(k): _json(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json(v) for v in value]
    text = str(value).replace("\x00", "�")
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…（共{len(text)}字，已截断）"
