"""The result of a round inside the site: the ranking with its download."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.audit.actions import record
from zhiheng_web.language import bracketed
from zhiheng_web.results.engine import Result, filled, levels, sorted_by
from zhiheng_web.results.permissions import finalises, reads_own_results, reads_results
from zhiheng_web.results.queries import publication_of
from zhiheng_web.results.rows import Table, cells, titles
from zhiheng_web.results.sheets import as_xlsx
from zhiheng_web.results.source import shown, table_for
from zhiheng_web.rounds.queries import units_for
from zhiheng_web.site.access import SignedIn, page, round_or_404
from zhiheng_web.site.choices import select
from zhiheng_web.site.views.awaiting import awaits_result
from zhiheng_web.site.views.parts import part_of
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


@page(reads_own_results)
@awaits_result
def results(request: SignedIn, code: str) -> HttpResponse:
    """Show the ranking of a round; people of a unit are led to their own result once it is published."""
    round_ = round_or_404(request.user, code)
    if is_of_a_unit(request.user):
        return redirect("result_unit", code, get_object_or_404(units_for(request.user, round_)).code)
    found, result = shown(round_)
    table = table_for(round_, found, result)
    published = publication_of(round_)

    def context() -> dict[str, object]:
        view = View.of(request.GET, levels(result, "full"))
        rows = view.rows(table, result)
        here = Paginator(rows.rows, PER_PAGE).get_page(request.GET.get("page"))
        part = filled(replace(rows, rows=tuple(here)), result, view.level)
        return {
            "round": round_, "state": found.state, "settled": table.settled, "published": published,
            "table": part, "page": here, "view": view, "choices": view.choices(table), "heads": sorters(view, part),
            "lines": [(row, list(zip(part.heads, row.scores, strict=True))) for row in part.rows],
            "export": f"{reverse('results_export', args=[code])}?{view.address()}", "units": len(table.rows),
        }  # fmt: skip

    body = part_of(
        request, "site/results/ranking_body.html", (round_, found), context, published.pk if published else 0
    )
    whole = {"round": round_, "state": found.state, "may_finalise": finalises(request.user), "body": body}
    whole["sees_reports"] = reads_reports(request.user)
    return render(request, "site/results/ranking.html", whole)


@page(reads_results)
@awaits_result
def results_export(request: SignedIn, code: str) -> HttpResponseBase:
    """Send the ranking as filtered and sorted, all pages of it, as a workbook; it is recorded who took it."""
    round_ = round_or_404(request.user, code)
    found, result = shown(round_)
    view = View.of(request.GET, levels(result, "full"))
    heads, lines = view.lines(table_for(round_, found, result), result)
    content = as_xlsx(round_.title, heads, lines)
    record("result.export", round_, after={"filters": view.address()})
    name = f"{round_.title}-{_('排名')}.xlsx"
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/results/", results, name="results"),
    path("rounds/<str:code>/results/export.xlsx", results_export, name="results_export"),
]
