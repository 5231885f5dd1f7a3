"""Files that ship with the report: font subsets and the ECharts library."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

FIGURE_FAMILY = "Noto Sans SC"
"""Family of the text in figures; one of the subsets in `font_folder`."""


def font_folder() -> Path:
    """Return the folder of the font subsets: Noto Sans SC, Noto Serif SC, ZH Kai."""
    return Path(str(files(__name__) / "fonts"))


def echarts_source() -> str:
    """Return the text of `echarts.min.js`, which defines the global `echarts`."""
    return (files(__name__) / "echarts" / "echarts.min.js").read_text(encoding="utf-8")
