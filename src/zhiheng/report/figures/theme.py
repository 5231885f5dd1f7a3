"""What all figures share: colours, type sizes, line breaking, number texts, the data label and the frame of an option."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from zhiheng.marks import plain

Option = dict[str, Any]
"""Part of an ECharts option: JSON values only."""

PAGE_MM = 156.0
"""Width of the type area of GB/T 9704, and of every figure."""
PIXELS_PER_MM = 96 / 25.4
"""Figures are laid out in CSS pixels at print size."""
SMALL, NORMAL = 11, 12
"""Type sizes in pixels: 8.25 and 9 points in print."""
LINE = 14
"""Line height of small type in pixels."""

INK, MUTED, RULE, PAPER = "#1F2933", "#55606B", "#D5DBE2", "#FFFFFF"
PRIMARY, TRACK, ACCENT = "#1D4F91", "#E4EAF1", "#B4500F"
CONFIRMED, CLAIMED, POSSIBLE = "#1D4F91", "#7FA9D6", "#E2E8EF"
RISE, FALL = "#1D4F91", "#D08A4E"
PALE, DEEP = (236, 243, 250), (8, 64, 129)
NO_VALUE = "—"
PARTS = (("已核实", CONFIRMED), ("待核", CLAIMED), ("尚有可能", POSSIBLE))
"""Names and colours of the three pieces of a bar that shows an interval."""
TALLEST_MM = 200.0
"""Height that leaves room for the caption on the page."""

_GRADE_STOPS = ((8, 64, 129), (107, 163, 214), (173, 206, 233), (226, 235, 245))
_DARK = "#000000"
# Relative luminance at which `_DARK` and white text have the same contrast to the ground (WCAG 2).
_EVEN_CONTRAST = 0.179
_LINEAR_UP_TO = 10
_NOT_FIRST = frozenset("，。、；：！？）》】〕”’%％·—…")
_NOT_LAST = frozenset("（《【〔“‘")
_GOOD_LAST = frozenset("，、；：）》和与及")
_NARROW_EM, _BAD_BREAK = 0.56, 10.0
_LOWEST_ROW = 12.0
_ROUNDING = 1e-9
_ROUND_ENDS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def ramp(rate: float) -> str:
    """Return the `#RRGGBB` of a score rate from pale to deep blue; rates outside [0, 1] get the nearer end."""
    rate = min(1.0, max(0.0, rate))
    return _hex(tuple(low + (high - low) * rate for low, high in zip(PALE, DEEP, strict=True)))


def ink_on(ground: str) -> str:
    """Return white or near-black, whichever stands out better on the `#RRGGBB` ground."""
    shares = (0.2126, 0.7152, 0.0722)
    channels = (int(ground[start : start + 2], 16) for start in (1, 3, 5))
    luminance = sum(share * _linear(channel) for share, channel in zip(shares, channels, strict=True))
    return PAPER if luminance < _EVEN_CONTRAST else _DARK


def grade_colors(grades: Sequence[str]) -> dict[str, str]:
    """
    Return a colour for each grade, deep for the highest: the order stays visible in grey.

    Parameters
    ----------
    grades
        Names from the highest to the lowest.
    """
    steps = max(len(grades) - 1, 1)
    colors: dict[str, str] = {}
    for place, grade in enumerate(grades):
        where = place / steps * (len(_GRADE_STOPS) - 1)
        below = min(int(where), len(_GRADE_STOPS) - 2)
        share = where - below
        pair = zip(_GRADE_STOPS[below], _GRADE_STOPS[below + 1], strict=True)
        colors[grade] = _hex(tuple(first + (second - first) * share for first, second in pair))
    return colors


def number(value: float | None) -> str:
    """Return marks as people write them, free of float dust; `—` where there is no value."""
    return NO_VALUE if value is None else plain(round(value, 4))


def percent(rate: float | None, digits: int = 1) -> str:
    """Return a rate in [0, 1] as per cent, such as `62.5%`; `—` where there is none."""
    return NO_VALUE if rate is None else f"{rate * 100 + _ROUNDING:.{digits}f}%"


def as_percent(rate: float | None) -> float | None:
    """Return a rate in [0, 1] times one hundred, to one decimal, or None."""
    return None if rate is None else round(rate * 100 + _ROUNDING, 1)


def end_of_axis(largest: float) -> float:
    """Return a round number at or just above `largest`, so that the last tick is a round one."""
    if largest <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(largest))
    return next(step * unit for step in _ROUND_ENDS if step * unit >= largest - _ROUNDING)


def width_of(text: str) -> float:
    """Return the width of one line of text in em."""
    return sum(_NARROW_EM if ord(character) < 0x2000 else 1.0 for character in text)  # noqa: PLR2004 - Latin and the like


@lru_cache(maxsize=4096)
def wrap(text: str, width: float) -> str:
    """
    Return `text` broken by line feeds into as few lines as fit, of about the same length.

    Parameters
    ----------
    text
        One paragraph without line feeds.
    width
        Greatest width of a line in em. A line may exceed it only by a punctuation mark that must not start a line.
    """
    if width_of(text) <= width:
        return text
    # best[i] = (count of lines, raggedness, start of the last line) of text[:i]
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(text) + 1):
        found: tuple[int, float, int] | None = None
        for start in range(end - 1, -1, -1):
            length = width_of(text[start:end])
            if length > width and end - start > 1:
                break
            lines, ragged, _ = best[start]
            way = (lines + 1, ragged + (width - length) ** 2 + _break_cost(text, end, width), start)
            found = way if found is None else min(found, way)
        best.append(found or (end, 0.0, end - 1))
    cuts = [len(text)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][2])
    cuts.reverse()
    return "\n".join(text[start:end] for start, end in pairwise(cuts))


def lines_of(text: str) -> int:
    """Return the count of lines of a wrapped text."""
    return text.count("\n") + 1


def name_column(names: Sequence[str]) -> int:
    """Return the width in pixels of a column of wrapped names with its distance to the plot."""
    widest = max((width_of(line) for name in names for line in name.split("\n")), default=0.0)
    return round(widest * SMALL + 16)


def row_height(names: Sequence[str], wanted: float, around: float) -> float:
    """
    Return the height of the rows of a plot in pixels.

    Parameters
    ----------
    names
        Wrapped names, one a row.
    wanted
        Height where a page has room for it and every name fits.
    around
        Height of all that is above and below the rows.
    """
    needed = max(wanted, max((lines_of(name) for name in names), default=1) * LINE + 2)
    room = (pixels(TALLEST_MM) - around) / max(len(names), 1)
    return max(min(needed, room), _LOWEST_ROW)


def pixels(millimetres: float) -> float:
    """Return a length in CSS pixels."""
    return millimetres * PIXELS_PER_MM


def millimetres(length: float) -> float:
    """Return a length in CSS pixels as millimetres, to a tenth."""
    return round(length / PIXELS_PER_MM, 1)


def text_style(size: int = SMALL, color: str = INK, **more: object) -> Option:
    """Return a text style of the figures."""
    return {"fontSize": size, "color": color, **more}


def frame(label: str, *, note: str = "", tooltip: str = "{b}") -> Option:
    """
    Return the outer part of an option, with the data label and a note in small print at the bottom left.

    Parameters
    ----------
    label
        What the figure must say about its data, or "".
    note
        Further small print, or "".
    tooltip
        Template of the browser's tooltip.
    """
    printed = "　".join(part for part in (note, f"（{label}）" if label else "") if part)
    option: Option = {
        "animation": False,
        "textStyle": text_style(),
        "tooltip": {"trigger": "item", "formatter": tooltip, "confine": True},
    }
    if printed:
        style = text_style(SMALL, MUTED, fontWeight="normal")
        option["title"] = {"text": printed, "left": 2, "bottom": 3, "padding": 0, "textStyle": style}
    return option


def foot(label: str, note: str = "") -> int:
    """Return the height that `frame` needs at the bottom for the label and note, in pixels."""
    return 20 if label or note else 2


def legend(names: Sequence[str], bottom: float, **more: object) -> Option:
    """Return a centred legend of the series `names`, `bottom` pixels above the lower edge."""
    return {
        "data": list(names),
        "bottom": bottom,
        "left": "center",
        "itemWidth": 16,
        "itemHeight": 10,
        "itemGap": 18,
        "padding": 0,
        "selectedMode": False,
        "itemStyle": {"borderWidth": 0.5},
        "textStyle": text_style(),
        **more,
    }


def category_axis(names: Sequence[str], **more: object) -> Option:
    """Return a category axis for horizontal bars, first name on top, labels already wrapped."""
    return {
        "type": "category",
        "data": list(names),
        "inverse": True,
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": MUTED}},
        "axisLabel": {**text_style(), "interval": 0, "lineHeight": LINE, "margin": 8},
        **more,
    }


def value_axis(maximum: float, title: str = "", **more: object) -> Option:
    """Return the value axis of horizontal bars, from zero to `maximum`, its title under the middle."""
    return {
        "type": "value",
        "min": 0,
        "max": maximum,
        "name": title,
        "nameLocation": "middle",
        "nameGap": 24,
        "nameTextStyle": text_style(SMALL, MUTED),
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": text_style(SMALL, MUTED),
        "splitLine": {"lineStyle": {"color": RULE}},
        **more,
    }


def text_column(texts: Sequence[str], title: str = "") -> Option:
    """Return a second category axis that prints one text per bar in a column at the right of the plot."""
    return category_axis(
        texts,
        position="right",
        axisLine={"show": False, "onZero": False},
        name=title,
        nameLocation="start",
        nameGap=6,
        nameTextStyle=text_style(SMALL, MUTED, align="left", padding=[0, 0, 0, 8]),
    )


def mark_names(data: Sequence[Mapping[str, object]], names: Sequence[str]) -> list[Option]:
    """Return data items with their tooltip names."""
    return [{**item, "name": name} for item, name in zip(data, names, strict=True)]


def _break_cost(text: str, end: int, width: float) -> float:
    """Price of ending a line before `text[end]`: forbidden, free after punctuation, small elsewhere."""
    if end == len(text):
        return 0.0
    if text[end] in _NOT_FIRST or text[end - 1] in _NOT_LAST or _inside_word(text, end):
        return width**2 * 4
    return 0.0 if text[end - 1] in _GOOD_LAST else _BAD_BREAK


def _inside_word(text: str, end: int) -> bool:
    return all(c.isascii() and (c.isalnum() or c == ".") for c in text[end - 1 : end + 1])


def _hex(channels: Sequence[float]) -> str:
    return "#" + "".join(f"{round(channel):02X}" for channel in channels)


def _linear(channel: int) -> float:
    return channel / 255 / 12.92 if channel <= _LINEAR_UP_TO else ((channel / 255 + 0.055) / 1.055) ** 2.4
