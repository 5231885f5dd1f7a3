"""What is done to the tree of units: each act in one transaction with its entry in the log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import Unit, User
from zhiheng_web.accounts.permissions import manages_units
from zhiheng_web.audit.actions import record
from zhiheng_web.language import clauses, headed, listed
from zhiheng_web.refusals import Refused

RANK: dict[str, int] = {str(Unit.Level.PROVINCE): 0, str(Unit.Level.CITY): 1, str(Unit.Level.COUNTY): 2}
"""A unit stands below one of a smaller number."""


class UnitRefused(Refused):
    """A unit cannot be made, changed or removed as asked."""

    code = "accounts.unit"


@dataclass(frozen=True, slots=True)
class Place:
    """
    What a unit is called and where it stands.

    Parameters
    ----------
    code, name, full_name, pronoun, group
        Code, short and full name, word for it in reports, group of comparison.
    level
        Value of `Unit.Level`.
    parent
        Code of the unit above, or "".
    """

    code: str
    name: str
    level: str
    parent: str = ""
    full_name: str = ""
    pronoun: str = "全市"
    group: str = ""


def place_of(unit: Unit) -> Place:
    """Return what is kept of a unit."""
    return Place(
        code=unit.code, name=unit.name, level=unit.level, parent=unit.parent.code if unit.parent else "",
        full_name=unit.full_name, pronoun=unit.pronoun, group=unit.group,
    )  # fmt: skip


def fingerprint(unit: Unit) -> str:
    """Return a mark that changes when anybody changes the unit: a form carries it to see that nobody did."""
    return hashlib.sha256(json.dumps(asdict(place_of(unit)), sort_keys=True).encode()).hexdigest()[:16]


def faults_of_places(places: Sequence[Place]) -> list[str]:
    """Return for each unit of a table why it cannot be added, or ""; the number of queries does not grow with them."""
    kept = {unit.code: unit for unit in Unit.objects.all()}
    levels = {code: unit.level for code, unit in kept.items()} | {place.code: place.level for place in places}
    codes = {unit.pk: code for code, unit in kept.items()}
    taken = {(codes.get(unit.parent_id or 0, ""), unit.name) for unit in kept.values()}
    seen: set[str] = set()
    found = []
    for place in places:
        found.append(_fault(place, levels, set(kept) | seen, taken))
        seen.add(place.code)
        taken.add((place.parent, place.name))
    return found


def _fault(place: Place, levels: dict[str, str], used: set[str], names: set[tuple[str, str]]) -> str:
    if place.code in used:
        return _("代码“%(code)s”已经存在或者重复。") % {"code": place.code}
    if (place.parent, place.name) in names:
        return _("同一上级下已有名称为“%(name)s”的单位。") % {"name": place.name}
    return _level_fault(place, levels) or _field_fault(place)


def _level_fault(place: Place, levels: dict[str, str]) -> str:
    if place.level not in RANK:
        return _("级别须为省、市或者县。")
    if place.parent and place.parent not in levels:
        return _("没有代码为“%(code)s”的上级。") % {"code": place.parent}
    # A unit of no known level is reported at its own row.
    if place.parent and RANK.get(levels[place.parent], -1) >= RANK[place.level]:
        return _("上级的级别须高于本单位。")
    return ""


def _field_fault(place: Place) -> str:
    try:
        Unit(
            code=place.code, name=place.name, full_name=place.full_name, pronoun=place.pronoun, level=place.level,
            group=place.group,
        ).clean_fields(exclude=["path", "parent"])  # fmt: skip
    except ValidationError as error:
        titles = {field.name: str(field.verbose_name) for field in Unit._meta.fields}  # noqa: SLF001 - documented by Django
        return clauses(headed(titles[name], listed(why)) for name, why in error.message_dict.items())
    return ""


def add_unit(by: User, place: Place) -> Unit:
    """Add a unit. Refused: a code or a name beside it that is taken, a level that does not fit the unit above."""
    return add_units(by, [place])[0]


@transaction.atomic
def add_units(by: User, places: Sequence[Place]) -> list[Unit]:
    """Add units, all or none; those above may stand in the same table, in any order."""
    _check_right(by)
    for place, why in zip(places, faults_of_places(places), strict=True):
        if why:
            raise UnitRefused(why if len(places) == 1 else headed(place.code, why), field=place.code)
    made: dict[str, Unit] = {}
    for place in sorted(places, key=lambda each: RANK[each.level]):
        parent = None
        if place.parent:
            parent = made.get(place.parent) or Unit.objects.get(code=place.parent)
        made[place.code] = Unit.objects.create(
            code=place.code, name=place.name, full_name=place.full_name, pronoun=place.pronoun, level=place.level,
            parent=parent, group=place.group,
        )  # fmt: skip
        record("units.add", made[place.code], after=asdict(place))
    return [made[place.code] for place in places]


@transaction.atomic
def change_unit(by: User, unit: Unit, place: Place, *, seen: str) -> Unit:
    """
    Change a unit; with another unit above it, everything below moves along.

    Refused: a change of the code; a place below itself, or one that does not fit its level or those below;
    a form that shows what somebody else has changed since.
    """
    _check_right(by)
    # Two moves at once could put two units below each other; the tree is small and moves are rare.
    kept = {each.code: each for each in Unit.objects.select_for_update().select_related(None).order_by("pk")}
    unit = kept[unit.code]
    if fingerprint(unit) != seen:
        raise UnitRefused(_("“%(name)s”刚被他人修改，请核对后再保存。") % {"name": unit.name}, stale=True)
    if place.code != unit.code:
        raise UnitRefused(_("代码不能修改。"))
    _check_place(unit, place, list(kept.values()))
    before = place_of(unit)
    parent = kept.get(place.parent)
    moved = unit.parent_id != (parent.pk if parent else None)
    old_path = unit.path
    unit.name, unit.full_name, unit.pronoun = place.name, place.full_name, place.pronoun
    unit.level, unit.group, unit.parent = place.level, place.group, parent
    unit.save()
    if moved:
        _move_below(kept.values(), unit, old_path)
    old, new = asdict(before), asdict(place)
    changed = [name for name in old if old[name] != new[name]]
    if changed:
        record("units.move" if moved else "units.change", unit,
               before={name: old[name] for name in changed}, after={name: new[name] for name in changed})  # fmt: skip
    return unit


def _check_place(unit: Unit, place: Place, kept: Collection[Unit]) -> None:
    codes = {each.pk: each.code for each in kept}
    if any(other.path.startswith(unit.path) and other.code == place.parent for other in kept):
        raise UnitRefused(_("不能移到自己或者自己的下级之下。"))
    names = {(codes.get(other.parent_id or 0, ""), other.name) for other in kept if other.pk != unit.pk}
    why = _fault(place, {each.code: each.level for each in kept}, set(), names)
    if why:
        raise UnitRefused(why)
    for other in kept:
        if other.parent_id == unit.pk and RANK[other.level] <= RANK[place.level]:
            raise UnitRefused(_("下级“%(name)s”的级别须低于本单位。") % {"name": other.name})


def _move_below(kept: Iterable[Unit], unit: Unit, old_path: str) -> None:
    below = [each for each in kept if each.path.startswith(old_path) and each.pk != unit.pk]
    for each in below:
        each.path = unit.path + each.path.removeprefix(old_path)
    Unit.objects.bulk_update(below, ["path"])


@transaction.atomic
def remove_unit(by: User, unit: Unit) -> None:
    """Remove a unit. Refused while there are units below it, people of it, or rounds with it."""
    _check_right(by)
    before = asdict(place_of(unit))
    label, name = f"unit:{unit.pk}", unit.name
    try:
        unit.delete()
    except ProtectedError as error:
        raise UnitRefused(
            _("“%(name)s”仍有下级单位、账号、邀请或者考核轮次在使用，不能删除。") % {"name": name}
        ) from error
    record("units.remove", label, name=name, before=before)


def _check_right(by: User) -> None:
    if not manages_units(by):
        raise UnitRefused(_("只有省级管理员可以修改评价对象。"))
