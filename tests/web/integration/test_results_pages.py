"""Pages of results: what everybody reads hides what is to be hidden, and inside each reads what is his."""

from __future__ import annotations

import csv
import io
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook
from tests.web.builders import approver, city, filler, person, row_of, running_round
from tests.web.finished import finalised_round, published_round, ready_round

from zhiheng.snapshot.verify import verify_snapshot
from zhiheng_web.accounts.models import Unit
from zhiheng_web.audit.models import Entry
from zhiheng_web.results import source
from zhiheng_web.results.actions import withdraw
from zhiheng_web.results.engine import public_key
from zhiheng_web.results.models import Publication, Snapshot, Waiver
from zhiheng_web.results.rows import masked
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

pytestmark = pytest.mark.sqlite_once


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def text(answer: object) -> str:
    if getattr(answer, "streaming", False):
        return b"".join(answer).decode()  # type: ignore[call-overload]
    return answer.content.decode()  # type: ignore[attr-defined]


def everything(code: str = "r1") -> str:
    """Return all that a person without account can get of a round, headers included."""
    client, found = Client(), []
    for name in ("public_round", "public_csv", "public_chart", "public_snapshot"):
        for query in ("", "?level=1", "?level=points", "?level=2&order=name", "?q=2"):
            answer = client.get(reverse(name, args=[code]) + query)
            found.append(str(answer.headers) + text(answer))
    return "".join(found) + text(client.get(reverse("public")))


@pytest.mark.django_db
@pytest.mark.parametrize("masks", ["initial", "anonymous"])
@pytest.mark.parametrize("detail", ["totals", "full"])
def test_what_is_masked_leaks_nowhere(tmp_path: Path, masks: str, detail: str) -> None:
    names = {1: "春城市", 2: "松江市", 3: "梅河市"}
    for number, name in names.items():
        Unit.objects.filter(pk=city(number).pk).update(name=name, full_name=f"某省{name}人民政府")
    published_round(tmp_path, detail=detail, masks=masks)
    shown = everything()
    for number, name in names.items():
        for secret in (name, city(number).full_name, city(number).code, name[1:2]):
            assert secret not in shown, secret
    # Not even the file, of which a name could be tried.
    assert Snapshot.objects.get().sha256 not in shown
    assert Snapshot.objects.get().result_hash not in shown
    assert ("春＊＊" in shown) == (masks == "initial")
    assert ("甲市" in shown) == (masks == "anonymous")


@pytest.mark.django_db
def test_names_that_stand_in_follow_the_ranking_and_not_the_list(tmp_path: Path) -> None:
    # The last of the list is the best, so that the list would show through if its order did.
    made = published_round(tmp_path, masks="anonymous", rejected={1: {1, 2}, 2: {1}, 3: set()})
    rows = list(csv.reader(io.StringIO(text(Client().get(reverse("public_csv", args=["r1"]))).removeprefix("\ufeff"))))
    assert [line[:2] for line in rows[1:]] == [["1", "甲市"], ["2", "乙市"], ["3", "丙市"]]
    totals = [float(line[rows[0].index("总分")]) for line in rows[1:]]
    assert totals == sorted(totals, reverse=True)
    assert made.round.units.count() == 3


@pytest.mark.django_db
def test_units_of_one_total_are_not_in_the_order_of_the_list(tmp_path: Path) -> None:
    from zhiheng_web.results.engine import table_of  # noqa: PLC0415 - as above
    from zhiheng_web.results.source import signed  # noqa: PLC0415 - the table as it is before it is masked

    kept = published_round(tmp_path, 6, rejected={1: set()}).snapshot
    table = table_of(signed(kept), {}, ())
    orders = {tuple(row.place for row in masked(table, "anonymous", f"salt {i}").rows) for i in range(20)}
    assert len(orders) > 10


@pytest.mark.django_db
def test_the_public_page_shows_as_much_as_was_chosen(tmp_path: Path) -> None:
    made = published_round(tmp_path, detail="totals", note="说明<script>")
    url = reverse("public_round", args=["r1"])
    page = text(Client().get(url))
    assert "第1市" in page
    assert "说明&lt;script&gt;" in page
    assert "level" not in page
    assert Client().get(reverse("public_snapshot", args=["r1"])).status_code == 404
    heads = text(Client().get(reverse("public_csv", args=["r1"]) + "?level=points")).splitlines()[0]
    Publication.objects.filter(pk=made.pk).update(detail="indicators")
    wider = text(Client().get(reverse("public_csv", args=["r1"]) + "?level=1")).splitlines()[0]
    assert wider.startswith(heads)
    assert wider.count(",") == heads.count(",") + 2
    assert text(Client().get(reverse("public_csv", args=["r1"]) + "?level=points")).splitlines()[0] == heads
    Publication.objects.filter(pk=made.pk).update(detail="full")
    assert text(Client().get(reverse("public_csv", args=["r1"]) + "?level=points")).count(",") > wider.count(",")


@pytest.mark.django_db
def test_the_public_file_verifies(tmp_path: Path) -> None:
    published_round(tmp_path)
    answer = Client().get(reverse("public_snapshot", args=["r1"]))
    file = tmp_path / "r1.zhiheng"
    file.write_bytes(b"".join(answer))
    assert verify_snapshot(file, public_key()).ok
    page = text(Client().get(reverse("public_round", args=["r1"]) + "?level=points"))
    assert public_key().hex() in page
    # Where all is public, every number leads to its reason.
    why = reverse("public_why", args=["r1", 3])
    assert f"{why}?node=p1" in page
    assert "没有材料" in text(Client().get(f"{why}?node=p1"))
    for address in (f"{why}?node=p99", reverse("public_why", args=["r1", 9]), reverse("public_why", args=["r1", 0])):
        assert Client().get(address).status_code == 404
    for hidden in ({"masks": "initial"}, {"masks": "none", "detail": "indicators"}):
        Publication.objects.update(**hidden)
        assert Client().get(why).status_code == 404
        assert why not in text(Client().get(reverse("public_round", args=["r1"])))


@pytest.mark.django_db
def test_hidden_names_are_shown_before_they_are_published(tmp_path: Path) -> None:
    finalised_round(tmp_path)
    page = text(signed_in("administrator").get(reverse("round_publish", args=["r1"])))
    row = page[page.index("名称预览") :].split("<tr>")[2]
    assert [word in row for word in ("第1市", "第＊＊1", "甲市")] == [True, True, True]


@pytest.mark.django_db
def test_pages_are_kept_by_browsers_and_change_with_the_publication(tmp_path: Path) -> None:
    made, url = published_round(tmp_path), reverse("public_round", args=["r1"])
    first = Client().get(url)
    assert "Set-Cookie" not in first.headers
    assert not first.cookies
    assert first["Cache-Control"] == "public, max-age=60"
    assert Client().get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert Client().get(f"{url}?level=2", headers={"If-None-Match": first["ETag"]}).status_code == 200
    withdraw(person("administrator"), made.round, "更正")
    assert Client().get(url, headers={"If-None-Match": first["ETag"]}).status_code == 404
    for name in ("public_csv", "public_chart", "public_snapshot"):
        assert Client().get(reverse(name, args=["r1"])).status_code == 404
    assert made.round.title not in text(Client().get(reverse("public")))


@pytest.mark.django_db
def test_the_label_of_the_data_is_on_page_list_chart_and_table(tmp_path: Path) -> None:
    published_round(tmp_path, label="合成示例数据", short_label="示例")
    assert "合成示例数据" in text(Client().get(reverse("public")))
    for name in ("public_round", "public_csv", "public_chart"):
        assert "合成示例数据" in text(Client().get(reverse(name, args=["r1"]))), name


@pytest.mark.django_db
def test_who_asks_too_often_is_told_to_wait(tmp_path: Path, settings: object) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"public": "3/m/ip"}  # type: ignore[attr-defined]
    published_round(tmp_path)
    codes = [Client().get(reverse("public_chart", args=["r1"])).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]


@pytest.mark.django_db
def test_people_of_a_unit_read_their_own_result_once_it_is_published(tmp_path: Path) -> None:
    made = published_round(tmp_path, masks="anonymous").round
    for user in (filler(1), approver(1)):
        client = Client()
        client.force_login(user)
        own = reverse("result_unit", args=["r1", "220100"])
        assert client.get(reverse("results", args=["r1"])).url == own  # type: ignore[attr-defined]
        for address in (own, reverse("score_why", args=["r1", "220100"])):
            page = text(client.get(address))
            assert "第1市" in page
            assert "第2市" not in page
        assert client.get(reverse("score_why", args=["r1", "220200"])).status_code == 404
        assert client.get(reverse("results_export", args=["r1"])).status_code == 403
    withdraw(person("administrator"), made, "更正")
    assert client.get(own).status_code == 404


@pytest.mark.django_db
def test_the_ranking_leads_to_every_derivation(tmp_path: Path) -> None:
    finalised_round(tmp_path)
    client = signed_in("leader")
    page = text(client.get(reverse("results", args=["r1"]) + "?level=points"))
    why = reverse("score_why", args=["r1", "220300"])
    for node in ("p1", "p2", "p3", "p4"):
        assert f"{why}?node={node}" in page
        assert client.get(f"{why}?node={node}").status_code == 200
    assert "没有材料" in text(client.get(f"{why}?node=p1"))
    assert client.get(f"{why}?node=p99").status_code == 404
    assert client.get(f"{why}?node=<script>").status_code == 404


@pytest.mark.django_db
def test_the_workbook_holds_what_the_page_shows(tmp_path: Path) -> None:
    finalised_round(tmp_path)
    RoundUnit.objects.filter(code="220100").update(group="一组", name="=1+1")
    client = signed_in("leader")
    answer = client.get(reverse("results_export", args=["r1"]) + "?group=一组&level=1")
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer)))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert "分组" in rows[0]
    assert Entry.objects.filter(act="result.export", actor="leader").count() == 1
    ordered = client.get(reverse("results_export", args=["r1"]) + "?order=total&level=")
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(ordered))).get_sheet_by_index(0).to_python()
    totals = [row[rows[0].index("总分")] for row in rows[1:]]
    assert totals == sorted(totals)


@pytest.mark.usefixtures("real_database")
def test_an_open_round_shows_intervals_and_no_rank_that_evidence_cannot_support(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, client = running_round(3), signed_in("leader")
    url = reverse("results", args=["r1"])
    monkeypatch.setattr(source, "INLINE_UNITS", 1)
    waiting = text(client.get(url))
    assert 'hx-trigger="every 1s"' in waiting
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)
    assert client.get(url, headers={"HX-Request": "true", "HX-Target": "result-state"})["HX-Refresh"] == "true"
    page = text(client.get(url))
    assert page.count("未定（1–3）") == made.units.count()
    assert "0–10" in page.replace("0.0–10.0", "0–10")
    assert "尚未定稿" in page


@pytest.mark.usefixtures("real_database")
def test_the_page_of_checks_leads_through_finalising_and_publishing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "INLINE_UNITS", 1)
    made, client = ready_round(tmp_path), signed_in("administrator")
    row_of(made).answers.get(point=1).items.update(date="2031-01")
    url = reverse("round_finalise", args=["r1"])
    assert "检查中" in text(client.get(url))
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)
    page = text(client.get(url))
    assert "不在考核期" in page
    assert "disabled" in page
    assert client.post(url).status_code == 422
    key = page.split('name="key" value="')[1].split('"')[0]
    client.post(reverse("round_waive", args=["r1"]), {"key": key, "reason": "经核实 <b>无误</b>"})
    assert Waiver.objects.get().key == key
    assert "&lt;b&gt;" in text(client.get(url))
    assert client.post(reverse("round_step", args=["r1"]), {"to": "publication"}).url == url  # type: ignore[attr-defined]
    client.post(url)
    part = text(client.get(url, headers={"HX-Request": "true"}))
    assert 'hx-trigger="every 1s"' in part
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert Snapshot.objects.get().sha256 in text(client.get(url))
    refused = client.post(
        reverse("round_publish", args=["r1"]), {"detail": "totals", "masks": "initial", "note": "第1市"}
    )
    assert refused.status_code == 422
    client.post(reverse("round_publish", args=["r1"]), {"detail": "indicators", "masks": "none", "note": ""})
    assert Client().get(reverse("public_round", args=["r1"])).status_code == 200
    client.post(reverse("round_withdraw", args=["r1"]), {"reason": "更正"})
    client.post(reverse("round_step", args=["r1"]), {"to": "finalisation", "reason": "更正"})
    assert Round.objects.get().stage == Stage.FINALISATION
    assert "更正" in text(client.get(url))


@pytest.mark.django_db
def test_pages_need_the_same_queries_for_few_units_and_for_many(tmp_path: Path) -> None:
    counts: dict[str, list[int]] = {}
    for units, code in ((2, "r1"), (12, "r2")):
        published_round(tmp_path / code, units, code=code) if (tmp_path / code).mkdir() is None else None
        client = signed_in("leader")
        for name in ("results", "public_round", "public_csv"):
            text(client.get(reverse(name, args=[code])))
            with CaptureQueriesContext(
                connection,
            ) as seen:
                text(client.get(reverse(name, args=[code])))
            counts.setdefault(name, []).append(len(seen))
    for name, (few, many) in counts.items():
        assert few == many, name
