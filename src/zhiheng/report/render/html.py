"""Writes the report as one HTML file that holds its charts, styles and data and asks no host for anything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from zhiheng.errors import RenderError
from zhiheng.report.assets import echarts_source
from zhiheng.report.content import Block, Document, Figure, Heading, Paragraph, Ref, Table
from zhiheng.report.figures.theme import ink_on, ramp
from zhiheng.report.render.html_blocks import (
    SHADE_STEPS,
    FigureView,
    TableView,
    check_anchors,
    figure_view,
    outline,
    parts,
    table_view,
)

_TEMPLATES = "templates/html"
_PROPERTY_NAMES = {
    "framework": "指标体系",
    "data": "数据",
    "method": "方法",
    "result": "结果",
    "version": "程序版本",
    "generator": "生成程序",
    "keywords": "关键词",
    "subject": "主题",
    "framework_hash": "指标体系校验值",
    "data_hash": "数据校验值",
    "method_hash": "方法校验值",
    "result_hash": "结果校验值",
    "edits_hash": "文字修订校验值",
}


def render(document: Document, path: Path, *, svgs: Mapping[str, str]) -> None:
    """
    Write `document` as one self-contained UTF-8 HTML file; the same input gives the same bytes.

    Parameters
    ----------
    document
        The report.
    path
        File to write; an existing file is replaced.
    svgs
        For each figure's key the figure drawn as a stand-alone SVG with width and height in pixels. It stands in the
        page until the chart is drawn, without JavaScript, and in print.

    Raises
    ------
    RenderError
        An anchor is used twice, a reference leads nowhere, a picture is missing, or an option is not pure JSON.
    """
    path.write_bytes(page(document, svgs).encode())


def page(document: Document, svgs: Mapping[str, str]) -> str:
    """
    Return the text of the page that `render` writes.

    Parameters
    ----------
    document
        The report.
    svgs
        Pictures by figure key, as for `render`.

    Raises
    ------
    RenderError
        As `render`.
    """
    check_anchors(document)
    numbers = document.numbers()
    tables = {b.key: table_view(b, numbers) for b in document.body if isinstance(b, Table)}
    suffix = document.short_label or document.label
    figures = {f.key: figure_view(f, numbers, _picture(svgs, f.key), suffix=suffix) for f in document.figures()}
    css = "\n".join((_asset("screen.css"), _asset("print.css"), _generated_css(document, tables, figures)))
    scripts = [_asset("page.js")]
    if figures:
        scripts += [echarts_source(), _asset("charts.js")]
    environment = Environment(
        loader=PackageLoader("zhiheng.report.render", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(kind=_kind, numbers=numbers, tables=tables, figures=figures)
    return environment.get_template("report.html.j2").render(
        document=document,
        tag=suffix,
        contents=outline(document.headings()),
        parts=parts(document),
        about=_about(document.properties),
        policy=_policy(css, scripts),
        css=_raw(css, "</style"),
        scripts=[_raw(script, "</script", "<!--") for script in scripts],
    )


def _picture(svgs: Mapping[str, str], key: str) -> str:
    try:
        return svgs[key]
    except KeyError as error:
        message = f"No picture was drawn for figure “{key}”."
        raise RenderError(message, key=key) from error


def _asset(name: str) -> str:
    return files("zhiheng.report.render").joinpath(_TEMPLATES, name).read_text(encoding="utf-8")


def _kind(item: Block | Ref) -> str:
    kinds = {Heading: "heading", Paragraph: "paragraph", Table: "table", Figure: "figure", Ref: "reference"}
    return kinds.get(type(item), "text")


def _raw(text: str, *forbidden: str) -> Markup:
    """Return `text` for a style or script element, which knows no escapes, after making sure it cannot end it."""
    if any(end in text.lower() for end in forbidden):
        message = "A style sheet or script holds text that would end its element."
        raise RenderError(message, forbidden=forbidden)
    return Markup(text)  # noqa: S704 - our own files and the vendored library, never text of the document


def _policy(css: str, scripts: Iterable[str]) -> str:
    """Return a content security policy that runs exactly these texts and asks no host."""
    allowed = " ".join(_digest(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(css)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _about(properties: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(_PROPERTY_NAMES.get(name, name), value) for name, value in properties.items() if name != "language"]


def _generated_css(document: Document, tables: Mapping[str, TableView], figures: Mapping[str, FigureView]) -> str:
    """Return the rules that depend on the document: the policy forbids style attributes."""
    rules = [f".s-{step}{{{_shade(step / SHADE_STEPS)}}}" for step in range(SHADE_STEPS + 1)]
    widths = {name for table in tables.values() for name in table.columns}
    rules += [f".{name}{{width:{int(name[2:]) / 10:g}%}}" for name in sorted(widths)]
    minima = {figure.minimum for figure in figures.values()}
    rules += [f"@media screen{{.{name}{{min-width:{name[2:]}px}}}}" for name in sorted(minima)]
    if document.label:
        rules.append(f"@page{{@top-center{{content:{_css_string(document.label)}}}}}")
    return "\n".join(rules)


def _shade(rate: float) -> str:
    ground = ramp(rate)
    return f"background:{ground};color:{ink_on(ground)}"


def _css_string(text: str) -> str:
    """Return `text` as a CSS string in which every character but plain letters and digits is escaped."""
    escaped = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in text)
    return f'"{escaped}"'
