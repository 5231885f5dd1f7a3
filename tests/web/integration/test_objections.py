"""Objections through the actions: who, when, to what, and what an answer changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from tests.web.builders import approver, evidence, filler, objecting_round, pdf, person, row_of

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.closing import DecisionRefused
from zhiheng_web.assessments.models import Decision
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.evidence.actions import EvidenceRefused, inspect, keep, remove
from zhiheng_web.objections.actions import (
    Draft,
    ObjectionRefused,
    Verdict,
    answer,
    close_objections,
    file_objection,
    save_draft,
    withdraw,
)
from zhiheng_web.objections.models import Objection
from zhiheng_web.objections.queries import decided_himself
from zhiheng_web.rounds.actions import Stale, extend
from zhiheng_web.rounds.machine import NotAllowed, Stage, TooLate
from zhiheng_web.rounds.models import Notice, Round, RoundUnit, Window

pytestmark = pytest.mark.django_db
DRAFT = Draft("培训时间在考核期内，附签到表。", Decimal("0.4"))


@pytest.fixture
def row(tmp_path: Path) -> RoundUnit:
    return row_of(objecting_round(tmp_path))


def filed(row: RoundUnit, point: int = 3, draft: Draft = DRAFT) -> Objection:
    one = save_draft(person("filler", row.unit), row, point, draft, version=0)
    return file_objection(person("approver", row.unit), one, version=one.version)


def test_a_granted_objection_changes_the_mark_and_leaves_the_chain(row: RoundUnit, tmp_path: Path) -> None:
    file = evidence(row, tmp_path, "签到表.pdf")
    one = save_draft(filler(), row, 3, Draft(DRAFT.text, DRAFT.wanted, (file.pk,)), version=0)
    assert Notice.objects.filter(user__role=Role.APPROVER, title__contains="等待您提交").count() == 1
    assert not Notice.objects.filter(user__role=Role.FILLER, title__contains="等待您提交").exists()
    administrator, closer = person("administrator"), person("administrator", username="office-2")
    Decision.objects.create(
        round_unit=row, point=3, stage=Stage.EXPERT_REVIEW, act="reject", mark=0, reason_code="review", by=closer
    )
    one = file_objection(approver(), one, version=1)
    place = f"/rounds/r1/units/{row.code}/objections/"
    told_office = Notice.objects.filter(kind="objection.file").order_by("user__username")
    # The verifier gave the marks himself; who closed the review of experts gave none.
    assert [(n.user.username, n.title, n.link) for n in told_office] == [
        (name, "第1市对第3项提出申诉，等待答复", f"{place}{one.pk}/") for name in ("administrator", "office-2")
    ]
    assert not decided_himself(closer, row, 3)
    done = answer(administrator, one, Verdict("granted", "签到表可以证明", Decimal("0.4")), version=one.version)
    assert (done.state, done.outcome, done.mark) == ("answered", "granted", Decimal("0.4"))
    made = {d.stage: (d.act, d.mark) for d in Decision.objects.filter(round_unit=row, point=3)}
    assert made.pop("expert_review")
    assert made == {"verification": ("reject", Decimal(0)), "objection": ("adjust", Decimal("0.4"))}
    row.refresh_from_db()
    assert (row.confirmed, row.claimed, row.possible) == (84, 84, 84)
    told = Notice.objects.get(user=filler(), kind="objection.answer")
    assert (told.title, told.text) == ("第1市对第3项的申诉已经答复", "签到表可以证明")
    assert told.link == f"{place}points/3/"
    acts = list(Entry.objects.filter(act__startswith="objection.").order_by("number").values_list("act", flat=True))
    assert acts == ["objection.draft", "objection.file", "objection.answer"]
    assert Entry.objects.get(act="objection.answer").before == {"mark": "0"}
    assert list(chain_breaks()) == []


def test_a_rejected_objection_keeps_the_mark(row: RoundUnit) -> None:
    done = answer(person("administrator"), filed(row), Verdict("rejected", "签到表没有日期"), version=2)
    assert (done.outcome, done.mark) == ("rejected", 0)
    assert not Decision.objects.filter(stage=Stage.OBJECTION).exists()
    row.refresh_from_db()
    assert row.confirmed == 80
    with pytest.raises(ObjectionRefused, match="不能再次申诉"):
        save_draft(filler(), row, 3, DRAFT, version=0)


def test_a_point_may_be_found_not_to_apply(row: RoundUnit) -> None:
    verdict = Verdict("granted", "该市没有此类机构", applies=False)
    answer(person("administrator"), filed(row, draft=Draft("不适用")), verdict, version=2)
    made = Decision.objects.get(stage=Stage.OBJECTION)
    assert (made.act, made.mark) == ("not_applicable", 0)


def test_marks_are_not_lost_to_a_point_that_does_not_apply(row: RoundUnit) -> None:
    one = filed(row, 2, Draft("不适用"))
    with pytest.raises(ObjectionRefused, match="已有得分"):
        answer(person("administrator"), one, Verdict("granted", "不适用", applies=False), version=2)


def test_nobody_judges_his_own_decision(row: RoundUnit) -> None:
    one = filed(row)
    verdict = Verdict("granted", "可以", Decimal("0.4"))
    with pytest.raises(NotAllowed, match="由您核定"):
        answer(person("verifier"), one, verdict, version=2)
    for stranger in (filler(), approver(), person("expert"), person("leader"), person("auditor")):
        with pytest.raises(NotAllowed, match="角色"):
            answer(stranger, one, verdict, version=2)
    one.refresh_from_db()
    assert one.state == "filed"
    assert answer(person("verifier", username="verifier-2"), one, verdict, version=2).state == "answered"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict("granted", "", Decimal("0.4")), "写明理由"),
        (Verdict("partly", "可以", Decimal(9)), "之间"),
        (Verdict("partly", "可以"), "之间"),
        (Verdict("partly", "可以", Decimal("0.03")), "整数倍"),
        (Verdict("partly", "可以", Decimal(0)), "高于"),
        (Verdict("granted", "可以", Decimal("0.2")), "部分支持"),
        (Verdict("", "可以", Decimal("0.4")), "处理结果"),
        (Verdict("rejected", " "), "写明理由"),
    ],
)
def test_an_answer_keeps_to_the_rule(row: RoundUnit, verdict: Verdict, words: str) -> None:
    one = filed(row)
    with pytest.raises((ObjectionRefused, DecisionRefused), match=words):
        answer(person("administrator"), one, verdict, version=2)
    assert not Decision.objects.filter(stage=Stage.OBJECTION).exists()
    one.refresh_from_db()
    assert one.state == "filed"


def test_rights_of_the_unit(tmp_path: Path) -> None:
    made = objecting_round(tmp_path, 2)
    row = row_of(made)
    for stranger in (filler(2), approver(), person("verifier"), person("administrator"), person("leader")):
        with pytest.raises(NotAllowed):
            save_draft(stranger, row, 3, DRAFT, version=0)
    one = save_draft(filler(), row, 3, DRAFT, version=0)
    for stranger in (filler(), approver(2), person("administrator")):
        with pytest.raises(NotAllowed):
            file_objection(stranger, one, version=1)
    one = file_objection(approver(), one, version=1)
    with pytest.raises(NotAllowed, match="审核员撤回"):
        withdraw(filler(), one, version=2)
    with pytest.raises(NotAllowed):
        withdraw(approver(2), one, version=2)


def test_who_wrote_the_draft_does_not_file_it_after_a_change_of_role(row: RoundUnit) -> None:
    one = save_draft(filler(), row, 3, DRAFT, version=0)
    User.objects.filter(pk=filler().pk).update(role=Role.APPROVER)
    with pytest.raises(NotAllowed, match="其他审核员"):
        file_objection(User.objects.get(pk=one.raised_by_id), one, version=1)


def test_one_objection_a_point_and_a_new_one_after_withdrawal(row: RoundUnit) -> None:
    one = filed(row)
    with pytest.raises(ObjectionRefused, match="已经提交"):
        save_draft(filler(), row, 3, DRAFT, version=2)
    withdraw(approver(), one, version=2)
    again = save_draft(filler(), row, 3, DRAFT, version=0)
    assert (again.pk != one.pk, again.version) == (True, 1)
    with pytest.raises(ObjectionRefused, match="撤回"):
        withdraw(approver(), one, version=3)


def test_what_changed_meanwhile_is_told(row: RoundUnit) -> None:
    one = save_draft(filler(), row, 3, DRAFT, version=0)
    with pytest.raises(Stale):
        save_draft(filler(), row, 3, Draft("另一个人的"), version=0)
    save_draft(filler(), row, 3, Draft("改过"), version=1)
    with pytest.raises(Stale):
        file_objection(approver(), one, version=1)
    one = file_objection(approver(), one, version=2)
    with pytest.raises(Stale):
        answer(person("administrator"), one, Verdict("rejected", "不"), version=2)


@pytest.mark.parametrize(
    ("draft", "point", "words"),
    [
        (Draft(" "), 3, "事实和理由"),
        (Draft("a", Decimal("0.01")), 3, "整数倍"),
        (Draft("a", Decimal(99)), 3, "之间"),
        (Draft("a", Decimal(1)), 2, "高于"),
        (Draft("a", None, (999_999,)), 3, "不属于本单位"),
        (Draft("a"), 77, "没有这个考核要点"),
    ],
)
def test_a_draft_keeps_to_the_rule(row: RoundUnit, draft: Draft, point: int, words: str) -> None:
    with pytest.raises((ObjectionRefused, DecisionRefused), match=words):
        save_draft(filler(), row, point, draft, version=0)
    assert not Objection.objects.exists()


def test_the_window_binds_the_unit_and_not_the_office(row: RoundUnit) -> None:
    start = timezone.now()
    early, late = start - timedelta(hours=2), start + timedelta(days=6)
    with pytest.raises(NotAllowed, match="尚未开始"):
        save_draft(filler(), row, 3, DRAFT, version=0, now=early)
    with pytest.raises(TooLate, match="申诉截止"):
        save_draft(filler(), row, 3, DRAFT, version=0, now=late)
    one = save_draft(filler(), row, 3, DRAFT, version=0)
    with pytest.raises(TooLate):
        file_objection(approver(), one, version=1, now=late)
    extend(person("administrator"), row, late + timedelta(days=1), "系统维护")
    assert Notice.objects.filter(kind="extended", title__contains="申诉期限").exists()
    one = file_objection(approver(), one, version=1, now=late)
    much_later = late + timedelta(days=9)
    answer(person("administrator"), one, Verdict("rejected", "不"), version=2, now=much_later)


def test_without_a_window_the_stage_alone_counts(row: RoundUnit) -> None:
    Window.objects.filter(stage=Stage.OBJECTION).delete()
    RoundUnit.objects.filter(pk=row.pk).update(extended_to=timezone.now() - timedelta(days=9))
    assert filed(row_of(row.round)).state == "filed"


@pytest.mark.parametrize("stage", [Stage.VERIFICATION, Stage.EXPERT_REVIEW, Stage.FINALISATION, Stage.PUBLICATION])
def test_other_stages_take_nothing(tmp_path: Path, stage: Stage) -> None:
    row = row_of(objecting_round(tmp_path))
    one = filed(row)
    Round.objects.filter(pk=row.round_id).update(stage=stage)
    with pytest.raises(NotAllowed):
        save_draft(filler(), row, 1, Draft("a"), version=0)
    with pytest.raises(NotAllowed):
        withdraw(approver(), one, version=2)
    with pytest.raises(NotAllowed):
        answer(person("administrator"), one, Verdict("rejected", "不"), version=2)


def test_files_come_in_with_objections_and_stay_while_one_names_them(row: RoundUnit, tmp_path: Path) -> None:
    old = row.files.get()
    new = evidence(row, tmp_path, "补充.pdf")
    with pytest.raises(NotAllowed):
        evidence_by(approver(), row, tmp_path)
    save_draft(filler(), row, 3, Draft("a", None, (new.pk,)), version=0)
    with pytest.raises(EvidenceRefused, match="申诉正在使用"):
        remove(filler(), new)
    save_draft(filler(), row, 3, Draft("a"), version=1)
    old.attachments.all().delete()
    with pytest.raises(EvidenceRefused, match="自评阶段"):
        remove(filler(), old)
    remove(filler(), new)
    Window.objects.filter(stage=Stage.OBJECTION).update(closes_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(TooLate):
        evidence(row_of(row.round), tmp_path, "迟到.pdf")


def evidence_by(user: User, row: RoundUnit, folder: Path) -> None:
    path = pdf(folder / "x.pdf", title="x")
    keep(user, row, path, "x.pdf", inspect(path, "x.pdf"))


def test_the_stage_closes_only_with_every_answer(row: RoundUnit) -> None:
    one, administrator = filed(row), person("administrator")
    save_draft(filler(), row, 1, Draft("没有提交"), version=0)
    with pytest.raises(ObjectionRefused, match="还有1份"):
        close_objections(administrator, row.round)
    answer(administrator, one, Verdict("rejected", "不"), version=2)
    with pytest.raises(NotAllowed):
        close_objections(person("verifier"), row.round)
    assert close_objections(administrator, row.round).stage == Stage.FINALISATION
    with pytest.raises(ObjectionRefused, match="不在申诉阶段"):
        close_objections(administrator, row.round)
    assert Objection.objects.get(point=1).state == "draft"
