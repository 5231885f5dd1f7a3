"""The register of rectification items: the rounds in rectification, the items of one, progress by unit, a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.audit.actions import record
from zhiheng_web.dashboards.engine.charts import Chart, chart_of
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rectification.engine import progress_figure
from zhiheng_web.rectification.machine import State
from zhiheng_web.rectification.models import RectificationItem
from zhiheng_web.rectification.permissions import issues_items, reads_items
from zhiheng_web.rectification.queries import (
    UnitProgress,
    progress,
    progress_by_unit,
    progress_of_rounds,
    register,
    rounds_with_items,
)
from zhiheng_web.rectification.sheets import cells, lines_of, titles
from zhiheng_web.results.sheets import as_xlsx
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.site.access import SignedIn, page, round_or_404
from zhiheng_web.site.views.dashboards import download

PER_PAGE = 50
DRAWN = 30
"""Units that the figure shows, those with most to do."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page(reads_items)
def rectifications(request: SignedIn) -> HttpResponse:
    """List the rounds in rectification with their progress; people of a unit see that of their own items."""
    now = timezone.now()
    shown = Paginator(rounds_with_items(request.user), PER_PAGE).get_page(request.GET.get("page"))
    rounds = list(shown)
    unit = request.user.unit_id if is_of_a_unit(request.user) else None
    counts = progress_of_rounds([each.pk for each in rounds], now, unit=unit)
    context = {
        "page": shown,
        "rows": [(each, counts.get(each.pk)) for each in rounds],
        "of_a_unit": is_of_a_unit(request.user),
    }
    return render(request, "site/rectification/rounds.html", context)


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What the register is narrowed to, as the address has it.

    Parameters
    ----------
    text, state, order
        See `register`.
    late
        Only items past their deadline.
    """

    text: str
    state: str
    order: str
    late: bool

    @classmethod
    def of(cls, query: QueryDict) -> Filters:
        """Return the filters of an address."""
        return cls(
            query.get("q", "").strip()[:60], query.get("state", ""), query.get("order", "unit"),
            query.get("late") == "1",
        )  # fmt: skip

    def items(self, round_: Round, now: datetime) -> QuerySet[RectificationItem]:
        """Return the items that are shown."""
        return register(round_, now=now, state=self.state, text=self.text, overdue=self.late, order=self.order)

    def address(self) -> str:
        """Return the filters as the query of an address, without those that narrow nothing."""
        known = {"q": self.text, "state": self.state, "late": "1" if self.late else ""}
        if self.order != "unit":
            known["order"] = self.order
        return urlencode({key: value for key, value in known.items() if value})

    @property
    def narrow(self) -> bool:
        """Return whether they leave anything out."""
        return bool(self.text or self.state or self.late)

    def choices(self) -> list[dict[str, object]]:
        """Return the select boxes above the list."""
        states = [("", _("全部")), *((s.value, str(s.label)) for s in State)]
        late = [("", _("不限")), ("1", _("只看逾期"))]
        orders = [
            ("unit", _("名单顺序")), ("due", _("期限从近到远")), ("-lost", _("失分从多到少")), ("point", _("考核要点")),
            ("-changed", _("最近报送的在前")),
        ]  # fmt: skip
        found = [
            ("state", _("状态"), states, self.state), ("late", _("期限"), late, "1" if self.late else ""),
            ("order", _("排序"), orders, self.order),
        ]  # fmt: skip
        return [
            {
                "name": name,
                "label": label,
                "options": [{"value": v, "label": text, "selected": v == chosen} for v, text in options],
            }
            for name, label, options, chosen in found
        ]


@page(reads_items)
def rectification(request: SignedIn, code: str) -> HttpResponseBase:
    """
    Show the register of a round; people of a unit are led to their own items.

    `?as=xlsx` sends what the filters leave as a workbook, `?view=units` shows the progress of units, `?figure=…` sends
    its figure.
    """
    round_ = round_or_404(request.user, code)
    if is_of_a_unit(request.user):
        own = get_object_or_404(round_.units, unit=request.user.unit_id)
        return redirect("rectification_unit", code, own.code)
    now, filters = timezone.now(), Filters.of(request.GET)
    if request.GET.get("view") == "units" or "figure" in request.GET:
        return _by_unit(request, round_, filters, now)
    if request.GET.get("as") == "xlsx":
        return _workbook(round_, filters, now)
    shown = Paginator(filters.items(round_, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **frame(request, round_, now),
        "page": shown,
        "lines": lines_of(shown, framework_of(round_.framework).scale, now),
        "text": filters.text,
        "narrow": filters.narrow,
        "filters": filters.choices(),
        "exports": [{"url": f"?as=xlsx&{filters.address()}".rstrip("&"), "label": _("导出台账（Excel）")}],
    }
    return render(request, "site/rectification/register.html", context)


def frame(request: SignedIn, round_: Round, now: datetime) -> dict[str, object]:
    """Return what the pages of a whole round show above their lists."""
    return {
        "round": round_,
        "counts": progress(round_, now),
        "rectifying": round_.stage == Stage.RECTIFICATION,
        "may_issue": issues_items(request.user),
        "here": reverse("rectification", args=[round_.code]),
    }


def _workbook(round_: Round, filters: Filters, now: datetime) -> HttpResponse:
    scale, label = framework_of(round_.framework).scale, round_.label
    lines = lines_of(filters.items(round_, now), scale, now)
    content = as_xlsx(
        round_.title, titles(label), (cells(line, scale, label) for line in lines), sheet=_("整改台账")
    )  # fmt: skip
    record("rectification.export", round_, after={"count": len(lines), "filters": filters.address()})
    response = HttpResponse(content, content_type=XLSX)
    name = f"{round_.title}-{_('整改台账')}.xlsx"
    quoted = urlencode({"": name})[1:].replace("+", "%20")
    response["Content-Disposition"] = f"attachment; filename=\"register.xlsx\"; filename*=UTF-8''{quoted}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _by_unit(request: SignedIn, round_: Round, filters: Filters, now: datetime) -> HttpResponseBase:
    units = progress_by_unit(round_, now, text=filters.text)
    chart = _chart(round_, units) if units else None
    if "figure" in request.GET:
        # An address without figure was refused before; one that the page does not have does not exist.
        found = download(request, round_, {chart.key: chart} if chart else {})
        assert found is not None
        return found
    shown = Paginator(units, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **frame(request, round_, now),
        "page": shown,
        "units": list(shown),
        "chart": chart,
        "query": urlencode({"q": filters.text}) if filters.text else "",
        "text": filters.text,
        "view": "units",
        "kept": [{"name": "view", "value": "units"}],
    }
    return render(request, "site/rectification/units.html", context)


def _chart(round_: Round, units: list[UnitProgress]) -> Chart:
    drawn = units[:DRAWN]
    caption = f"{round_.title}：各单位整改进度"
    if len(units) > len(drawn):
        caption += f"（未完成最多的{len(drawn)}个单位）"
    return chart_of(progress_figure(caption, drawn, label=round_.short_label))


urlpatterns: list[URLPattern] = [
    path("rectification/", rectifications, name="rectifications"),
    path("rounds/<str:code>/rectification/", rectification, name="rectification"),
]
