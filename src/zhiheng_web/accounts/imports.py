"""Tables of accounts and of units: from rows to people and places, with every fault by its row."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhiheng.errors import Problem
from zhiheng_web.accounts.actions import Newcomer, faults_of
from zhiheng_web.accounts.models import Role, Unit, User
from zhiheng_web.accounts.permissions import INVITES
from zhiheng_web.accounts.tables import Column, Row, read_table
from zhiheng_web.accounts.unit_actions import Place, faults_of_places
from zhiheng_web.language import listed

PEOPLE = (
    Column("账号", required=True), Column("姓名", required=True), Column("角色", required=True),
    Column("单位代码"), Column("电子邮箱"),
)  # fmt: skip
UNITS = (
    Column("代码", required=True), Column("名称", required=True), Column("全称"), Column("级别", required=True),
    Column("上级代码"), Column("行文简称"), Column("分组"),
)  # fmt: skip
PEOPLE_EXAMPLES = (("zhangsan", "张三", "填报员", "220100", "zhangsan@example.org"),
                   ("lisi", "李四", "核查员", "", ""))  # fmt: skip
UNIT_EXAMPLES = (("220100", "长春市", "长春市人民政府", "市", "22", "全市", "地级市"),)


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """
    A table of accounts that was read.

    Parameters
    ----------
    newcomers
        The people whose rows can be read.
    lines
        Their lines in the file.
    problems
        Everything that is wrong, in the order of the file.
    """

    newcomers: tuple[Newcomer, ...]
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class UnitsTable:
    """
    A table of units that was read.

    Parameters
    ----------
    places
        The units whose rows can be read.
    lines
        Their lines in the file.
    problems
        Everything that is wrong, in the order of the file.
    """

    places: tuple[Place, ...]
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]


def read_people(by: User, data: bytes) -> PeopleTable:
    """Return the people of a table with all its faults: of the file, of a row, and of what `by` may do."""
    rows, problems = read_table(data, PEOPLE)
    units = {unit.code: unit for unit in Unit.objects.filter(code__in={r.cells.get("单位代码", "") for r in rows})}
    roles = {str(label): value for value, label in Role.choices} | {value: value for value in Role.values}
    read: list[tuple[int, Newcomer]] = []
    for row in rows:
        role, code = roles.get(row.cells["角色"]), row.cells.get("单位代码", "")
        if role is None:
            allowed = listed(Role(each).label for each in INVITES.get(by.role, ()))
            message = _("没有这个角色；可填：%(names)s。") % {"names": allowed}
            problems.append(Problem(message, line=row.line, field="角色"))
        elif code and code not in units:
            message = _("没有代码为“%(code)s”的单位。") % {"code": code}
            problems.append(Problem(message, line=row.line, field="单位代码"))
        else:
            read.append((row.line, _newcomer(row, role, units.get(code))))
    lines, newcomers = [line for line, _person in read], [newcomer for _line, newcomer in read]
    for line, why in zip(lines, faults_of(by, newcomers), strict=True):
        if why:
            problems.append(Problem(why, line=line))
    return PeopleTable(tuple(newcomers), tuple(lines), _in_order(problems))


def _newcomer(row: Row, role: str, unit: Unit | None) -> Newcomer:
    return Newcomer(row.cells["账号"], row.cells["姓名"], role, unit, row.cells.get("电子邮箱", ""))


def read_units(data: bytes) -> UnitsTable:
    """Return the units of a table with all its faults: of the file, of a row, and of its place in the tree."""
    rows, problems = read_table(data, UNITS)
    levels = {str(label): value for value, label in Unit.Level.choices} | {v: v for v in Unit.Level.values}
    places = [_place(row, levels) for row in rows]
    for row, why in zip(rows, faults_of_places(places), strict=True):
        if why:
            problems.append(Problem(why, line=row.line))
    return UnitsTable(tuple(places), tuple(row.line for row in rows), _in_order(problems))


def _place(row: Row, levels: dict[str, str]) -> Place:
    return Place(
        code=row.cells["代码"], name=row.cells["名称"], level=levels.get(row.cells["级别"], row.cells["级别"]),
        parent=row.cells.get("上级代码", ""), full_name=row.cells.get("全称", ""),
        pronoun=row.cells.get("行文简称", "") or "全市", group=row.cells.get("分组", ""),
    )  # fmt: skip


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))
