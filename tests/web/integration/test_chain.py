"""The chain of marks: what each stage gave, what a unit may see of it, and what the pages make of it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from tests.web.builders import approver, filler, objecting_round, person, row_of, running_round

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.models import Answer, Decision
from zhiheng_web.objections.actions import Draft, Verdict, answer, file_objection, save_draft
from zhiheng_web.objections.chain import chain_of
from zhiheng_web.objections.models import Objection
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filed(row: RoundUnit, point: int = 3) -> Objection:
    one = save_draft(person("filler", row.unit), row, point, Draft("附签到表", Decimal("0.4")), version=0)
    return file_objection(person("approver", row.unit), one, version=1)


def marks(user: User, row: RoundUnit) -> dict[int, tuple[str, ...]]:
    return {
        one.no: (*(link.mark if link else "" for link in one.links), one.final) for one in chain_of(user, row).points
    }


def settled_on_pages(user: User, row: RoundUnit) -> tuple[str, str]:
    """Return the marks of the second point that every page of a unit and its sheet show, and the total of the sheet."""
    client, place = signed_in(user), reverse("unit", args=[row.round.code, row.code])
    read = client.get(place, {"at": "read"}).content.decode()
    (own,) = re.findall(r'id="p2".*?</article>', read, re.DOTALL)
    mark = "".join(re.findall(r"核定得分 ([\d.]+) /", own))
    listed = client.get(place, {"at": "all"}).content.decode()
    assert (f"<strong>{mark}</strong>" in listed, "核定得分" in listed, "已核定4项" in listed) == (bool(mark),) * 3
    sheet = client.get(reverse("sheet", args=[row.round.code, row.code]))
    content = b"".join(sheet.streaming_content)  # type: ignore[attr-defined]  # it streams
    text = "".join(pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
    (total,) = re.findall(r"合计107\.4([\d.]*)", text)
    return mark, total


@contextmanager
def counted(seen: list[int]) -> Iterator[None]:
    with CaptureQueriesContext(connection) as queries:
        yield
    seen.append(len(queries))


def test_every_stage_has_its_link_with_reason_and_role(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    Decision.objects.create(
        round_unit=row, point=2, stage=Stage.EXPERT_REVIEW, act="adjust", mark=Decimal("1.5"), reason_code="other",
        reason="专家合议", by=person("expert"),
    )  # fmt: skip
    answer(person("administrator"), filed(row), Verdict("granted", "签到表可以证明", Decimal("0.4")), version=2)
    row = row_of(row.round)
    assert marks(filler(), row) == {
        1: ("4", "4", "", "", "4"),
        2: ("1", "2", "1.5", "", "1.5"),
        3: ("0.4", "0", "", "0.4", "0.4"),
        4: ("2", "2", "", "", "2"),
    }
    found = chain_of(filler(), row)
    assert found.totals == ("7.4", "8", "7.5", "7.9", "7.9")
    assert [one.no for one in found.points if one.changed] == [2, 3]
    third = found.at(3)
    assert third is not None
    told = [(link.title, link.what, link.reason, link.who) for link in third.known]
    assert told == [
        ("自评", "申报", "", "填报员"),
        ("核查", "不予认定", "不在考核期内：不在考核期", "核查员"),
        ("申诉", "支持", "签到表可以证明", "省级管理员"),
    ]


def test_no_expert_is_named(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    expert = person("expert", username="expert-9")
    User.objects.filter(pk=expert.pk).update(full_name="欧阳专家")
    Decision.objects.create(
        round_unit=row, point=2, stage=Stage.EXPERT_REVIEW, act="adjust", mark=Decimal(1), reason_code="other",
        reason="合议", by=User.objects.get(pk=expert.pk),
    )  # fmt: skip
    for user in (filler(), person("administrator")):
        page = signed_in(user).get(reverse("chain", args=[row.round.code, row.code])).content.decode()
        assert "合议" in page
        assert "欧阳专家" not in page
    for role, page in (
        ("administrator", reverse("verify_point", args=[row.round.code, row.code, 2])),
        ("filler", reverse("objection_point", args=[row.round.code, row.code, 2])),
    ):
        answer_ = signed_in(filler() if role == "filler" else person(role)).get(page, headers={"HX-Request": "true"})
        shown = answer_.content.decode()
        assert "合议" in shown
        assert "专家" in shown
        assert "欧阳专家" not in shown


def test_what_was_not_stated_is_not_nought() -> None:
    made = running_round(1)
    row = row_of(made)
    Answer.objects.create(round_unit=row, point=1, stance="no")
    Answer.objects.create(round_unit=row, point=2, stance="")
    Answer.objects.create(round_unit=row, point=3, stance="not_applicable")
    assert marks(filler(), row) == {
        1: ("0", "", "", "", "—"), 2: ("未填", "", "", "", "—"), 3: ("不适用", "", "", "", "—"),
        4: ("未填", "", "", "", "—"),
    }  # fmt: skip
    found = chain_of(filler(), row)
    assert (found.unstated, found.totals[0], found.totals[-1]) == (2, "0", "—")
    assert not any(one.changed for one in found.points)
    shown = signed_in(filler()).get(reverse("chain", args=[made.code, row.code])).content.decode()
    assert "自评合计中有2项未填" in shown


def test_what_was_left_open_and_then_got_marks_changed(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    Answer.objects.filter(round_unit=row, point__in=[1, 3]).delete()
    assert {one.no: one.changed for one in chain_of(filler(), row).points} == {1: True, 2: True, 3: False, 4: False}


def test_an_objection_that_changes_nothing_stands_in_the_chain(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    one = filed(row)
    waiting = chain_of(person("leader"), row).at(3)
    assert waiting is not None
    link = waiting.links[3]
    assert link is not None
    assert (link.mark, link.what, waiting.final) == ("—", "已申诉，待答复", "0")
    answer(person("administrator"), one, Verdict("rejected", "没有日期"), version=2)
    after = chain_of(filler(), row).at(3)
    assert after is not None
    link = after.links[3]
    assert link is not None
    assert (link.mark, link.what, link.reason, after.final) == ("0", "不予支持", "没有日期", "0")


@pytest.mark.parametrize(
    ("stage", "verified", "reviewed"),
    [(Stage.VERIFICATION, "", ""), (Stage.EXPERT_REVIEW, "2", ""), (Stage.OBJECTION, "2", "1.5")],
)
def test_a_unit_sees_no_marks_that_may_still_change(tmp_path: Path, stage: Stage, verified: str, reviewed: str) -> None:
    made = objecting_round(tmp_path, stage=stage)
    row = row_of(made)
    Decision.objects.create(
        round_unit=row, point=2, stage=Stage.EXPERT_REVIEW, act="adjust", mark=Decimal("1.5"), reason_code="other",
        by=person("expert"),
    )  # fmt: skip
    assert marks(filler(), row)[2][1:3] == (verified, reviewed)
    assert marks(person("administrator"), row)[2][1:3] == ("2", "1.5")
    assert chain_of(filler(), row).totals[2] == ("7.5" if reviewed else "")
    whole = "7.5" if reviewed else "8" if verified else ""
    assert settled_on_pages(filler(), row) == (reviewed or verified, whole)
    assert settled_on_pages(person("verifier"), row) == ("1.5", "7.5")


def test_a_draft_is_the_unit_s_own_affair(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    save_draft(filler(), row, 3, Draft("还在起草"), version=0)
    own, others = chain_of(approver(), row).at(3), chain_of(person("administrator"), row).at(3)
    assert own is not None
    assert others is not None
    assert (own.objection is not None, others.objection) == (True, None)
    assert own.links[3] is None


def test_the_page_has_anchors_a_filter_and_the_way_to_object(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    page = reverse("chain", args=[row.round.code, row.code])
    shown = signed_in(filler()).get(page).content.decode()
    assert [f'id="p{no}"' in shown for no in (1, 2, 3, 4)] == [True] * 4
    assert shown.count("提出申诉") == 4
    assert "提出申诉" not in signed_in(approver()).get(page).content.decode()
    changed = signed_in(filler()).get(page, {"changed": "1"}).content.decode()
    assert [f'id="p{no}"' in changed for no in (1, 2, 3, 4)] == [False, True, True, False]
    Round.objects.filter(pk=row.round_id).update(stage=Stage.FINALISATION)
    final = signed_in(filler()).get(page).content.decode()
    assert ("提出申诉" in final, "最终合计" in final) == (False, True)


def test_the_line_for_other_pages_names_every_stage_and_leads_to_the_point(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    context = {"chain": chain_of(filler(), row).at(3), "settled": True, "url": "/there/"}
    drawn = " ".join(strip_tags(render_to_string("site/objections/chain_line.html", context)).split())
    assert drawn == "自评 0.4核查 0最终 0得分经过"
    assert 'href="/there/#p3"' in render_to_string("site/objections/chain_line.html", context)


def test_csv_holds_every_point_and_no_formula(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    Decision.objects.filter(point=3).update(reason_code="", reason="=HYPERLINK(1)")
    Answer.objects.filter(point=3).update(note="=1+1", stance="", claimed=0)
    sent = signed_in(filler()).get(reverse("chain_export", args=[row.round.code, row.code]))
    text = b"".join(sent.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams
    lines = text.strip().splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("序号,考核要点,分值,自评,自评说明,核查")
    assert ",未填," in lines[3]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line.split(","))
    assert lines[5].startswith(",合计,,7,")


def test_strangers_learn_nothing(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path, 2))
    for name in ("chain", "chain_export", "unit_objections"):
        page = reverse(name, args=[row.round.code, row.code])
        assert signed_in(filler(2)).get(page).status_code == 404
        for role in ("expert", "auditor", "system", "security"):
            assert signed_in(person(role)).get(page).status_code == 403, (name, role)
        for user in (filler(), approver(), person("leader"), person("verifier"), person("administrator")):
            assert signed_in(user).get(page).status_code == 200, (name, user)


def test_as_many_queries_for_one_decided_point_as_for_all(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    client, page, seen = signed_in(filler()), reverse("chain", args=[row.round.code, row.code]), []
    client.get(page)
    with counted(seen):
        client.get(page)
    for no in (1, 2, 3, 4):
        Objection.objects.create(
            round_unit=row, point=no, text="a", state="answered", outcome="rejected", mark=0, raised_by=filler(),
            written_by=filler(), filed_by=approver(), filed_at=timezone.now(), answered_by=person("administrator"),
            answered_at=timezone.now(), reason="b",
        )  # fmt: skip
        Decision.objects.create(
            round_unit=row, point=no, stage=Stage.EXPERT_REVIEW, act="adjust", mark=1, reason_code="", reason="c",
            by=person("expert", username=f"expert-{no}"),
        )  # fmt: skip
    with counted(seen):
        client.get(page)
    assert seen[0] == seen[1]
