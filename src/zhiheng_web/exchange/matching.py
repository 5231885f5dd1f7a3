"""Which file of the archive each row of the workbook means, and what is named but missing or sent but not named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.assessment.claims import Claim, Item, Material
from zhiheng.framework.model import Framework
from zhiheng.framework.rules import COUNTED
from zhiheng_web.evidence.inspection import safe_name

ITEMS = "事项明细"
"""Sheet of the workbook that names files."""


@dataclass(frozen=True, slots=True)
class Sent:
    """
    A file of the archive.

    Parameters
    ----------
    name
        Safe name, unique in the archive.
    point
        Number of the point that its name states, or None.
    error
        Why it is refused, or "".
    """

    name: str
    point: int | None
    error: str = ""


def matched(
    framework: Framework, claims: Mapping[int, Claim], sent: Sequence[Sent], there: Collection[str]
) -> tuple[dict[int, Claim], list[dict[str, Any]], set[str]]:
    """
    Return claims whose materials bear the names of known files, the problems, and the names of sent files in use.

    Parameters
    ----------
    framework
        Decides which points take a file without an item.
    claims
        Claims as the workbook has them.
    sent
        Files of the archive.
    there
        Names of the files that the unit has already.

    Notes
    -----
    A name is looked for among the files of the archive first, then among those of the unit; letter case does not count.
    A sent file that no row names goes to the first item of the point that its name states.
    """
    known = {_key(name): name for name in there} | {_key(file.name): file.name for file in sent}
    problems: list[dict[str, Any]] = []
    used: set[str] = set()
    found = {}
    for no, claim in claims.items():
        items = tuple(_named(item, no, known, problems) for item in claim.items)
        found[no] = replace(claim, items=items)
        used |= {m.file for item in items for m in item.materials}
    for file in sent:
        if file.name not in used:
            problems += _placed(framework, file, found, used)
    for file in sent:
        if file.error:
            words = {"file": file.name, "why": file.error}
            problems.append(_problem("error", _("压缩包中的“%(file)s”：%(why)s") % words))
    return found, problems, used & {file.name for file in sent}


def _key(name: str) -> str:
    return safe_name(name).casefold()


def _named(item: Item, no: int, known: Mapping[str, str], problems: list[dict[str, Any]]) -> Item:
    materials = []
    for material in item.materials:
        name = known.get(_key(material.file))
        if name is None:
            words = {"point": no, "file": material.file}
            text = _("第%(point)d项的佐证文件“%(file)s”不在压缩包中，也不在已上传的材料中") % words
            problems.append(_problem("error", text))
        else:
            materials.append(Material(name, material.pages))
    return replace(item, materials=tuple(dict.fromkeys(materials)))


def _placed(framework: Framework, file: Sent, found: dict[int, Claim], used: set[str]) -> Iterator[dict[str, Any]]:
    """Put a file that no row names to its point, or say why it is not used."""
    numbers = {point.no: point for _parent, point in framework.points}
    if file.point is None or file.point not in numbers:
        yield _problem(
            "warning", _("压缩包中的“%(file)s”没有写明要点序号，也没有在工作簿中引用，不会导入") % {"file": file.name}
        )
        return
    claim = found.get(file.point)
    if claim is None or claim.stance != "yes":
        words = {"file": file.name, "point": file.point}
        yield _problem("warning", _("第%(point)d项没有申报，压缩包中的“%(file)s”不会导入") % words)
        return
    items = list(claim.items)
    if not items:
        if numbers[file.point].rule.kind in COUNTED:
            words = {"file": file.name, "point": file.point}
            yield _problem("warning", _("第%(point)d项没有列出事项，压缩包中的“%(file)s”不会导入") % words)
            return
        items = [Item()]
    place = next((i for i, item in enumerate(items) if not item.materials), 0)
    items[place] = replace(items[place], materials=(*items[place].materials, Material(file.name)))
    found[file.point] = replace(claim, items=tuple(items))
    used.add(file.name)


def _problem(severity: str, message: str) -> dict[str, Any]:
    return {"sheet": "", "cell": "", "message": message, "severity": severity}
