"""Figures of the report library as pages show them: an option for the browser, a picture, and the numbers drawn."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from zhiheng.report.content import Figure
from zhiheng.report.figures.theme import pixels
from zhiheng.report.render.html_blocks import minimum_width
from zhiheng.report.render.svg import Drawer


@dataclass(frozen=True)
class Chart:
    """
    A figure on a page.

    Parameters
    ----------
    key, caption, alt
        Name in the address, title, and what somebody who cannot see it must know.
    option
        ECharts option, pure JSON.
    width, height
        Size in CSS pixels that it is made for.
    minimum
        Width in CSS pixels below which it is scrolled instead of squeezed.
    columns, rows
        The numbers drawn.
    """

    key: str
    caption: str
    alt: str
    option: Mapping[str, object]
    width: int
    height: int
    minimum: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]


def chart_of(figure: Figure) -> Chart:
    """Return a figure as pages show it."""
    width = round(pixels(figure.width_mm))
    return Chart(
        figure.key,
        figure.caption,
        figure.alt,
        figure.option,
        width,
        round(pixels(figure.height_mm)),
        minimum_width(figure.option, width),
        figure.data.columns,
        figure.data.rows,
    )


@cache
def _draughtsman() -> tuple[ThreadPoolExecutor, Drawer]:
    return ThreadPoolExecutor(1, "charts"), Drawer()


def svg_of(chart: Chart) -> str:
    """Return a chart as a stand-alone SVG; one thread draws for all, because a drawer belongs to its thread."""
    thread, drawer = _draughtsman()
    return thread.submit(drawer.draw, chart.option, float(chart.width), float(chart.height)).result()
