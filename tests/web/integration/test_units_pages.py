"""The tree of units: what may stand where, moves, tables that are abused, and who may change it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.web.builders import city, filler, person, province, running_round

from zhiheng_web.accounts.models import Role, Unit
from zhiheng_web.accounts.queries import tree
from zhiheng_web.accounts.unit_actions import (
    Place,
    UnitRefused,
    add_unit,
    add_units,
    change_unit,
    fingerprint,
    place_of,
    remove_unit,
)
from zhiheng_web.audit.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
HEADER = "代码,名称,全称,级别,上级代码,行文简称,分组\n"


def of(role: str) -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def county(code: str, name: str, parent: str) -> Unit:
    return add_unit(person("administrator"), Place(code, name, "county", parent))


def moved(unit: Unit, parent: str, level: str = "") -> Unit:
    place = replace(place_of(unit), parent=parent, level=level or unit.level)
    return change_unit(person("administrator"), unit, place, seen=fingerprint(unit))


def test_a_move_takes_everything_below_along() -> None:
    first, second = city(1), city(2)
    below = county("220101", "甲县", "220100")
    other = Unit.objects.create(code="23", name="邻省", level="province")
    moved(first, other.code)
    below.refresh_from_db()
    assert below.path == "/23/220100/220101/"
    assert below.within(other)
    assert not below.within(province())
    second.refresh_from_db()
    assert second.path == "/22/220200/"
    entry = Entry.objects.get(act="units.move")
    assert (entry.before, entry.after) == ({"parent": "22"}, {"parent": "23"})


def test_no_unit_goes_below_itself_or_out_of_its_level() -> None:
    first = city(1)
    county("220101", "甲县", "220100")
    with pytest.raises(UnitRefused, match="下级之下"):
        moved(first, "220101")
    with pytest.raises(UnitRefused, match="下级之下"):
        moved(first, "220100")
    with pytest.raises(UnitRefused, match="级别须高于"):
        moved(first, city(2).code)
    with pytest.raises(UnitRefused, match="下级“甲县”"):
        moved(first, "22", "county")
    first.refresh_from_db()
    assert first.path == "/22/220100/"


def test_names_are_unique_among_neighbours_and_codes_everywhere() -> None:
    city(1)
    administrator = person("administrator")
    with pytest.raises(UnitRefused, match="代码"):
        add_unit(administrator, Place("220100", "乙市", "city", "22"))
    with pytest.raises(UnitRefused, match="名称"):
        add_unit(administrator, Place("220900", "第1市", "city", "22"))
    add_unit(administrator, Place("220900", "第1市", "county", "220100"))


def test_a_form_that_somebody_overtook_keeps_what_was_typed() -> None:
    unit = city(1)
    client = of("administrator")
    data = {"name": "我的名称", "level": "city", "parent": "22", "pronoun": "全市", "seen": fingerprint(unit)}
    change_unit(person("administrator"), unit, replace(place_of(unit), group="甲组"), seen=fingerprint(unit))
    answer = client.post("/units/at/220100/", data)
    page = answer.content.decode()
    assert "刚被他人修改" in page
    assert 'value="我的名称"' in page
    unit.refresh_from_db()
    assert (unit.name, unit.group) == ("第1市", "甲组")


def test_a_unit_is_added_changed_and_removed_through_its_pages() -> None:
    province()
    client = of("administrator")
    data = {"code": "220300", "name": "四平市", "level": "city", "parent": "22", "pronoun": "全市"}
    assert client.post("/units/add/", data)["Location"] == "/units/at/220300/"
    seen = fingerprint(Unit.objects.get(code="220300"))
    client.post("/units/at/220300/", data | {"code": "999", "group": "地级市", "seen": seen})
    assert Unit.objects.get(code="220300").group == "地级市"
    assert Entry.objects.get(act="units.change").after == {"group": "地级市"}
    client.post("/units/at/220300/remove/")
    assert not Unit.objects.filter(code="220300").exists()
    assert Entry.objects.get(act="units.remove").before["name"] == "四平市"


def test_a_unit_in_use_is_not_removed() -> None:
    administrator = person("administrator")
    filler(1)
    with pytest.raises(UnitRefused, match="不能删除"):
        remove_unit(administrator, city(1))
    with pytest.raises(UnitRefused, match="不能删除"):
        remove_unit(administrator, province())
    running_round(units=2)
    answer = of("administrator").post("/units/at/220200/remove/", HTTP_REFERER="http://testserver/units/at/220200/")
    assert answer.status_code == 302
    assert Unit.objects.filter(code="220200").exists()


def test_others_do_not_change_the_tree() -> None:
    unit = city()
    for role in set(Role.values) - {"administrator", "filler", "approver"}:
        user = person(role)
        with pytest.raises(UnitRefused, match="省级管理员"):
            add_unit(user, Place("9", "x", "city"))
        with pytest.raises(UnitRefused, match="省级管理员"):
            change_unit(user, unit, place_of(unit), seen=fingerprint(unit))
        with pytest.raises(UnitRefused, match="省级管理员"):
            remove_unit(user, unit)
        client = of(role)
        assert client.get("/units/add/").status_code == 403
        assert client.get("/units/").status_code == (200 if role == "system" else 403)
    page = of("system").get("/units/at/220100/").content.decode()
    assert 'name="pronoun"' not in page


def test_the_tree_stands_in_order_whatever_the_codes() -> None:
    administrator = person("administrator")
    add_units(administrator, [
        Place("1", "甲省", "province"), Place("12", "乙省", "province"), Place("1-2", "丙省", "province"),
        Place("9", "甲市", "city", "1"), Place("99", "甲县", "county", "9"),
    ])  # fmt: skip
    order = [unit.code for unit in tree()]
    start = order.index("1")
    assert order[start : start + 3] == ["1", "9", "99"]


def test_the_tree_takes_as_many_queries_for_many_units(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client = of("administrator")
    city(1)
    client.get("/units/")
    with django_assert_max_num_queries(12) as few:
        client.get("/units/")
    for number in range(2, 32):
        filler(number)
    with django_assert_max_num_queries(len(few.captured_queries)):
        page = client.get("/units/").content.decode()
    assert "第31市" in page


# Tables


def upload(client: Client, text: str) -> HttpResponse:
    return client.post("/units/import/", {"table": SimpleUploadedFile("a.csv", text.encode("gb18030"))})


def test_a_table_adds_a_tree_in_any_order() -> None:
    province()
    client = of("administrator")
    text = f"{HEADER}220101,甲县,,县,220100,全县,\n220100,甲市,,市,22,,地级市\n"
    page = upload(client, text)
    assert not Unit.objects.filter(code="220100").exists()
    client.post("/units/import/", {"content": page.context["content"]})
    assert Unit.objects.get(code="220101").path == "/22/220100/220101/"
    assert Unit.objects.get(code="220100").pronoun == "全市"
    assert Entry.objects.filter(act="units.add").count() == 2


def test_every_bad_row_is_named_and_nothing_is_added() -> None:
    city(1)
    text = HEADER + "\n".join([
        "220200,乙市,,市,22,,",
        "220200,丙市,,市,22,,",
        "220100,丁市,,市,22,,",
        "220300,乙市,,市,22,,",
        "220400,戊市,,地级市,22,,",
        "220500,己市,,市,999,,",
        "220600,庚市,,市,220100,,",
        "220700,辛省,,省,22,,",
        "2208 00,壬市,,市,22,,",
        "220900,@癸,,市,22,,",
        f"221000,{'长' * 61},,市,22,,",
    ])  # fmt: skip
    problems = upload(of("administrator"), text).context["table"].problems
    assert [problem.line for problem in problems] == list(range(3, 13))
    assert Unit.objects.count() == 2


def test_units_that_stand_above_each_other_are_refused() -> None:
    text = f"{HEADER}1,甲,,市,2,,\n2,乙,,市,1,,\n"
    assert len(upload(of("administrator"), text).context["table"].problems) == 2


def test_what_is_exported_can_be_imported() -> None:
    city(1), city(2)
    client = of("administrator")
    text = b"".join(client.get("/units/export/").streaming_content).decode().removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[2] == ["220100", "第1市", "", "市", "22", "全市", ""]
    Unit.objects.filter(level="city").delete()
    Unit.objects.all().delete()
    page = upload(client, text)
    assert page.context["table"].problems == ()
