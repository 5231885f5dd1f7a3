from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.web.builders import person

from zhiheng_web.audit.actions import record
from zhiheng_web.audit.archive import check, write
from zhiheng_web.audit.chain import FIELDS, START, breaks
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.audit.models import Entry, Head
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.audit.triggers import install, remove

pytestmark = pytest.mark.django_db


def tampered(statement: str) -> list[str]:
    """Return the breaks that a statement of somebody who got around the triggers leaves."""
    remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    install(connection)
    return [f"{b.number} {b.message}" for b in chain_breaks()]


@pytest.fixture
def three() -> None:
    for number in range(3):
        record("test.act", f"thing:{number}", name="事", before={"x": number}, after={"x": number + 1})


@pytest.mark.usefixtures("three")
def test_entries_form_a_chain_from_the_start_to_the_head() -> None:
    first, second, third = Entry.objects.order_by("number")
    assert first.previous == START
    assert (second.previous, third.previous) == (first.hash, second.hash)
    head = Head.objects.get()
    assert (head.number, head.hash) == (3, third.hash)
    assert list(chain_breaks()) == []


def test_an_empty_log_is_whole() -> None:
    assert list(chain_breaks()) == []


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_changes_and_deletions(statement: str) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.count() == 3


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "field", ["actor", "actor_name", "actor_role", "address", "act", "outcome", "target", "target_name"]
)
def test_a_changed_text_is_found(field: str) -> None:
    statement = f"UPDATE audit_entry SET {field} = 'x' WHERE number = 2"  # noqa: S608 - names of our own columns
    assert tampered(statement) == ["2 内容与校验值不符，记录被改动过"]


@pytest.mark.usefixtures("three")
def test_a_changed_value_or_time_is_found() -> None:
    value = tampered("UPDATE audit_entry SET after = '{\"x\": 9}' WHERE number = 2")
    assert value == ["2 内容与校验值不符，记录被改动过"]
    time = tampered("UPDATE audit_entry SET at = '2020-01-01 00:00:00+00:00' WHERE number = 3")
    assert time[-1] == "3 内容与校验值不符，记录被改动过"


@pytest.mark.usefixtures("three")
def test_a_deleted_entry_is_found_in_the_middle_and_at_the_end() -> None:
    assert "2 序号2至2的记录缺失" in tampered("DELETE FROM audit_entry WHERE number = 2")


@pytest.mark.usefixtures("three")
def test_a_cut_off_end_is_found() -> None:
    assert tampered("DELETE FROM audit_entry WHERE number = 3") == ["3 末尾的记录被删除或者改动过"]


@pytest.mark.usefixtures("three")
def test_a_chain_that_was_recomputed_after_a_change_is_found_at_the_head() -> None:
    rows = [{**row, "act": "other"} for row in Entry.objects.order_by("number").values(*FIELDS, "hash")]
    assert [b.number for b in breaks(rows)] == [1, 2, 3]


def test_an_entry_falls_with_its_transaction() -> None:
    def fail() -> None:
        with transaction.atomic():
            record("test.act", "thing:1")
            raise ValueError("half done")  # noqa: EM101, TRY003 - the text is looked for

    with pytest.raises(ValueError, match="half done"):
        fail()
    assert not Entry.objects.exists()
    record("test.act", "thing:2")
    assert Entry.objects.get().number == 1


def test_entries_name_the_actor_of_the_request() -> None:
    with acting(Actor("li", "李", "filler", "10.0.0.1")):
        record("test.act", person("leader"))
    entry = Entry.objects.get()
    assert (entry.actor, entry.actor_name, entry.actor_role, entry.address) == ("li", "李", "filler", "10.0.0.1")
    assert entry.target.startswith("user:")
    record("test.act")
    assert Entry.objects.first().actor_name == "系统"  # type: ignore[union-attr]


def test_long_texts_are_cut_and_odd_characters_survive() -> None:
    record("test.act", "t", after={"note": "长" * 3000, "zero": "a\x00b", "list": [1, None, {"k": "v"}]})
    after = Entry.objects.get().after
    assert after["note"].endswith("…（共3000字，已截断）")
    assert after["zero"] == "a�b"
    assert after["list"] == [1, None, {"k": "v"}]
    assert list(chain_breaks()) == []


@pytest.mark.usefixtures("three")
def test_an_archive_is_signed_and_any_change_of_it_is_found(tmp_path: Path) -> None:
    later = timezone.now() + timedelta(days=settings.AUDIT_DAYS + 1)
    path, count = write(tmp_path, now=later)
    assert count == 3
    assert check(path) == []
    assert Entry.objects.count() == 4  # the three, and the archiving itself
    lines = path.read_text("utf-8").splitlines()
    forged = json.loads(lines[1]) | {"act": "other"}
    path.write_text("\n".join([lines[0], json.dumps(forged, sort_keys=True), *lines[2:]]) + "\n", "utf-8")
    assert [b.message for b in check(path)] == ["签名不符，文件被改动过"]


@pytest.mark.usefixtures("three")
def test_entries_that_are_not_old_are_not_archived(tmp_path: Path) -> None:
    path, count = write(tmp_path)
    assert (count, path.exists()) == (0, False)
