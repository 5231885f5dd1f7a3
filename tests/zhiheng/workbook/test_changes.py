"""The preview of a workbook: what changes, in words."""

from __future__ import annotations

from decimal import Decimal

from tests.zhiheng.workbook.forms import every_kind

from zhiheng.assessment.claims import Claim, Item, Material
from zhiheng.workbook.changes import Change, compare_claims

RULES = every_kind()
MEETING = Item("会议", "2021-03", materials=(Material("1-1 通知.pdf", "第2页"),))
CASE = Item("案例", component="专利", count=Decimal(2))


def test_what_a_person_changed_in_each_field() -> None:
    before = {2: Claim(2, "yes", mark=Decimal("1.6"), note="旧")}
    after = {2: Claim(2, "no", note="新"), 6: Claim(6, "yes", value=Decimal("85.50"))}
    assert compare_claims(RULES, before, after) == (
        Change(2, "stance", "申报", "不申报"),
        Change(2, "mark", "1.6分", ""),
        Change(2, "note", "旧", "新"),
        Change(6, "stance", "未填写", "申报"),
        Change(6, "value", "", "85.5%"),
    )


def test_items_that_come_go_and_change() -> None:
    other = Item("另一次会议")
    added = compare_claims(RULES, {}, {1: Claim(1, items=(MEETING,))})
    assert added == (Change(1, "item_added", "", "会议（2021-03）；佐证：《1-1 通知.pdf》第2页"),)
    removed = compare_claims(RULES, {4: Claim(4, items=(CASE,))}, {4: Claim(4)})
    assert removed == (Change(4, "item_removed", "案例（专利，2件）", ""),)
    (changed,) = compare_claims(RULES, {1: Claim(1, items=(MEETING,))}, {1: Claim(1, items=(other,))})
    assert (changed.what, changed.new) == ("item_changed", "另一次会议")


def test_sorting_items_changes_nothing() -> None:
    before = {1: Claim(1, items=(MEETING, CASE, MEETING))}
    assert compare_claims(RULES, before, {1: Claim(1, items=(CASE, MEETING, MEETING))}) == ()


def test_an_item_that_stood_twice_and_now_once_is_removed_once() -> None:
    before = {1: Claim(1, items=(MEETING, MEETING))}
    assert [c.what for c in compare_claims(RULES, before, {1: Claim(1, items=(MEETING,))})] == ["item_removed"]


def test_a_point_that_the_workbook_lacks_stays() -> None:
    assert compare_claims(RULES, {1: Claim(1, "yes")}, {}) == ()


def test_an_empty_item_is_none() -> None:
    assert compare_claims(RULES, {1: Claim(1, items=(Item(),))}, {1: Claim(1)}) == ()
