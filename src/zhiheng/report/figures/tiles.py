"""The tile-grid map: every unit an equal square near its true place, coloured by grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhiheng.report.content import DataTable, Figure
from zhiheng.report.figures import theme
from zhiheng.report.figures.theme import Option

NOTE = "示意图，不表示行政区域界线"
"""What a tile-grid map says about itself."""
_LARGEST, _LEGEND, _EDGE = 84.0, 26, 2
_MISSING = "无得分"
_MISSING_COLOR = "#F7F8FA"
_PAD_EM = 1.0


@dataclass(frozen=True, slots=True)
class Tile:
    """
    A unit on the grid.

    Parameters
    ----------
    name
        Of the unit.
    column, row
        Place, counted from 0 at the upper left.
    value
        Text under the name (`82.4`, `>70`), or "".
    grade
        Its grade, or "" where it has none.
    """

    name: str
    column: int
    row: int
    value: str = ""
    grade: str = ""


def tile_figure(
    key: str,
    caption: str,
    tiles: Sequence[Tile],
    *,
    grades: Sequence[str],
    missing: str = _MISSING,
    note: str = NOTE,
    label: str = "",
) -> Figure:
    """
    Return the tile-grid map.

    Parameters
    ----------
    key, caption
        Of the figure.
    tiles
        The units.
    grades
        Grades from the highest to the lowest; only these have a colour.
    missing
        What the legend calls units without a grade.
    note
        Small print in the figure.
    label
        What the figure must say about its data, or "".
    """
    columns = max((tile.column for tile in tiles), default=0) + 1
    rows = max((tile.row for tile in tiles), default=0) + 1
    width = theme.pixels(theme.PAGE_MM)
    side = min(_LARGEST, (width - 2 * _EDGE) / columns)
    margin = round((width - side * columns) / 2, 2)
    colors = {**theme.grade_colors(grades), missing: _MISSING_COLOR}
    shown = [tile.grade if tile.grade in grades else missing for tile in tiles]
    classes = [name for name in colors if name in shown]
    foot = theme.foot(label, note)
    hidden = {"type": "category", "show": False}
    option = {
        **theme.frame(label, note=note),
        "grid": {"left": margin, "right": margin, "top": _EDGE, "bottom": _LEGEND + foot},
        "xAxis": {**hidden, "data": [str(place) for place in range(columns)]},
        "yAxis": {**hidden, "data": [str(place) for place in range(rows)], "inverse": True},
        "visualMap": _legend(classes, colors, foot),
        "series": [
            {
                "type": "heatmap",
                "itemStyle": {"borderColor": theme.PAPER, "borderWidth": 3},
                "label": {"show": True, "lineHeight": theme.LINE + 2, "fontSize": theme.NORMAL},
                "data": [
                    _item(tile, name, classes.index(name), colors[name], side)
                    for tile, name in zip(tiles, shown, strict=True)
                ],
            }
        ],
    }
    return Figure(
        key,
        caption,
        _alt(tiles, missing, note),
        option,
        theme.PAGE_MM,
        theme.millimetres(_EDGE + side * rows + _LEGEND + foot),
        DataTable(("名称", "数值", "等次"), tuple((tile.name, tile.value, tile.grade or missing) for tile in tiles)),
    )


def _item(tile: Tile, grade: str, place: int, color: str, side: float) -> Option:
    name = theme.wrap(tile.name, side / theme.NORMAL - _PAD_EM)
    return {
        "value": [tile.column, tile.row, place],
        "name": f"{tile.name}：{tile.value or theme.NO_VALUE}，{grade}",
        "label": {"formatter": f"{name}\n{tile.value or theme.NO_VALUE}", "color": theme.ink_on(color)},
    }


def _legend(classes: Sequence[str], colors: dict[str, str], foot: int) -> Option:
    return {
        "type": "piecewise",
        "dimension": 2,
        "pieces": [{"value": place, "label": name, "color": colors[name]} for place, name in enumerate(classes)],
        "orient": "horizontal",
        "left": "center",
        "bottom": foot + 4,
        "padding": 0,
        "itemWidth": 16,
        "itemHeight": 11,
        "itemGap": 16,
        "itemSymbol": "rect",
        "selectedMode": False,
        "hoverLink": False,
        "textStyle": theme.text_style(),
    }


def _alt(tiles: Sequence[Tile], missing: str, note: str) -> str:
    parts = [f"{tile.name}{tile.value or ''}（{tile.grade or missing}）" for tile in tiles]
    return f"方格地图（{note}）：{'、'.join(parts)}。"
