"""Draws a figure's ECharts option to SVG without a browser, and an SVG to PNG for the pictures of the Word file."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping

import quickjs
import typst

from zhiheng.errors import RenderError
from zhiheng.report.assets import FIGURE_FAMILY, echarts_source, font_folder

PNG_PPI = 220
"""Resolution of the pictures in the Word file, in pixels per inch."""

# The first family is the one print uses; the rest serve a browser that shows the SVG on a machine without it.
_FAMILIES = f"{FIGURE_FAMILY}, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
_STACK_BYTES = 4 << 20
_RENDERER_ID = re.compile(r"\bzr\d+-")
_FAMILY = re.compile(r"font-family:[^;\"]*;")
# The engine is bare: no timers, no console.
_SHIM = """
globalThis.setTimeout = () => 0;
globalThis.clearTimeout = () => {};
globalThis.console = { log() {}, warn() {}, error() {} };
0
"""
# Hover styles and animations are of no use in print. The painter returns a rope (a concatenation not yet carried out),
# which the Python binding cannot take; joining an array makes a flat string.
_DRAW = """
globalThis.drawOption = (option, width, height) => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(JSON.parse(option));
    const drawn = chart.getZr().painter.renderToString({ cssAnimation: false, cssEmphasis: false, useViewBox: true });
    return drawn.split("\\n").join("\\n");
  } finally {
    chart.dispose();
  }
};
0
"""
_PAGE = b"""
#set page(width: float(sys.inputs.width) * 1mm, height: auto, margin: 0mm, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%)
"""


class Drawer:
    """
    Draws figures; the first drawing loads ECharts, the following ones reuse it.

    A drawer belongs to the thread that first drew with it, because the JavaScript engine does.
    """

    def __init__(self) -> None:
        self._thread = 0
        self._draw: Callable[[str, float, float], str] | None = None
        self._context: quickjs.Context | None = None
        self._fonts: typst.Fonts | None = None

    def draw(self, option: Mapping[str, object], width: float, height: float) -> str:
        """
        Return `option` drawn as a stand-alone SVG; the same option and size give the same text.

        Parameters
        ----------
        option
            ECharts option, pure JSON. Whatever family it names, its text is set in the package's `FIGURE_FAMILY`.
        width, height
            Size in CSS pixels (1 mm is 96 / 25.4 pixels).

        Raises
        ------
        RenderError
            The option is not JSON, ECharts refuses it, or the drawer is used from a second thread.
        """
        try:
            text = json.dumps({**option, "animation": False}, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            message = f"图的配置不是纯 JSON：{error}"
            raise RenderError(message) from error
        try:
            drawn = self._engine()(text, width, height)
        except (quickjs.JSException, quickjs.StackOverflow) as error:
            message = f"ECharts 无法绘制该图：{error}"
            raise RenderError(message) from error
        # The renderer numbers its charts; a prefix from the content keeps ids stable, and apart within one page.
        prefix = f"f{hashlib.sha256(f'{width} {height} {text}'.encode()).hexdigest()[:8]}-"
        drawn = _FAMILY.sub("", _RENDERER_ID.sub(prefix, drawn))
        return drawn.replace("<svg ", f'<svg font-family="{_FAMILIES}" ', 1)

    def png(self, svg: str, width_mm: float) -> bytes:
        """
        Return an SVG as a PNG on white at `PNG_PPI`.

        Parameters
        ----------
        svg
            The figure as `draw` returned it.
        width_mm
            Printed width in millimetres; the height follows.

        Raises
        ------
        RenderError
            The SVG cannot be read.
        """
        if self._fonts is None:
            self._fonts = typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())]
            )
        try:
            image: bytes = typst.compile(
                _PAGE,
                format="png",
                ppi=PNG_PPI,
                font_paths=self._fonts,
                sys_inputs={"svg": svg, "width": str(width_mm)},
            )
        except typst.TypstError as error:
            message = f"图形无法转为图片：{error.message}"
            raise RenderError(message) from error
        return image

    def _engine(self) -> Callable[[str, float, float], str]:
        """Return the drawing function, loading ECharts the first time."""
        if self._draw is None:
            self._thread = threading.get_ident()
            self._context = quickjs.Context()
            self._context.set_max_stack_size(_STACK_BYTES)
            for source in (_SHIM, f"{echarts_source()};0", _DRAW):
                self._context.eval(source)
            self._draw = self._context.get("drawOption")
        elif self._thread != threading.get_ident():
            message = "绘图器只能在创建它的线程中使用，请为每个线程各建一个。"
            raise RenderError(message)
        return self._draw
