"""The board of a round: counts, filters, orders, reminders, extensions and its files."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook
from tests.web.builders import city, person, row_of, running_round

from zhiheng_web.accounts.models import Unit
from zhiheng_web.rounds.actions import RoundRefused, remind
from zhiheng_web.rounds.lines import lines
from zhiheng_web.rounds.machine import NotAllowed, Stage, State
from zhiheng_web.rounds.models import Notice, Round, RoundUnit, Window
from zhiheng_web.rounds.queries import board, boards, overdue, situation

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]

DAY = timedelta(days=1)


def signed_in(role: str = "administrator") -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def set_row(made: Round, number: int, **values: object) -> RoundUnit:
    made.units.filter(unit=city(number)).update(**values)
    return row_of(made, number)


def mixed_round() -> Round:
    """Return a round past its window: 1 late, 2 extended, 3 handed in, 4 returned and late, 5 returned in time."""
    made = running_round(units=5)
    now = timezone.now()
    Window.objects.update(opens_at=now - 3 * DAY, closes_at=now - DAY)
    set_row(made, 1, answered=1, claimed=12, risks=2)
    set_row(made, 2, extended_to=now + DAY, answered=3, claimed=34)
    set_row(made, 3, state=State.SUBMITTED, answered=4, claimed=100, confirmed=55, decided=2)
    set_row(made, 4, state=State.RETURNED, return_due_at=now - DAY, answered=4)
    set_row(made, 5, state=State.RETURNED, return_due_at=now + DAY, answered=4)
    return Round.objects.prefetch_related("windows").get(pk=made.pk)


def names(page: str) -> list[str]:
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [f"第{n}市" for n in range(1, 31) if f">第{n}市<" in body]


def test_the_counts_above_the_board_agree_with_each_unit_on_its_own() -> None:
    made, now = mixed_round(), timezone.now()
    counts = board(made, now)
    assert counts.states == {"draft": 2, "pending": 0, "submitted": 1, "returned": 2, "accepted": 0}
    assert (counts.units, counts.answered, counts.points, counts.decided, counts.overdue) == (5, 16, 20, 2, 2)
    late = set(made.units.filter(overdue(made, now)).values_list("code", flat=True))
    one_by_one = {
        r.code for r in made.units.select_related("round")
        if r.state != State.SUBMITTED and (due := situation(r).deadline) is not None and due < now
    }  # fmt: skip
    assert late == one_by_one == {"220100", "220400"}


def test_a_unit_without_answers_or_decisions_shows_no_marks_rather_than_zero() -> None:
    made, now = mixed_round(), timezone.now()
    set_row(made, 5, answered=0)
    shown = {one.row.code: (one.claimed, one.confirmed) for one in lines(made, made.units.select_related("round"), now)}
    assert shown["220100"] == ("1.2", "")
    assert shown["220300"] == ("10.0", "5.5")
    assert shown["220500"] == ("", "")


def test_the_counts_of_many_rounds_are_those_of_each() -> None:
    made, now = mixed_round(), timezone.now()
    other = running_round(units=1, code="r2")
    empty = Round.objects.create(
        code="r3",
        title="空",
        framework=made.framework,
        period_start="2020",
        period_end="2021",
        organisation="",
        area="",
    )
    rounds = list(Round.objects.prefetch_related("windows"))
    found = boards(rounds, now)
    assert found[made.pk] == board(made, now)
    assert (found[other.pk].units, found[other.pk].overdue) == (1, 0)
    assert (found[empty.pk].units, found[empty.pk].points) == (0, 0)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"state": "returned"}, [4, 5]),
        ({"state": "<b>"}, [1, 2, 3, 4, 5]),
        ({"late": "1"}, [1, 4]),
        ({"q": "第2"}, [2]),
        ({"q": "2203"}, [3]),
        ({"q": "nothing"}, []),
        ({"state": "draft", "late": "1"}, [1]),
    ],
)
def test_filters_narrow_the_list_and_its_files_alike(query: dict[str, str], shown: list[int]) -> None:
    mixed_round()
    client = signed_in()
    page = client.get(reverse("round", args=["r1"]), query).content.decode()
    assert (names(page) if shown else []) == [f"第{n}市" for n in shown]
    if not shown:
        assert "没有符合条件的单位" in page
    sent = client.get(reverse("round_export_csv", args=["r1"]), query)
    rows = list(csv.reader(io.StringIO(b"".join(sent.streaming_content).decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == [f"第{n}市" for n in shown]


def test_orders_sort_the_list() -> None:
    mixed_round()
    client = signed_in()
    sent = client.get(reverse("round_export_csv", args=["r1"]), {"order": "claimed"})
    rows = list(csv.reader(io.StringIO(b"".join(sent.streaming_content).decode("utf-8-sig"))))
    assert [row[8] for row in rows[1:4]] == ["10.0", "3.4", "1.2"]
    first = rows[1]
    assert first[:8] == ["220300", "第3市", "", "已报送", "4", "4", "2", "0"]
    assert first[9] == "5.5"


def test_files_hold_hostile_names_as_text() -> None:
    made = running_round(units=1)
    hostile = '=HYPERLINK("http://x","y")'
    made.units.update(name=hostile, group="+1", code="@a")
    client = signed_in("leader")
    sent = client.get(reverse("round_export_csv", args=["r1"]))
    (_, row) = csv.reader(io.StringIO(b"".join(sent.streaming_content).decode("utf-8-sig")))
    assert row[:3] == ["'@a", f"'{hostile}", "'+1"]
    sent = client.get(reverse("round_export_xlsx", args=["r1"]))
    content = b"".join(sent.streaming_content)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sheet[1][:3] == ["@a", hostile, "+1"]
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in sent["Content-Disposition"]


@pytest.mark.parametrize("role", ["filler", "approver", "expert", "auditor", "system", "security"])
def test_files_of_all_units_are_for_the_office_and_leaders(role: str) -> None:
    running_round(units=2)
    client = Client()
    client.force_login(person(role, city() if role in {"filler", "approver"} else None))
    assert client.get(reverse("round_export_csv", args=["r1"])).status_code == 403
    assert client.get(reverse("round_export_xlsx", args=["r1"])).status_code == 403


def test_the_chosen_units_are_reminded_and_those_that_are_done_are_not() -> None:
    made = mixed_round()
    people = [person("filler", city(n)) for n in (1, 2, 3)]
    rows = [row_of(made, n).pk for n in (1, 3)]
    client = signed_in()
    back = f"{reverse('round', args=['r1'])}?late=1"
    answer = client.post(
        reverse("round_remind", args=["r1"]), {"scope": "selected", "units": rows, "text": "请抓紧", "back": back}
    )
    assert answer.url == back
    assert [n.user for n in Notice.objects.filter(kind="reminder")] == people[:1]
    elsewhere = {"scope": "unfinished", "text": "", "back": f"//elsewhere{back}"}
    assert client.post(reverse("round_remind", args=["r1"]), elsewhere).url == reverse("round", args=["r1"])
    assert {n.user for n in Notice.objects.filter(kind="reminder")} == set(people[:2])


def test_units_of_another_round_are_not_reminded_through_this_one() -> None:
    mixed_round()
    other = running_round(units=1, code="r2")
    person("filler", city(1))
    signed_in().post(reverse("round_remind", args=["r1"]), {"scope": "selected", "units": [row_of(other).pk, "x"]})
    assert not Notice.objects.filter(kind="reminder").exists()


def test_nobody_is_reminded_without_units_or_outside_of_filling_in() -> None:
    made, by = mixed_round(), person("administrator")
    with pytest.raises(RoundRefused, match="没有选中"):
        remind(by, made, [], "")
    Round.objects.update(stage=Stage.PUBLICATION)
    with pytest.raises(NotAllowed):
        remind(by, made, [row_of(made)], "")


def test_one_unit_gets_more_time_and_is_told_why() -> None:
    made = mixed_round()
    person("filler", city(1))
    client, url = signed_in(), reverse("unit_extend", args=["r1", "220100"])
    late = f"{timezone.localtime() - DAY:%Y-%m-%dT%H:%M}"
    answer = client.post(url, {"until": late, "reason": "系统维护"})
    assert answer.status_code == 422
    assert "须晚于当前时间" in answer.content.decode()
    assert "系统维护" in answer.content.decode()
    until = timezone.localtime() + 2 * DAY
    client.post(url, {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "系统维护"})
    row = row_of(made, 1)
    assert row.extended_to == until.replace(second=0, microsecond=0)
    assert Notice.objects.latest("pk").text == "系统维护"
    assert "220100" not in {r.code for r in made.units.filter(overdue(made, timezone.now()))}


def queries_of(client: Client, url: str, count: DjangoAssertNumQueries) -> int:
    client.get(url)
    with count(100) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", ["round", "rounds", "home", "round_export_csv", "round_export_xlsx"])
@pytest.mark.parametrize("role", ["administrator", "leader", "verifier"])
def test_the_database_is_asked_as_often_for_thirty_units_as_for_one(
    name: str, role: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    if name.startswith("round_export"):
        role = "administrator"
    made = running_round(units=1)
    client = signed_in(role)
    url = reverse(name, args=["r1"] if name.startswith("round") and name != "rounds" else [])
    one = queries_of(client, url, django_assert_max_num_queries)
    units = [city(n) for n in range(2, 31)]
    RoundUnit.objects.bulk_create(
        RoundUnit(round=made, unit=u, code=u.code, name=u.name, position=n, points=4, group=f"g{n % 3}")
        for n, u in enumerate(units, 1)
    )
    assert queries_of(client, url, django_assert_max_num_queries) == one


def test_the_list_of_rounds_asks_as_often_for_thirty_as_for_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    made = running_round(units=1)
    filler = Client()
    filler.force_login(person("filler", city(1)))
    clients = [signed_in("administrator"), filler]
    found = {
        (c, n): queries_of(c, reverse(n), django_assert_max_num_queries) for c in clients for n in ("rounds", "home")
    }
    for n in range(2, 31):
        other = Round.objects.create(
            code=f"x{n}", title=f"轮次{n}", framework=made.framework, period_start="2020", period_end="2021",
            organisation="", area="", stage=Stage.SELF_ASSESSMENT,
        )  # fmt: skip
        RoundUnit.objects.create(round=other, unit=city(1), code="220100", name="第1市", points=4)
    for (client, name), one in found.items():
        assert queries_of(client, reverse(name), django_assert_max_num_queries) == one


def test_a_long_list_has_pages() -> None:
    made = running_round(units=1)
    parent = city(1)
    for n in range(2, 61):
        unit = Unit.objects.create(code=f"2201{n:02d}", name=f"县{n}", parent=parent, level="county")
        RoundUnit.objects.create(round=made, unit=unit, code=unit.code, name=unit.name, position=n, points=4)
    page = signed_in().get(reverse("round", args=["r1"]), {"page": "2"}).content.decode()
    assert "县60" in page
    assert ">县2<" not in page
