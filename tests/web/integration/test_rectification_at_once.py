"""Rectification by several people at the same moment: each act counts once, and no point gets two items."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.web.builders import approver, city, person, row_of
from tests.web.integration.test_objections_at_once import at_once
from tests.web.rectifying import LOST, due, item_of, rectifying_round, reported, terms

from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.rectification.actions import close_item, submit_report, withdraw_item
from zhiheng_web.rectification.issuing import ask_issue, issue_all, issue_one
from zhiheng_web.rectification.models import Issuing, RectificationItem
from zhiheng_web.refusals import Refused

pytestmark = pytest.mark.usefixtures("real_database")


def entries(act: str) -> int:
    return Entry.objects.filter(act=f"rectification.{act}").count()


def test_each_act_counts_once(tmp_path: Path) -> None:
    made = rectifying_round(tmp_path, 2)
    office, verifier, boss = person("administrator"), person("verifier"), approver()
    second = person("approver", city(), "second-approver")
    row = row_of(made)
    found = at_once(lambda: ask_issue(office, made, terms()), lambda: ask_issue(office, made, terms()))
    assert Issuing.objects.count() == 1, found
    pk = Issuing.objects.get().pk
    # Two workers on one job, and a single item by hand between them.
    at_once(lambda: issue_all(pk), lambda: issue_all(pk), lambda: issue_one(office, row, 2, due()))
    standing = RectificationItem.objects.order_by("round_unit__position", "point")
    assert list(standing.filter(round_unit=row).values_list("point", flat=True)) == LOST[1]
    assert standing.count() == len(LOST[1]) + len(LOST[2])
    assert Issuing.objects.get().message == ""

    one = reported(made, tmp_path)
    done = at_once(
        lambda: submit_report(boss, one, version=one.version), lambda: submit_report(second, one, version=one.version)
    )
    assert sum(isinstance(each, Refused) for each in done) == 1
    assert entries("submit") == 1

    one = item_of(made)
    done = at_once(
        lambda: close_item(verifier, one, version=one.version),
        lambda: withdraw_item(office, one, "合并", version=one.version),
    )
    assert sum(isinstance(each, Refused) for each in done) == 1
    assert entries("close") + entries("withdraw") == 1
    assert RectificationItem.objects.get(pk=one.pk).state in {"done", "withdrawn"}
    assert list(chain_breaks()) == []
