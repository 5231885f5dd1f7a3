"""The log: filters, one entry with what changed, the check of the chain, and an export."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import islice

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.assessment.claims import STANCE_ZH
from zhiheng_web.accounts.models import Role, Unit
from zhiheng_web.accounts.permissions import reads_log
from zhiheng_web.assessments.models import Decision
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.acts import ACTS, KINDS, field_title, title_of
from zhiheng_web.audit.models import Entry, Outcome
from zhiheng_web.audit.queries import chain_breaks, entries, visible_to
from zhiheng_web.language import clauses, headed, listed
from zhiheng_web.objections.models import Objection
from zhiheng_web.rounds.machine import Stage, State
from zhiheng_web.site.access import SignedIn, page
from zhiheng_web.site.downloads import csv_response

LOG = "审计日志"
"""What entries about the log call it; entries are kept in the language of the site."""
PER_PAGE = 50
MOST_BREAKS = 20


class LogForm(forms.Form):
    """What to look for; a day that is no day leaves its filter out and says so."""

    actor = forms.CharField(label=gettext_lazy("账号或姓名"), max_length=60, required=False)
    act = forms.ChoiceField(label=gettext_lazy("操作"), required=False)
    target = forms.CharField(label=gettext_lazy("对象"), max_length=80, required=False)
    outcome = forms.ChoiceField(
        label=gettext_lazy("结果"), required=False, choices=[("", gettext_lazy("全部")), *Outcome.choices]
    )
    first = forms.DateField(label=gettext_lazy("起"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=gettext_lazy("止"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they come
        groups = [
            (str(title), [(f"{kind}.", _("全部“%(kind)s”操作") % {"kind": title}),
                          *((act, str(name)) for act, name in ACTS.items() if act.partition(".")[0] == kind)])
            for kind, title in KINDS.items()
        ]  # fmt: skip
        self.fields["act"].choices = [("", _("全部")), *groups]  # type: ignore[attr-defined]  # a ChoiceField


def _asked(request: SignedIn) -> tuple[LogForm, QuerySet[Entry], dict[str, object]]:
    """Return the form, the entries that it asks for and that the person may read, and the filters in use."""
    form = LogForm(request.GET)
    form.is_valid()
    given = {name: value for name, value in form.cleaned_data.items() if value}
    found = entries(
        visible_to(request.user.username, request.user.role),
        actor=str(given.get("actor", "")), act=str(given.get("act", "")), target=str(given.get("target", "")),
        outcome=str(given.get("outcome", "")), first=_day(given.get("first")), last=_day(given.get("last")),
    )  # fmt: skip
    return form, found, given


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


@page(reads_log)
def log(request: SignedIn) -> HttpResponse:
    """Show the entries that the person may read, newest first."""
    form, found, given = _asked(request)
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(entry, title_of(entry.act), _role(entry.actor_role)) for entry in shown]
    context = {"form": form, "page": shown, "rows": rows, "given": given, "query": request.GET.urlencode()}
    return render(request, "site/audit/log.html", context)


@page(reads_log)
def log_entry(request: SignedIn, number: int) -> HttpResponse:
    """Show one entry with what was before and after."""
    entry = get_object_or_404(visible_to(request.user.username, request.user.role), number=number)
    context = {"entry": entry, "title": title_of(entry.act), "role": _role(entry.actor_role),
               "changes": _changes(entry)}  # fmt: skip
    return render(request, "site/audit/entry.html", context)


@page(reads_log, "POST")
def log_check(request: SignedIn) -> HttpResponse:
    """Recompute the chain from the first entry to the last and say whether it is whole; the check is recorded."""
    found = list(islice(chain_breaks(), MOST_BREAKS + 1))
    count = Entry.objects.count()
    record("audit.verify", "audit", name=LOG, after={"entries": count, "breaks": len(found)})
    context = {"breaks": found[:MOST_BREAKS], "more": len(found) > MOST_BREAKS, "count": count}
    return render(request, "site/audit/check.html" if request.htmx else "site/audit/checked.html", context)


@page(reads_log)
def log_export(request: SignedIn) -> HttpResponseBase:
    """Send the entries of the list as a CSV file, streamed; the export is recorded."""
    _form, found, given = _asked(request)
    record("audit.export", "audit", name=LOG, after={"filters": given})
    header = [_("序号"), _("时间"), _("账号"), _("姓名"), _("角色"), _("地址"), _("操作"), _("结果"), _("对象"),
              _("对象名称"), _("变动"), _("校验值")]  # fmt: skip
    outcomes = dict(Outcome.choices)
    rows = (
        (e.number, f"{localtime(e.at):%Y-%m-%d %H:%M:%S}", e.actor, e.actor_title, _role(e.actor_role), e.address,
         title_of(e.act), outcomes.get(Outcome(e.outcome), ""), e.target, e.target_name,
         clauses(headed(c["title"], f"{c['before']} → {c['after']}") for c in _changes(e)), e.hash)
        for e in found.iterator(chunk_size=1000)
    )  # fmt: skip
    return csv_response(f"{_('审计日志')}.csv", header, rows)


def _role(role: str) -> str:
    return str(dict(Role.choices).get(role, role))


def _changes(entry: Entry) -> list[dict[str, str | bool]]:
    """Return the values before and after side by side, those of both first."""
    old, new = entry.before or {}, entry.after or {}
    names = [*(n for n in old if n in new), *(n for n in old if n not in new), *(n for n in new if n not in old)]
    return [
        {"title": field_title(name, entry.act),
         "before": _words(name, old.get(name)), "after": _words(name, new.get(name)),
         "same": name in old and name in new and old[name] == new[name]}
        for name in names
    ]  # fmt: skip


_WORDS: Mapping[str, Mapping[str, object]] = {
    "role": dict(Role.choices),
    "level": dict(Unit.Level.choices),
    "state": dict(State.choices),
    "stage": dict(Stage.choices),
    "kind": {"totp": gettext_lazy("验证器应用"), "recovery_codes": gettext_lazy("恢复码")},
    "stance": STANCE_ZH,
    "outcome": dict(Objection.Outcome.choices),
    "act": dict(Decision.Act.choices),
    "because": ACTS,
}


def _words(name: str, value: object) -> str:
    """Return a value as people read it."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return clauses(headed(field_title(str(k)), _words(str(k), v)) for k, v in value.items()) or "—"
    if isinstance(value, list):
        return listed(_words("", each) for each in value) or "—"
    return str(_WORDS.get(name, {}).get(str(value), value))


urlpatterns: list[URLPattern] = [
    path("audit/", log, name="audit"),
    path("audit/check/", log_check, name="audit_check"),
    path("audit/export/", log_export, name="audit_export"),
    path("audit/<int:number>/", log_entry, name="audit_entry"),
]
