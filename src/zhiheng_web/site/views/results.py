"""The result of a round inside the site: the ranking with its download, and why a score is what it is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.audit.actions import record
from zhiheng_web.language import bracketed
from zhiheng_web.results.actions import ResultRefused
from zhiheng_web.results.drafts import current
from zhiheng_web.results.engine import Result, filled, levels, parents_of, sorted_by, table_of, why
from zhiheng_web.results.permissions import finalises, reads_own_results, reads_results
from zhiheng_web.results.queries import grades_of, groups_of, publication_of
from zhiheng_web.results.rows import Row, Table, cells, titles
from zhiheng_web.results.sheets import as_xlsx
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.rounds.queries import units_for
from zhiheng_web.site.access import SignedIn, page, round_or_404, unit_or_404
from zhiheng_web.site.choices import select
from zhiheng_web.studio.permissions import reads_reports

PER_PAGE = 50
PART = 200
"""Rows whose marks are put into words at a time."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class View:
    """
    What of a ranking is shown, as the address has it.

    Parameters
    ----------
    text, group, order
        See `Table.narrowed`.
    level
        Columns of marks: `1`, `2`, …, `points`, or "" for the total alone.
    levels
        Levels there are.
    """

    text: str
    group: str
    order: str
    level: str
    levels: tuple[str, ...]

    @classmethod
    def of(cls, query: QueryDict, known: list[str]) -> View:
        """Return what an address asks for, within the levels there are."""
        level = query.get("level", known[0] if known else "")
        text = query.get("q", "").replace("\x00", "").strip()[:60]
        return cls(
            text, query.get("group", ""), query.get("order", "rank")[:40], level if level in known else "",
            tuple(known),
        )  # fmt: skip

    def rows(self, table: Table, result: Result) -> Table:
        """Return the rows that are shown, in order, without columns of marks."""
        found = table.narrowed(text=self.text, group=self.group, order=self.order)
        return sorted_by(found, result, self.order, self.level)

    def lines(self, table: Table, result: Result) -> tuple[list[str], Iterator[list[str | float]]]:
        """Return headings and lines of all rows that are shown, for a download."""
        rows = self.rows(table, result)
        heads = titles(filled(replace(rows, rows=()), result, self.level))
        parts = (rows.rows[start : start + PART] for start in range(0, len(rows.rows), PART))
        return heads, (
            line for part in parts for line in cells(filled(replace(rows, rows=part), result, self.level))
        )  # fmt: skip

    def address(self) -> str:
        """Return the query of the address."""
        known = {"q": self.text, "group": self.group}
        if self.levels:
            known["level"] = self.level
        if self.order != "rank":
            known["order"] = self.order
        return urlencode({key: value for key, value in known.items() if value or key == "level"})

    def choices(self, table: Table) -> list[dict[str, object]]:
        """Return the select boxes above the table."""
        found = []
        if table.groups:
            found.append(select("group", _("分组"), [(g, g) for g in table.groups], self.group))
        if self.levels:
            options = [{"value": "", "label": _("只看总分"), "selected": not self.level}]
            options += [
                {"value": one, "label": level_title(one), "selected": one == self.level} for one in self.levels
            ]  # fmt: skip
            found.append({"name": "level", "label": _("列"), "options": options})
        return found


def level_title(level: str) -> str:
    """Return the title of a level of columns."""
    known = {"points": _("考核要点"), "1": _("一级指标"), "2": _("二级指标"), "3": _("三级指标")}
    return known.get(level) or _("第%(level)s级指标") % {"level": level}


@dataclass(frozen=True, slots=True)
class Sorter:
    """A heading that sorts: its words, the order it asks for next, and which way it sorts now."""

    title: str
    order: str
    sorted: str
    number: bool = True


def sorters(view: View, table: Table) -> list[Sorter]:
    """Return the headings of a table; they sort."""
    found = [_sorter(view, _("名次"), "rank", falling=False), _sorter(view, _("单位"), "name", falling=False)]
    found += [Sorter(_("分组"), "", "", number=False)] if table.grouped else []
    found += [Sorter(_("等次"), "", "", number=False)] if table.grades else []
    found.append(_sorter(view, _("总分"), "total"))
    return found + [_sorter(view, bracketed(head.title, head.full), head.code) for head in table.heads]


def _sorter(view: View, title: str, name: str, *, falling: bool = True) -> Sorter:
    first, second = (f"-{name}", name) if falling else (name, f"-{name}")
    now = {name: "ascending", f"-{name}": "descending"}.get(view.order, "")
    return Sorter(title, second if view.order == first else first, now, number=name != "name")


def _loaded(round_: Round) -> tuple[str, Result | None]:
    if round_.stage == Stage.PREPARATION:
        raise ResultRefused(_("考核轮次还没有启动，没有结果。"))
    found = current(round_)
    return found.state, found.result


@page(reads_own_results)
def results(request: SignedIn, code: str) -> HttpResponse:
    """
    Show the ranking of a round; people of a unit are led to their own result once it is published.

    While the result is not final it is worked out in the background; the page asks again until it is there.
    """
    round_ = round_or_404(request.user, code)
    if is_of_a_unit(request.user):
        return redirect("result_why", code, get_object_or_404(units_for(request.user, round_)).code)
    state, result = _loaded(round_)
    context: dict[str, object] = {"round": round_, "state": state, "may_finalise": finalises(request.user)}
    context["sees_reports"] = reads_reports(request.user)
    if result is None or request.htmx:
        template = "site/results/waiting_part.html" if request.htmx else "site/results/waiting.html"
        response = render(request, template, context)
        if request.htmx and state in {"ready", "frozen"}:
            response["HX-Refresh"] = "true"
        return response
    table = table_of(result, groups_of(round_), grades_of(round_))
    view = View.of(request.GET, levels(result, "full"))
    rows = view.rows(table, result)
    shown = Paginator(rows.rows, PER_PAGE).get_page(request.GET.get("page"))
    part = filled(replace(rows, rows=tuple(shown)), result, view.level)
    context |= {
        "table": part, "page": shown, "view": view, "choices": view.choices(table), "heads": sorters(view, part),
        "lines": [(row, list(zip(part.heads, row.scores, strict=True))) for row in part.rows],
        "export": f"{reverse('results_export', args=[code])}?{view.address()}",
        "published": publication_of(round_), "units": len(table.rows),
    }  # fmt: skip
    return render(request, "site/results/ranking.html", context)


@page(reads_results)
def results_export(request: SignedIn, code: str) -> HttpResponseBase:
    """Send the ranking as filtered and sorted, all pages of it, as a workbook; it is recorded who took it."""
    round_ = round_or_404(request.user, code)
    _state, result = _loaded(round_)
    if result is None:
        raise ResultRefused(_("结果正在计算，请稍后再导出。"))
    view = View.of(request.GET, levels(result, "full"))
    heads, lines = view.lines(table_of(result, groups_of(round_), grades_of(round_)), result)
    content = as_xlsx(round_.title, heads, lines)
    record("result.export", round_, after={"filters": view.address()})
    name = f"{round_.title}-{_('排名')}.xlsx"
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@page(reads_own_results)
def result_why(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Show why a unit has its score at a node; people of a unit see their own once the result is published."""
    row = unit_or_404(request.user, code, unit)
    if is_of_a_unit(request.user) and publication_of(row.round) is None:
        raise Http404
    state, result = _loaded(row.round)
    if result is None:
        return render(request, "site/results/waiting.html", {"round": row.round, "state": state})
    node = request.GET.get("node", "")[:40]
    if node not in result.node_index:
        raise Http404
    table = table_of(result, groups_of(row.round), grades_of(row.round))
    context = {
        "round": row.round, "unit": row, "state": state, "reason": why(row, result, node),
        "above": parents_of(result, node), "own": _own(table, row.code), "whole": not node,
        "sees_all": reads_results(request.user), "units": len(table.rows),
    }  # fmt: skip
    return render(request, "site/results/why.html", context)


def _own(table: Table, code: str) -> Row:
    return next(row for row in table.rows if row.code == code)


urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/results/", results, name="results"),
    path("rounds/<str:code>/results/export.xlsx", results_export, name="results_export"),
    path("rounds/<str:code>/results/<str:unit>/", result_why, name="result_why"),
]
