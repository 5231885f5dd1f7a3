"""Rectification items: what is issued, what units report, re-checks, reminders, and the next round."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from tests.web.builders import approver, evidence, filler, person, row_of, running_round
from tests.web.finished import finalised_round
from tests.web.rectifying import LOST, due, filed, issue, issued_round, item_of, rectifying_round, reported, terms

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import Given, GivenItem
from zhiheng_web.assessments.models import Answer, Attachment, Decision
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.evidence.actions import EvidenceRefused, remove
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.rectification import issuing
from zhiheng_web.rectification.actions import (
    RectificationRefused,
    Report,
    close_item,
    extend_item,
    return_item,
    save_report,
    submit_report,
    withdraw_item,
)
from zhiheng_web.rectification.issuing import ask_issue, issuable, issue_all, issue_one, proposals
from zhiheng_web.rectification.models import Issuing, RectificationItem
from zhiheng_web.rectification.queries import carried, last_reasons, masked, to_do
from zhiheng_web.rectification.reuse import reuse_proof
from zhiheng_web.rectification.tasks import remind_items
from zhiheng_web.results.queries import snapshot_of
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage, TooLate
from zhiheng_web.rounds.models import Notice, Round

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def points(made: Round) -> dict[int, list[int]]:
    return {
        n: list(RectificationItem.objects.filter(round_unit=row_of(made, n)).values_list("point", flat=True))
        for n in range(1, made.units.count() + 1)
    }


def test_every_loss_becomes_one_item_with_its_exact_marks_and_last_reason(tmp_path: Path) -> None:
    made = rectifying_round(tmp_path, 3)
    shown = proposals(made, terms())
    assert [[one.no for one in unit.items] for unit in shown] == [LOST[1], LOST[2], LOST[3]]
    assert [(unit.lost, unit.open) for unit in shown] == [(26, 0), (66, 0), (76, 0)]
    asked = issue(made)
    assert (asked.items, asked.done, asked.message) == (11, 3, "")
    assert points(made) == LOST
    accepted, rejected = item_of(made, 3, 3), item_of(made, 3, 1)
    assert (accepted.full, accepted.final, accepted.lost) == (10, 4, 6)
    assert (rejected.full, rejected.final, rejected.lost) == (40, 0, 40)
    assert "没有材料" in rejected.reason
    assert rejected.reason.startswith("不予认定")
    assert accepted.reason.startswith("认可")
    assert {e.act for e in Entry.objects.filter(act__startswith="rectification")} == {
        "rectification.ask", "rectification.issue",
    }  # fmt: skip
    told = Notice.objects.filter(kind="rectification_issue")
    assert sorted(n.user.username for n in told) == sorted(
        u.username for u in User.objects.filter(role__in=["filler", "approver"])
    )
    # Once more finds nothing, whatever the terms.
    assert issue(made).items == 0
    assert points(made) == LOST
    assert list(chain_breaks()) == []


def test_terms_leave_out_small_losses_and_what_was_never_claimed(tmp_path: Path) -> None:
    made = rectifying_round(tmp_path, 2)
    assert [[one.no for one in unit.items] for unit in proposals(made, terms(7))] == [[2, 4], [1, 2, 4]]
    # Only the first point of the second unit was claimed and not granted.
    issue(made, terms(claimed_only=True))
    assert points(made) == {1: [], 2: [1]}
    found = proposals(made, terms())
    assert [(len(u.items), u.taken, u.left) for u in found] == [(3, 0, 0), (3, 1, 0)]
    one = item_of(made, 2, 1)
    withdraw_item(person("administrator"), one, "合并办理", version=one.version)
    # What was withdrawn on purpose comes back by hand only.
    assert issue(made).items == 6
    assert points(made)[2] == [1, 2, 3, 4]
    again = issue_one(person("administrator"), row_of(made, 2), 1, due(), "重新下达")
    assert (again.lost, again.state) == (40, "issued")
    with pytest.raises(Stale, match="已经下达"):
        issue_one(person("administrator"), row_of(made, 2), 1, due())


def test_what_is_open_in_the_result_is_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rectifying_round(tmp_path)
    result, sha256 = issuing.final_result(made, "")
    column = result.column("p1")
    possible, confirmed = result.possible.copy(), result.confirmed.copy()
    possible[0, column], confirmed[0, column] = 40, 0
    opened = replace(result, possible=possible, confirmed=confirmed)
    monkeypatch.setattr(issuing, "final_result", lambda *_: (opened, sha256))
    unit = proposals(made, terms())[0]
    assert ([one.no for one in unit.items], unit.open) == ([2, 3, 4], 1)
    assert [one.no for one in issuable(row_of(made))] == [2, 3, 4]
    with pytest.raises(RectificationRefused, match="得分未定"):
        issue_one(person("administrator"), row_of(made), 1, due())


def test_only_an_administrator_issues_and_only_in_the_stage(tmp_path: Path) -> None:
    made = finalised_round(tmp_path, 1)
    with pytest.raises(NotAllowed, match="阶段"):
        ask_issue(person("administrator"), made, terms())
    Round.objects.filter(pk=made.pk).update(stage=Stage.RECTIFICATION)
    made.refresh_from_db()
    for user in (person("verifier"), person("leader"), filler()):
        with pytest.raises(NotAllowed):
            ask_issue(user, made, terms())
        with pytest.raises(NotAllowed):
            issue_one(user, row_of(made), 2, due())
    for due_at, words in ((timezone.now() - DAY, "晚于"), (timezone.now() + 4000 * DAY, "太远")):
        with pytest.raises(RectificationRefused, match=words):
            issue_one(person("administrator"), row_of(made), 2, due_at)
    asked = ask_issue(person("administrator"), made, terms())
    # Another snapshot than the one that was previewed: nothing is issued.
    Issuing.objects.filter(pk=asked.pk).update(snapshot_sha256="0" * 64)
    issue_all(asked.pk)
    asked.refresh_from_db()
    assert "结果快照有变化" in asked.message
    assert not RectificationItem.objects.exists()


def test_a_job_that_dies_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rectifying_round(tmp_path, 3)
    monkeypatch.setattr(issuing, "PART", 1)
    notify, calls = issuing.notify_units, []

    def dies(*args: object, **more: object) -> int:
        calls.append(args)
        if len(calls) == 2:
            raise MemoryError
        return notify(*args, **more)  # type: ignore[arg-type]  # whatever came in

    monkeypatch.setattr(issuing, "notify_units", dies)
    asked = ask_issue(person("administrator"), made, terms())
    assert ask_issue(person("administrator"), made, terms(9)).pk == asked.pk
    with pytest.raises(MemoryError):
        issue_all(asked.pk)
    asked.refresh_from_db()
    assert (asked.done, asked.items, asked.ended_at) == (1, 3, None)
    assert points(made) == {1: LOST[1], 2: [], 3: []}
    issue_all(asked.pk)
    issue_all(asked.pk)
    asked.refresh_from_db()
    assert (asked.done, asked.items) == (3, 11)
    assert points(made) == LOST
    assert Notice.objects.filter(kind="rectification_issue", user=filler(1)).count() == 1


def test_a_unit_reports_and_the_office_returns_and_closes(tmp_path: Path) -> None:
    made = issued_round(tmp_path)
    before = [*Decision.objects.values_list("pk", "mark", "at")], snapshot_of(made), row_of(made).confirmed
    item = item_of(made)
    for report, words in ((Report("", "", "措施"), "责任人"), (Report("张三"), "措施")):
        with pytest.raises(RectificationRefused, match=words):
            save_report(filler(), item, report, version=1)
    with pytest.raises(RectificationRefused, match="还没有填写"):
        submit_report(approver(), item, version=1)
    one = save_report(filler(), item, Report("张三", "", "建立制度"), version=1)
    with pytest.raises(Stale):
        save_report(filler(), item, Report("李四", "", "别的"), version=1)
    with pytest.raises(RectificationRefused, match="整改结果"):
        submit_report(approver(), one, version=2)
    one = save_report(filler(), one, Report("张三", "", "建立制度", "已印发"), version=2)
    with pytest.raises(RectificationRefused, match="材料"):
        submit_report(approver(), one, version=3)
    one = filed(made, tmp_path)
    assert (one.state, one.version) == ("filed", 5)
    with pytest.raises(NotAllowed, match="待复核"):
        save_report(filler(), one, Report("张三", "", "改"), version=5)
    with pytest.raises(RectificationRefused, match="理由"):
        return_item(person("verifier"), one, " ", due(), version=5)
    one = return_item(person("verifier"), one, "缺公章", due(), version=5)
    assert to_do(filler(), timezone.now()) == (3, 0)
    with pytest.raises(RectificationRefused, match="还没有修改"):
        submit_report(approver(), one, version=6)
    one = filed(made, tmp_path)
    assert to_do(person("verifier"), timezone.now()) == (1, 0)
    one = close_item(person("administrator"), one, "已到位", version=one.version)
    assert one.state == "done"
    with pytest.raises(NotAllowed):
        withdraw_item(person("administrator"), one, "算了", version=one.version)
    steps = ["issue", "draft", "draft", "draft", "submit", "return", "draft", "submit", "close"]
    assert [step.act for step in one.steps.all()] == steps
    # Nothing of it touches a mark.
    assert ([*Decision.objects.values_list("pk", "mark", "at")], snapshot_of(made), row_of(made).confirmed) == before
    assert Notice.objects.filter(user=filler(), title__contains="退回", text="缺公章").count() == 1


def test_deadlines_units_and_people_hold(tmp_path: Path) -> None:
    made = issued_round(tmp_path, 2)
    one = reported(made, tmp_path)
    foreign = evidence(row_of(made, 2), tmp_path, "外单位.pdf")
    with pytest.raises(RectificationRefused, match="不属于本单位"):
        save_report(filler(), one, Report("张三", "", "措施", "", (foreign.pk,)), version=2)
    for user in (filler(2), approver(), person("verifier")):
        with pytest.raises(NotAllowed):
            save_report(user, one, Report("张三", "", "措施"), version=2)
    late = one.due_at + timedelta(seconds=1)
    with pytest.raises(TooLate):
        submit_report(approver(), one, version=2, now=late)
    with pytest.raises(RectificationRefused, match="晚于现在的期限"):
        extend_item(person("administrator"), one, one.due_at, "灾情", version=2)
    one = extend_item(person("administrator"), one, one.due_at + 5 * DAY, "灾情", version=2)
    # Who wrote it before he became an approver does not sign it off.
    writer = filler()
    writer.role = "approver"
    writer.save()
    with pytest.raises(NotAllowed, match="其他审核员"):
        submit_report(writer, one, version=3, now=late)
    assert submit_report(approver(), one, version=3, now=late).state == "filed"


def test_files_of_earlier_stages_and_proof_stay(tmp_path: Path) -> None:
    made = issued_round(tmp_path)
    old = EvidenceFile.objects.get(round_unit=row_of(made))
    one = reported(made, tmp_path)
    proof = one.shown.get().file
    for file in (old, proof):
        with pytest.raises(EvidenceRefused):
            remove(filler(), file)
    loose = evidence(row_of(made), tmp_path, "传错了.pdf")
    remove(filler(), loose)
    assert not EvidenceFile.objects.filter(pk=loose.pk).exists()


def test_units_are_reminded_once_for_a_deadline(tmp_path: Path) -> None:
    made = issued_round(tmp_path, 2)
    RectificationItem.objects.filter(round_unit=row_of(made, 1)).update(due_at=timezone.now() + 2 * DAY)
    assert remind_items.func(3) == 2
    assert remind_items.func(3) == 0
    assert {n.user for n in Notice.objects.filter(kind="rectification_3")} == {filler(), approver()}
    RectificationItem.objects.filter(round_unit=row_of(made, 1)).update(state="filed")
    assert remind_items.func(1) == 0


def test_names_of_experts_are_masked(tmp_path: Path) -> None:
    assert masked("王专家认为王专家甲不符", ["王专家甲", "王专家"]) == "专家认为专家不符"
    made = rectifying_round(tmp_path)
    expert = person("expert")
    expert.full_name = "欧阳评审"
    expert.save()
    row = row_of(made)
    Decision.objects.create(
        round_unit=row, point=2, stage=Stage.EXPERT_REVIEW, act="adjust", mark=1, reason_code="review",
        reason="欧阳评审认为制度未印发", by=person("administrator"),
    )  # fmt: skip
    stage, words = last_reasons([row.pk])[row.pk, 2]
    assert stage == Stage.EXPERT_REVIEW
    assert "欧阳评审" not in words
    assert "专家认为制度未印发" in words


def test_the_next_round_shows_the_items_and_takes_their_proof_over(tmp_path: Path) -> None:
    made = issued_round(tmp_path, 2)
    done = filed(made, tmp_path)
    close_item(person("verifier"), done, version=done.version)
    withdrawn = item_of(made, 1, 3)
    withdraw_item(person("administrator"), withdrawn, "合并", version=1)
    following = running_round(2, code="next", previous=made)
    row = row_of(following)
    assert {no: item.state for no, item in carried(row).items()} == {2: "done", 4: "issued"}
    given = Given("", items=(GivenItem("本期制度", date="2021-01"),))
    answer = reuse_proof(filler(), row, 2, given, version=0)
    assert answer.stance == Answer.Stance.YES
    assert [(i.text, i.attachments.count()) for i in answer.items.all()] == [("本期制度", 0), ("已经印发", 1)]
    copy = Attachment.objects.get(item__answer=answer).file
    assert (copy.round_unit, copy.sha256) == (row, done.shown.get().file.sha256)
    # A second press adds nothing, and a point without proof has nothing to give.
    items = [
        GivenItem(i.text, i.date, files=tuple((a.file_id, "") for a in i.attachments.all())) for i in answer.items.all()
    ]
    again = reuse_proof(filler(), row, 2, Given("yes", items=tuple(items)), version=1)
    assert (again.items.count(), again.version) == (2, 1)
    with pytest.raises(RectificationRefused, match="没有可以沿用"):
        reuse_proof(filler(), row, 4, Given(), version=0)
    with pytest.raises(NotAllowed):
        reuse_proof(filler(2), row, 2, Given(), version=1)
    # A point of fields keeps the file at the field that the unit chose.
    reported(made, tmp_path, 2, 4)
    fielded = reuse_proof(
        filler(2), row_of(following, 2), 4, Given("yes", items=(GivenItem("", component="专利"),)), version=0
    )  # fmt: skip
    assert [(i.component, i.attachments.count()) for i in fielded.items.all()] == [("专利", 1)]
