"""The tree of units: list, one unit, and a table of many."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from zhiheng_web.accounts.forms import TableForm, UnitForm
from zhiheng_web.accounts.imports import UNIT_EXAMPLES, UNITS, read_units
from zhiheng_web.accounts.models import Unit
from zhiheng_web.accounts.permissions import manages_units, reads_units
from zhiheng_web.accounts.queries import people, tree
from zhiheng_web.accounts.tables import decoded
from zhiheng_web.accounts.unit_actions import (
    UnitRefused,
    add_unit,
    add_units,
    change_unit,
    place_of,
    remove_unit,
)
from zhiheng_web.site.access import SignedIn, page
from zhiheng_web.site.choices import select
from zhiheng_web.site.downloads import csv_response

PER_PAGE = 50
MOST_PROBLEMS = 200


@page(reads_units)
def unit_tree(request: SignedIn) -> HttpResponse:
    """Show the tree, page by page in its order, by filter."""
    text, level = request.GET.get("q", "").replace("\x00", "").strip()[:60], request.GET.get("level", "")
    level = level if level in Unit.Level.values else ""
    shown = Paginator(tree(text=text, level=level), PER_PAGE).get_page(request.GET.get("page"))
    # Depth is only right while the units above are shown as well.
    rows = [(unit, 0 if text or level else unit.path.count("/") - 2) for unit in shown]
    filters = [select("level", _("级别"), [(v, str(label)) for v, label in Unit.Level.choices], level)]
    context = {"page": shown, "rows": rows, "filters": filters, "text": text, "flat": bool(text or level),
               "may_change": manages_units(request.user),
               "exports": [{"url": "export/", "label": _("导出")}]}  # fmt: skip
    return render(request, "site/units/tree.html", context)


@page(reads_units)
def units_export(request: SignedIn) -> HttpResponseBase:
    """Send the tree in the columns that the import takes."""
    del request
    levels = dict(Unit.Level.choices)
    places = (place_of(unit) for unit in tree().iterator(chunk_size=1000))
    rows = ((p.code, p.name, p.full_name, levels[p.level], p.parent, p.pronoun, p.group) for p in places)
    return csv_response(f"{_('评价对象')}.csv", [column.name for column in UNITS], rows)


@page(reads_units)
def units_template(request: SignedIn) -> HttpResponseBase:
    """Send the table to fill in, with an example."""
    del request
    return csv_response(f"{_('评价对象导入模板')}.csv", [column.name for column in UNITS], UNIT_EXAMPLES)


@page(manages_units, "GET", "POST")
def unit_add(request: SignedIn) -> HttpResponse:
    """Add a unit. Refused: a code that is taken, a name that a neighbour has, a level that does not fit."""
    form = UnitForm(None, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            unit = add_unit(request.user, form.place())
        except UnitRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已新增“%(name)s”。") % {"name": unit.name})
            return redirect("unit_place", unit.code)
    return render(request, "site/units/add.html", {"form": form})


@page(reads_units, "GET", "POST")
def unit_place(request: SignedIn, code: str) -> HttpResponse:
    """
    Show a unit with its people and the units below; POST changes it.

    Refused: who may not change units, what does not fit the tree, a form that somebody overtook.
    """
    unit = get_object_or_404(Unit.objects.select_related("parent"), code=code)
    form = UnitForm(unit, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_unit(request.user, unit, form.place(), seen=form.cleaned_data["seen"])
        except UnitRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已保存。"))
            return redirect("unit_place", code)
    context = {
        "unit": unit, "form": form, "may_change": manages_units(request.user),
        "below": tree().filter(parent=unit)[:PER_PAGE], "below_count": unit.children.count(),
        "people": people(request.user).filter(unit=unit)[:PER_PAGE],
    }  # fmt: skip
    return render(request, "site/units/unit.html", context)


@page(manages_units, "POST")
def unit_remove(request: SignedIn, code: str) -> HttpResponse:
    """Remove a unit. Refused while anything hangs on it."""
    unit = get_object_or_404(Unit, code=code)
    remove_unit(request.user, unit)
    messages.success(request, _("已删除“%(name)s”。") % {"name": unit.name})
    return redirect("units")


@page(manages_units, "GET", "POST")
def units_import(request: SignedIn) -> HttpResponse:
    """
    Read a table of units: first a preview with every fault by its row; confirmed, all are added or none.

    The text of the file travels in the page between the two steps, so nothing is kept of a table nobody confirms.
    """
    if request.method == "POST" and "content" in request.POST:
        data = request.POST["content"].encode()
        table = read_units(data)
        if table.problems:
            return _preview(request, data)
        made = add_units(request.user, table.places)
        messages.success(request, _("已新增%(count)d个评价对象。") % {"count": len(made)})
        return redirect("units")
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return _preview(request, form.cleaned_data["table"])
    return render(request, "site/units/import.html", {"form": form, "columns": UNITS})


def _preview(request: SignedIn, data: bytes) -> HttpResponse:
    table = read_units(data)
    levels = dict(Unit.Level.choices)
    content = "" if table.problems else decoded(data)
    context = {"form": TableForm(), "columns": UNITS, "table": table, "content": content, "shown": MOST_PROBLEMS,
               "problems": table.problems[:MOST_PROBLEMS], "count": len(table.places),
               "preview": [(place, levels.get(place.level, "")) for place in table.places[:MOST_PROBLEMS]]}  # fmt: skip
    return render(request, "site/units/import.html", context)


urlpatterns: list[URLPattern] = [
    path("units/", unit_tree, name="units"),
    path("units/add/", unit_add, name="unit_add"),
    path("units/export/", units_export, name="units_export"),
    path("units/import/", units_import, name="units_import"),
    path("units/import/template/", units_template, name="units_template"),
    path("units/at/<str:code>/", unit_place, name="unit_place"),
    path("units/at/<str:code>/remove/", unit_remove, name="unit_remove"),
]
