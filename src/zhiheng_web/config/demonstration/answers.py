"""Example answers: what a unit would have claimed to get the marks that the reconstructed case gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

import zhiheng
from zhiheng.assessment.facts import Decision
from zhiheng.framework.model import Point
from zhiheng.framework.rules import Judged, PerField, PerItem, Relative
from zhiheng_web.assessments.actions import Given, GivenItem

FIELDS = ("专利", "商标", "著作权", "地理标志", "植物新品种", "商业秘密", "集成电路布图设计", "民间文艺")
"""Names of fields where the source leaves the list open."""
CASES_EACH = Decimal(40)
"""Cases that stand for one mark at the point that compares numbers of cases."""
FONT = Path(zhiheng.__file__).parent / "report" / "assets" / "fonts" / "NotoSansSC-Regular.otf"
PAGE = (1240, 1754)
"""A4 at 150 dots an inch."""
BLOCK_SHARE = 0.35
"""Share of blocks among the parts of a page."""
BLOCK = ((120, 600), (250, 550), (90, 360), (60, 240))
"""Bounds of the left edge, width, height and grey of a block."""


def answer(point: Point, mark: Decimal, files: Sequence[int], date: str) -> Given:
    """
    Return the answer that claims about `mark` at a point.

    Parameters
    ----------
    point, mark
        The point and the marks to claim; none is answered with “no”.
    files
        Primary keys of evidence.
    date
        Date of its items.
    """
    rule = point.rule
    proof = tuple((pk, str(page)) for page, pk in enumerate(files, 1))
    if mark <= 0:
        return Given("no", note=_("示例：本单位没有可以申报的事项"))
    text = _("示例：%(point)s的相关工作") % {"point": point.name}
    if isinstance(rule, Judged):
        return Given("yes", mark=mark, items=(GivenItem(text, date=date, files=proof),))
    if isinstance(rule, PerItem):
        count = max(Decimal(1), (mark / rule.each).quantize(Decimal(1), ROUND_HALF_UP))
        return Given("yes", items=(GivenItem(text, date=date, count=count, files=proof),))
    if isinstance(rule, PerField):
        names = rule.fields or FIELDS
        chosen = names[: max(1, int(mark / rule.each))]
        return Given("yes", items=tuple(GivenItem(text, date=date, component=name, files=proof) for name in chosen))
    if isinstance(rule, Relative):
        return Given("yes", value=mark * CASES_EACH, items=(GivenItem(text, date=date, files=proof),))
    return Given("yes", items=(GivenItem(text, date=date, files=proof),))


def marks_by_unit(decisions: Sequence[Decision]) -> Mapping[str, Mapping[int, Decimal]]:
    """Return the marks of a settled case by unit and point."""
    found: dict[str, dict[int, Decimal]] = {}
    for decision in decisions:
        found.setdefault(decision.unit, {})[decision.point] = decision.mark
    return found


def paper(path: Path, unit: str, title: str, pages: int = 2) -> Path:
    """Write an example document as a PDF of pictures, marked as an example on every page."""
    # Papers of one mould would all be found alike: the blocks of each follow from its own name.
    layout = np.random.default_rng(list(path.stem.encode()))
    head, body = (ImageFont.truetype(str(FONT), size) for size in (52, 30))
    sheets = []
    for number in range(1, pages + 1):
        sheet = Image.new("L", PAGE, 255)
        draw = ImageDraw.Draw(sheet)
        draw.text((120, 90), _("示例材料，不是真实文件"), fill=90, font=body)
        draw.text((120, 170), f"{unit}{title}", fill=0, font=head)
        _blocks(draw, layout, number, body)
        sheets.append(sheet)
    sheets[0].save(path, "PDF", save_all=True, append_images=sheets[1:], resolution=150)
    return path


def _blocks(draw: ImageDraw.ImageDraw, layout: np.random.Generator, page: int, font: ImageFont.FreeTypeFont) -> None:
    """Fill a page with lines of text and framed blocks of different sizes."""
    at, line = 300, 0
    while at < PAGE[1] - 200:
        if layout.random() < BLOCK_SHARE:
            left, width, height, grey = (int(layout.integers(*span)) for span in BLOCK)
            draw.rectangle((left, at, left + width, at + height), fill=grey, outline=0, width=3)
            at += height + 50
        else:
            line += 1
            text = _("第%(page)d页第%(line)d行：此处为演示文字。") % {"page": page, "line": line}
            draw.text((int(layout.integers(120, 500)), at), text, fill=40, font=font)
            at += 62
