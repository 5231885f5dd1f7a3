"""The framework as a tree from left to right: boxes with wrapped names and marks, none touching another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zhiheng.report.content import DataTable, Figure
from zhiheng.report.figures import theme
from zhiheng.report.figures.theme import Option

_GAP_X, _GAP_Y, _GAP_FAMILY = 16, 4, 5
_PAD_X, _PAD_Y, _LINE = 4, 3, 13
_FILLS = (theme.PRIMARY, "#9EC4E4", "#D6E5F3", "#F4F7FB")
# Shares of the width for the levels of a tree, the last one widest because names grow longer downwards.
_SHARES = {1: (1.0,), 2: (0.3, 0.7), 3: (0.2, 0.34, 0.46), 4: (0.13, 0.19, 0.28, 0.4)}
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Branch:
    """An indicator with its name as printed, marks (or None) and the indicators below it."""

    name: str
    marks: float | None = None
    children: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class _Box:
    branch: Branch
    text: str
    level: int
    left: float
    width: float
    height: float
    middle: float


def tree_figure(key: str, caption: str, root: Branch, *, unit: str = "分", label: str = "") -> Figure:
    """
    Return the tree of a framework, root at the left.

    Parameters
    ----------
    key, caption
        Of the figure.
    root
        The whole; levels below the fourth are left out.
    unit
        What marks are counted in, printed behind them.
    label
        What the figure must say about its data, or "".
    """
    levels = min(_depth(root), _DEEPEST)
    boxes, edges, height = _layout(root, levels, unit)
    total = height + theme.foot(label)
    width = theme.pixels(theme.PAGE_MM)
    hidden = {"type": "value", "show": False, "min": 0}
    option = {
        **theme.frame(label),
        "grid": {"left": 0, "right": 0, "top": 0, "bottom": theme.foot(label)},
        "xAxis": {**hidden, "max": round(width, 2)},
        "yAxis": {**hidden, "max": height, "inverse": True},
        "series": [
            {
                "type": "lines",
                "coordinateSystem": "cartesian2d",
                "polyline": True,
                "silent": True,
                "lineStyle": {"color": theme.MUTED, "width": 0.8, "opacity": 1},
                "data": [{"coords": edge} for edge in edges],
                # Marked areas stretch with the figure, as the symbols of a scatter series would not.
                "markArea": {"z": 4, "data": [_area(box) for box in boxes]},
            },
        ],
    }
    return Figure(
        key,
        caption,
        _alt(root, unit),
        option,
        theme.PAGE_MM,
        theme.millimetres(total),
        DataTable(("层级", "名称", f"分值（{unit}）"), tuple(_rows(root, 0))),
    )


def _depth(branch: Branch) -> int:
    return 1 + max((_depth(child) for child in branch.children), default=0)


def _layout(root: Branch, levels: int, unit: str) -> tuple[list[_Box], list[list[list[float]]], float]:
    """Place every box; return boxes, the elbow lines between them and the height of the whole, in pixels."""
    room = theme.pixels(theme.PAGE_MM) - _GAP_X * (levels - 1) - 2
    widths = [share * room for share in _SHARES[levels]]
    lefts = [1 + sum(widths[:level]) + _GAP_X * level for level in range(levels)]
    boxes: list[_Box] = []
    edges: list[list[list[float]]] = []

    def place(branch: Branch, level: int, top: float) -> tuple[_Box, float]:
        """Place a branch from `top` downwards; return its box and the end of its space."""
        text = theme.wrap(_name(branch, unit), (widths[level] - 2 * _PAD_X) / theme.SMALL)
        height = theme.lines_of(text) * _LINE + 2 * _PAD_Y
        children: list[_Box] = []
        end = top
        for child in branch.children if level + 1 < levels else ():
            box, end = place(child, level + 1, end)
            children.append(box)
        if children:
            # A parent taller than its children needs the rest of its own height below them.
            end = max(end, top + height + _GAP_Y) + (_GAP_FAMILY if level + 2 == levels else 0)
            middle = max((children[0].middle + children[-1].middle) / 2, top + height / 2)
        else:
            end, middle = top + height + _GAP_Y, top + height / 2
        own = _Box(branch, text, level, lefts[level], widths[level], height, round(middle, 2))
        boxes.append(own)
        edges.extend(_elbow(own, child) for child in children)
        return own, end

    _, height = place(root, 0, 1)
    return boxes, edges, round(height - _GAP_FAMILY + 1, 2)


def _elbow(parent: _Box, child: _Box) -> list[list[float]]:
    start, end = parent.left + parent.width, child.left
    bend = (start + end) / 2
    points = ((start, parent.middle), (bend, parent.middle), (bend, child.middle), (end, child.middle))
    return [[round(x, 2), y] for x, y in points]


def _name(branch: Branch, unit: str) -> str:
    return branch.name if branch.marks is None else f"{branch.name}（{theme.number(branch.marks)}{unit}）"


def _area(box: _Box) -> list[Option]:
    fill = _FILLS[box.level]
    first: Option = {
        "coord": [round(box.left, 2), round(box.middle - box.height / 2, 2)],
        "name": box.text.replace("\n", ""),
        "itemStyle": {"color": fill, "borderColor": theme.MUTED, "borderWidth": 0.8},
        "label": {
            "position": "inside",
            "formatter": box.text,
            "lineHeight": _LINE,
            "align": "center",
            **theme.text_style(color=theme.ink_on(fill)),
        },
    }
    return [first, {"coord": [round(box.left + box.width, 2), round(box.middle + box.height / 2, 2)]}]


def _rows(branch: Branch, level: int) -> Iterator[tuple[str | float | None, ...]]:
    yield (level, branch.name, branch.marks)
    for child in branch.children:
        yield from _rows(child, level + 1)


def _alt(root: Branch, unit: str) -> str:
    first = "、".join(_name(child, unit) for child in root.children)
    counts: list[int] = []
    level: Sequence[Branch] = root.children
    while level:
        counts.append(len(level))
        level = [child for branch in level for child in branch.children]
    spoken = "、".join(f"{'一二三四五六七八九'[place]}级{count}项" for place, count in enumerate(counts))
    return f"树形图：{_name(root, unit)}；{spoken}；一级指标为{first}。"
