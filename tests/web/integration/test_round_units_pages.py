"""Choosing units branch by branch, with and without JavaScript, and deleting a round that was never opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html
from tests.web.builders import city, draft_round, evidence, person, province, row_of, running_round
from tests.web.integration.test_rounds_pages import settings_of

from zhiheng_web.accounts.models import Unit
from zhiheng_web.audit.models import Entry
from zhiheng_web.frameworks.actions import remove_framework
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.rounds.actions import RoundRefused, Stale
from zhiheng_web.rounds.machine import NotAllowed
from zhiheng_web.rounds.models import Round, RoundUnit, Window
from zhiheng_web.rounds.picker import MOST_SHOWN, nodes, of_round, picker
from zhiheng_web.rounds.removal import remove_round

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]


def administrator() -> Client:
    client = Client()
    client.force_login(person("administrator"))
    return client


def counties(count: int, above: int = 1) -> list[Unit]:
    """Return new counties of a city."""
    top = city(above)
    return [
        Unit.objects.create(code=f"{top.code[:4]}{n:04d}", name=f"{above}号{n}县", parent=top, level="county")
        for n in range(count)
    ]


def fields(page: str) -> dict[str, Any]:
    """Return what a browser would send of the list of units."""
    part = html.fromstring(page).get_element_by_id("units")
    named = {field.get("name"): field.get("value") for field in part.iter("input") if field.get("type") != "checkbox"}
    ticked = [box.get("value") for box in part.iter("input") if box.get("checked") is not None]
    return {name: value or "" for name, value in named.items()} | {"units": ticked}


def names(page: str) -> list[str]:
    part = html.fromstring(page).get_element_by_id("units")
    return [label.text_content() for label in part.iter("label") if label.find("input") is not None]


def test_a_large_tree_starts_with_its_cities_and_opens_branch_by_branch() -> None:
    counties(70)
    city(2)
    client = administrator()
    first = client.get(reverse("round_new")).content.decode()
    assert names(first) == ["某省", "第1市", "第2市"]
    sent = fields(first) | {"pick": f"open:{city(1).pk}"}
    opened = client.post(reverse("round_units"), sent).content.decode()
    assert len(names(opened)) == 73
    closed = client.post(reverse("round_units"), fields(opened) | {"pick": f"close:{city(1).pk}"}).content.decode()
    assert names(closed) == names(first)


def test_a_whole_branch_is_chosen_unopened_and_one_unit_of_it_left_out() -> None:
    made = counties(70)
    client = administrator()
    page = client.get(reverse("round_new")).content.decode()
    for act in (f"add:{city(1).pk}", f"open:{city(1).pk}"):
        page = client.post(reverse("round_units"), fields(page) | {"pick": act}).content.decode()
    sent = fields(page)
    assert len(sent["units"]) == 71
    sent["units"].remove(str(made[3].pk))
    page = client.post(reverse("round_units"), sent | {"pick": f"close:{city(1).pk}"}).content.decode()
    assert "已选69个" in "".join(html.fromstring(page).text_content().split()).replace("已选<span", "")
    sent = fields(page)
    assert sent["units"] == [str(city(1).pk)]
    answer = client.post(reverse("round_new"), settings_of(**sent))
    assert answer.status_code == 302
    chosen = {row.unit_id for row in Round.objects.get().units.all()}
    assert chosen == {city(1).pk, *(unit.pk for unit in made)} - {made[3].pk}
    shown = client.get(reverse("round_settings", args=["2026"])).content.decode()
    assert names(shown) == ["某省", "第1市"]
    client.post(reverse("round_settings", args=["2026"]), settings_of(**fields(shown)))
    assert {row.unit_id for row in RoundUnit.objects.all()} == chosen


def test_a_search_keeps_what_is_chosen_elsewhere() -> None:
    made = counties(70)
    client = administrator()
    page = client.get(reverse("round_new")).content.decode()
    sent = fields(page) | {"pick": f"add:{city(1).pk}"}
    page = client.post(reverse("round_units"), sent).content.decode()
    page = client.post(reverse("round_units"), fields(page) | {"find": "1号69县", "pick": "find"}).content.decode()
    assert names(page) == [made[69].name]
    sent = fields(page) | {"units": [], "pick": "all"}
    page = client.post(reverse("round_units"), sent).content.decode()
    assert fields(page)["find"] == ""
    assert len(fields(page)["elsewhere"].split(",")) + len(fields(page)["units"]) == 70


def test_without_javascript_a_button_of_the_list_saves_nothing_and_keeps_what_was_typed() -> None:
    counties(70)
    client = administrator()
    sent = fields(client.get(reverse("round_new")).content.decode()) | {"pick": f"open:{city(1).pk}"}
    typed = settings_of(title="尚未填完", code="", codes="220100", **sent)
    answer = client.post(reverse("round_new"), typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert len(names(page)) == 72
    assert "尚未填完" in page
    assert typed["verification_opens_at"] in page
    assert "zh-error" not in page
    assert not Round.objects.exists()


def test_what_nobody_typed_does_no_harm() -> None:
    city(1)
    client = administrator()
    for sent in ({"pick": "open:x", "elsewhere": "1,<b>,9999999999999999999999"}, {"pick": "add:"}, {"opened": "²"}):
        assert client.post(reverse("round_units"), sent).status_code == 200
    answer = client.post(reverse("round_new"), settings_of(elsewhere="987654"))
    assert answer.status_code == 302
    assert Round.objects.get().units.count() == 1


def test_names_are_escaped_and_a_very_wide_branch_is_cut_with_a_word() -> None:
    Unit.objects.create(code="x1", name="<script>a", parent=province())
    Unit.objects.bulk_create(
        Unit(code=f"w{n:04d}", name=f"w{n}", parent=province(), path=f"/22/w{n:04d}/") for n in range(MOST_SHOWN + 5)
    )
    page = administrator().get(reverse("round_new")).content.decode()
    assert (
        "&lt;script&gt;a"
        in administrator().post(reverse("round_units"), {"find": "<script>", "pick": "find"}).content.decode()
    )
    assert len(names(page)) == MOST_SHOWN + 1
    assert "另有6个没有列出" in page


def test_the_list_takes_the_same_queries_for_few_units_and_for_many(django_assert_num_queries: Any) -> None:
    city(1)
    with django_assert_num_queries(1):
        picker(of_round(Round(), known := nodes()), known)
    counties(100)
    with django_assert_num_queries(1):
        picker(of_round(Round(), known := nodes()), known)


def test_only_administrators_draw_the_list() -> None:
    for role in ("verifier", "leader", "system"):
        client = Client()
        client.force_login(person(role))
        assert client.post(reverse("round_units")).status_code == 403


def test_a_round_in_preparation_is_deleted_after_its_losses_were_named() -> None:
    made, client = draft_round(units=3, code="wrong"), administrator()
    page = reverse("round_remove", args=["wrong"])
    named = client.get(page).content.decode()
    assert "3个评价对象组成的名单" in named
    assert "1个阶段的起止时间" in named
    assert (
        reverse("round_remove", args=["wrong"])
        in client.get(reverse("round_settings", args=["wrong"])).content.decode()
    )
    with pytest.raises(Exception, match="筹备"):
        remove_framework(person("administrator"), made.framework)
    assert client.post(page, {"version": made.version}).url == reverse("rounds")
    assert not Round.objects.exists()
    assert not RoundUnit.objects.exists()
    assert not Window.objects.exists()
    assert Unit.objects.filter(level="city").count() == 3
    entry = Entry.objects.get(act="round.remove")
    assert (entry.actor, entry.before["code"], entry.before["count"]) == ("administrator", "wrong", 3)
    assert entry.before["units"] == ["220100", "220200", "220300"]
    # Nothing holds the framework any more.
    remove_framework(person("administrator"), made.framework)
    assert not FrameworkVersion.objects.filter(code="tiny").exists()


def test_a_round_that_was_opened_is_kept(tmp_path: Path) -> None:
    made, client = running_round(1), administrator()
    page = reverse("round_remove", args=["r1"])
    assert "已经启动，不能删除" in client.get(page).content.decode()
    with pytest.raises(RoundRefused, match="已经启动"):
        remove_round(person("administrator"), made, version=made.version)
    # Whatever the stage says: what a unit handed in is never thrown away.
    evidence(row_of(made), tmp_path)
    Round.objects.update(stage="preparation", frozen_at=None)
    made.refresh_from_db()
    with pytest.raises(RoundRefused, match="已有单位填报"):
        remove_round(person("administrator"), made, version=made.version)
    assert not Entry.objects.filter(act="round.remove").exists()


def test_a_round_that_changed_meanwhile_or_that_others_ask_for_is_kept() -> None:
    made = draft_round(units=1)
    client = administrator()
    assert client.post(reverse("round_remove", args=["r1"]), {"version": made.version + 1}).status_code == 409
    with pytest.raises(Stale):
        remove_round(person("administrator"), made, version=0)
    for role in ("verifier", "system", "leader"):
        with pytest.raises(NotAllowed):
            remove_round(person(role), made, version=made.version)
        other = Client()
        other.force_login(person(role))
        assert other.post(reverse("round_remove", args=["r1"])).status_code == 403
    assert Round.objects.exists()
