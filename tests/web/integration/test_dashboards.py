"""Pages about results: who sees them, that they agree with the library to the mark and claim nothing that is open."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.web.builders import approver, city, claims, evidence, filler, person, row_of, running_round, tiny_yaml
from tests.web.finished import finalised_round

from zhiheng_web.assessments.actions import hand_over, save_answer, submit
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.assessments.models import Answer, Decision
from zhiheng_web.assessments.verification import Ruling, decide
from zhiheng_web.audit.models import Entry
from zhiheng_web.dashboards.engine.source import field_of
from zhiheng_web.dashboards.engine.unit import plan
from zhiheng_web.dashboards.engine.whatif import try_marks
from zhiheng_web.frameworks.actions import add_framework
from zhiheng_web.results.actions import Choice, publish
from zhiheng_web.rounds.actions import move_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.site.views import parts

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
WHOLE = ("dashboard", "heat", "compare_units")


def verified(folder: Path, marks: dict[int, dict[int, str]], **more: Any) -> Round:
    """Return a round in verification; `marks` gives by unit the decided marks by point, absent points stay open."""
    made = running_round(len(marks), **more)
    for number in marks:
        for no, given in claims(evidence(row_of(made, number), folder)).items():
            save_answer(filler(number), row_of(made, number), no, given, version=0)
        hand_over(filler(number), row_of(made, number))
        submit(approver(number), row_of(made, number))
    made = move_round(person("administrator"), made, Stage.VERIFICATION)
    for number, decided in marks.items():
        for no, mark in decided.items():
            row = row_of(made, number)
            version = row.answers.get(point=no).version
            ruling = Ruling("adjust", "over_claim", Decimal(mark), "核减")
            decide(person("verifier"), row, no, ruling, version=0, answer_version=version)
    return made


ALL = {
    1: {1: "4", 2: "1", 3: "0.4", 4: "2"},
    2: {1: "0", 2: "2", 3: "0.2", 4: "3"},
    3: {1: "4", 2: "2", 3: "1", 4: "3"},
}
SOME = {1: {1: "4", 2: "1", 3: "0.4", 4: "2"}, 2: {1: "0"}, 3: {}}


def client_of(role: str, number: int | None = None) -> Client:
    client = Client()
    client.force_login(person(role, city(number) if number else None))
    return client


def page(role: str, name: str, made: Round, query: str = "", number: int = 1) -> Any:
    args = [made.code] if name in WHOLE else [made.code, row_of(made, number).code]
    return client_of(role).get(reverse(name, args=args) + query)


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())


def test_the_ranking_agrees_with_the_library_to_the_mark(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    result = round_result(content_of(made))
    lines = text(page("leader", "dashboard", made, "?as=csv")).splitlines()[1:]
    shown = [line.split(",") for line in lines]
    by_code = {cells[1]: cells for cells in shown}
    assert [cells[4] for cells in shown] == ["10", "7.4", "5.2"]
    for unit in result.units:
        cells = by_code[unit.code]
        assert cells[4] == result.scale.text(result.interval(unit.code).confirmed)
        assert (cells[0], cells[7]) == (f"{unit.rank:g}", unit.grade)


def test_every_node_of_a_unit_agrees_with_the_library(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    result, row = round_result(content_of(made)), row_of(made)
    lines = text(page("leader", "result_unit", made, "?as=csv")).splitlines()[1:]
    shown = sorted(line.split(",")[2] for line in lines)
    wanted = sorted(result.scale.text(result.interval(row.code, n.code).confirmed) for n in result.nodes[1:])
    assert shown == wanted


def test_an_open_round_shows_ranges_and_undecided_ranks_only(tmp_path: Path) -> None:
    made = verified(tmp_path, SOME)
    body = text(page("leader", "dashboard", made))
    assert "0～10" in body
    assert "未定" in body
    lines = text(page("leader", "dashboard", made, "?as=csv")).splitlines()[1:]
    result = round_result(content_of(made))
    for line in lines:
        unit = result.units[result.row(line.split(",")[1])]
        low, _, high = line.split(",")[0].partition("～")
        assert (int(low), int(high or low)) == (unit.rank_best, unit.rank_worst)
        assert line.split(",")[8].startswith("名次未定")


def test_an_open_unit_is_not_judged(tmp_path: Path) -> None:
    body = text(page("leader", "result_unit", verified(tmp_path, SOME)))
    assert "在全部单位定下来以前不作评价" in body
    assert "db-undecided" in body


def test_office_and_leaders_see_results_and_others_nothing(tmp_path: Path) -> None:
    made = verified(tmp_path, SOME)
    for name in (*WHOLE, "result_unit", "score_why", "what_if"):
        for role in ("administrator", "verifier", "leader"):
            assert page(role, name, made).status_code == 200, (role, name)
        for role in ("expert", "system", "security", "auditor"):
            assert page(role, name, made).status_code in {403, 404}, (role, name)


def test_a_unit_sees_its_own_result_once_published_and_no_other(tmp_path: Path) -> None:
    made = finalised_round(tmp_path)
    own, other = (reverse("result_unit", args=[made.code, row_of(made, n).code]) for n in (1, 2))
    client = client_of("filler", 1)
    # Signed is not published.
    assert client.get(own).status_code == 404
    publish(person("administrator"), made, Choice("totals", "anonymous"))
    body = text(client.get(own))
    assert "第2市" not in body
    assert reverse("dashboard", args=[made.code]) not in body
    assert client.get(other).status_code == 404
    assert client.get(reverse("score_why", args=[made.code, row_of(made, 2).code])).status_code == 404
    for name in WHOLE:
        assert client.get(reverse(name, args=[made.code])).status_code == 403
    assert client.get(reverse("what_if", args=[made.code, row_of(made).code])).status_code == 403


def test_a_round_in_preparation_is_refused(tmp_path: Path) -> None:
    made = verified(tmp_path, SOME)
    Round.objects.filter(pk=made.pk).update(stage=Stage.PREPARATION)
    assert page("leader", "dashboard", made).status_code == 422


def test_names_are_escaped_and_cannot_become_formulas(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    hostile = "=HYPERLINK(1)</script><b>x"
    made.units.filter(unit=city(1)).update(name=hostile, version=99)
    for name in (*WHOLE, "result_unit", "score_why", "what_if"):
        query = f"?unit={city(1).code}&unit={city(2).code}" if name == "compare_units" else ""
        body = text(page("leader", name, made, query))
        assert "<b>x" not in body
        assert "</script><b" not in body
    for query in ("?as=csv", "?as=csv&figure=ranking"):
        assert "'=HYPERLINK" in text(page("leader", "dashboard", made, query))
    assert "'=HYPERLINK" in text(page("leader", "heat", made, "?as=csv"))


def test_pictures_and_numbers_of_every_figure_can_be_had(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    places = {
        ("dashboard", ""): ("ranking", "tiles", "distribution", "weakest"),
        ("result_unit", ""): ("profile", "bars"),
        ("compare_units", f"unit={city(1).code}&unit={city(2).code}&"): ("totals", "rates"),
    }
    for (name, query), keys in places.items():
        body = text(page("leader", name, made, f"?{query}"))
        for key in keys:
            assert f'id="option-{key}"' in body
            picture = page("leader", name, made, f"?{query}figure={key}&as=svg")
            assert picture["Content-Type"].startswith("image/svg+xml")
            assert text(picture).startswith("<svg ")
            assert len(text(page("leader", name, made, f"?{query}figure={key}&as=csv")).splitlines()) > 1
    assert page("leader", "dashboard", made, "?figure=none&as=svg").status_code == 404


def test_the_heat_map_goes_down_to_points(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    assert "under=A" in text(page("leader", "heat", made))
    assert re.search(r"node=p1\b", text(page("leader", "heat", made, "?under=A")))
    assert page("leader", "heat", made, "?under=p1").status_code == 404
    assert page("leader", "heat", made, "?under=nothing").status_code == 404


def test_groups_are_summed_up(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    made.units.filter(unit__in=[city(1), city(2)]).update(group="甲组", version=50)
    lines = text(page("leader", "heat", made, "?by=group&as=csv")).splitlines()
    assert any(line.startswith(",甲组,") for line in lines)
    body = text(page("leader", "heat", made, "?group=甲组"))
    assert "第2市" in body
    assert "第3市" not in body


def test_the_comparison_marks_the_best_and_says_who_is_unknown(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    body = text(page("leader", "compare_units", made, "?unit=第1市&unit=第3市&unit=某地"))
    assert "本轮次没有这些单位：某地" in body
    assert "db-best" in body
    assert "至少填写两个单位" in text(page("leader", "compare_units", made, "?unit=第1市"))


def test_why_tells_how_a_number_was_made(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    result, row = round_result(content_of(made)), row_of(made)
    for node in ("", "A", "p1", "p3"):
        body = text(page("leader", "score_why", made, f"?node={node}"))
        assert f"得分：{result.scale.text(result.interval(row.code, node).confirmed)}分" in body
        assert ("核减" in body) == node.startswith("p")
    assert page("leader", "score_why", made, "?node=p99").status_code == 404


def test_what_if_writes_nothing(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    before = [list(m.objects.order_by("pk").values()) for m in (Answer, Decision, Round)] + [list(made.units.values())]
    client = client_of("leader")
    entries = Entry.objects.count()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        body = text(client.get(reverse("what_if", args=[made.code, row_of(made, 2).code]), {"p1": "4"}))
    assert "9.2" in body
    written = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(assessments|rounds|audit|evidence|results)_')
    assert not [q["sql"] for q in queries if written.match(q["sql"])]
    after = [list(m.objects.order_by("pk").values()) for m in (Answer, Decision, Round)] + [list(made.units.values())]
    assert after == before
    assert Entry.objects.count() == entries
    assert client.post(reverse("what_if", args=[made.code, row_of(made, 2).code]), {"p1": "4"}).status_code == 405


def test_queries_do_not_grow_with_units() -> None:
    counts = []
    for code, units in (("a", 3), ("b", 30)):
        made = running_round(units, code=code)
        Round.objects.filter(pk=made.pk).update(stage=Stage.VERIFICATION)
        row = row_of(made)
        addresses = [reverse(name, args=[code]) for name in (*WHOLE, "results")]
        addresses += [reverse(name, args=[code, row.code]) for name in ("result_unit", "score_why", "what_if")]
        client = client_of("leader")
        found = []
        for address in addresses:
            client.get(address)
            # What is kept of a page would hide what it takes to make it.
            parts._parts.clear()
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]


def test_year_on_year_compares_what_is_settled_in_both_rounds(tmp_path: Path) -> None:
    before = verified(tmp_path, ALL, code="y1")
    made = verified(tmp_path, {**ALL, 1: {1: "0", 2: "1", 3: "0.4", 4: "2"}}, code="y2", previous=before)
    body = text(page("leader", "dashboard", made))
    assert "可以比较的3个单位中，0个提高、1个下降、2个持平" in body
    Decision.objects.filter(round_unit__round=before, round_unit__unit=city(2)).delete()
    before.units.filter(unit=city(2)).update(version=77)
    body = text(page("leader", "dashboard", made))
    assert "可以比较的2个单位中，0个提高、1个下降、1个持平" in body
    assert "1个单位在两轮之一还有得分没有定下来，暂不比较" in body


def test_year_on_year_parts_scores_from_weights_under_a_later_version(tmp_path: Path) -> None:
    before = verified(tmp_path, {1: ALL[1]}, code="y1")
    Round.objects.filter(pk=before.pk).update(period_start="2019")
    later = yaml.safe_load(tiny_yaml()) | {"version": "2", "vetoes": []}
    first, second = later["indicators"][0]["points"]
    first["marks"], second["marks"], second["rule"]["steps"] = 2, 4, ["0", "0.25", "0.5", "1"]
    made = verified(
        tmp_path, {1: {1: "2", 2: "4", 3: "0.4", 4: "2"}}, code="y2",
        framework=add_framework(person("administrator"), yaml.safe_dump(later, allow_unicode=True)),
    )  # fmt: skip
    rows = text(page("leader", "dashboard", made, "?figure=change&as=csv")).splitlines()
    # 4/4 and 1/2 became 2/2 and 4/4: 3 x 0.5 for the better rate; -2 x 1 and 2 x 0.75 for the weights.
    assert rows[1].split(",")[1:4] == ["1.5", "-0.5", "0.0"], rows


def test_what_if_with_the_marks_as_they_are_is_the_result_itself(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    field = field_of(made)
    for unit in field.result.units:
        trial = try_marks(field, unit.code, {})
        assert (trial.total, trial.rank, trial.grade) == (
            field.result.scale.text(field.result.interval(unit.code).confirmed),
            f"{unit.rank:g}",
            unit.grade,
        )
        assert trial.change == "0"


def test_what_if_agrees_with_a_round_that_has_these_marks(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    field, code = field_of(made), row_of(made, 2).code
    trial = try_marks(field, code, {1: "4", 2: "0"})
    for no, mark in ((1, 4), (2, 0)):
        Decision.objects.filter(round_unit=row_of(made, 2), point=no).update(mark=mark)
    result = round_result(content_of(made))
    unit = result.units[result.row(code)]
    assert (trial.total, trial.rank, trial.grade) == (
        result.scale.text(result.interval(code).confirmed),
        f"{unit.rank:g}",
        unit.grade,
    )
    assert trial.change == "+2"


def test_what_if_keeps_the_mark_where_the_entry_is_none_of_the_point(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    field, code = field_of(made), row_of(made).code
    for entry in ("1.5", "-1", "9", "NaN", "1e9", "x", "", "0.05"):
        trial = try_marks(field, code, {2: entry, 3: entry})
        assert trial.total == "7.4", entry
        assert [s.no for s in trial.sliders if s.fault] == [2, 3], entry


def test_the_planner_lists_the_greatest_rise_first_and_ends_at_full_marks(tmp_path: Path) -> None:
    made = verified(tmp_path, ALL)
    field = field_of(made)
    steps = plan(field, row_of(made).code)
    assert [(s.node, s.gain, s.total) for s in steps] == [("p2", "1", "8.4"), ("p4", "1", "9.4"), ("p3", "0.6", "10")]
    assert plan(field, row_of(made, 3).code) == []
