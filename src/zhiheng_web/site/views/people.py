"""Accounts: the list, one account and what is done to it."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from zhiheng_web.accounts.actions import SIMPLE_ACTS, AccountRefused, change_person, give_one_time_password, set_active
from zhiheng_web.accounts.duties import DUTIES
from zhiheng_web.accounts.forms import PersonForm, ReasonForm, WorkForm
from zhiheng_web.accounts.models import Role, Unit, User
from zhiheng_web.accounts.permissions import (
    can_act_on,
    invites,
    is_security,
    is_system,
    manages_accounts,
    manages_people,
    roles_open_to,
    roles_seen_by,
)
from zhiheng_web.accounts.queries import invitations, lockouts, people, second_factor_of
from zhiheng_web.accounts.role_actions import change_work
from zhiheng_web.audit.actions import record
from zhiheng_web.site.access import SignedIn, page
from zhiheng_web.site.choices import select
from zhiheng_web.site.downloads import csv_response

PER_PAGE = 50
STATES = (
    ("active", gettext_lazy("启用")),
    ("inactive", gettext_lazy("停用")),
    ("locked", gettext_lazy("锁定")),
    ("unused", gettext_lazy("从未登录")),
)


def _filters(request: SignedIn) -> dict[str, str]:
    role, state = request.GET.get("role", ""), request.GET.get("state", "")
    return {
        "role": role if role in Role.values else "",
        "unit": request.GET.get("unit", "")[:20],
        "text": request.GET.get("q", "").replace("\x00", "").strip()[:60],
        "state": state if state in dict(STATES) else "",
    }


def _roles(user: User) -> list[tuple[str, str]]:
    """Return the roles whose accounts a person sees, with their titles."""
    every = is_system(user) or is_security(user)
    return [(v, str(label)) for v, label in Role.choices if every or v in roles_seen_by(user)]


def _units(chosen: str) -> list[tuple[str, str]]:
    """Return provinces and cities for the filter, and the county that is chosen: all counties would be thousands."""
    found = Unit.objects.exclude(level=Unit.Level.COUNTY) | Unit.objects.filter(code=chosen)
    return [(unit.code, unit.name) for unit in found.order_by("path")]


@page(manages_people)
def people_list(request: SignedIn) -> HttpResponse:
    """Show the accounts that the person may see, by filter."""
    given = _filters(request)
    shown = Paginator(people(request.user, **given), PER_PAGE).get_page(request.GET.get("page"))
    locked = lockouts([user.username for user in shown])
    filters = [
        select("role", _("角色"), _roles(request.user), given["role"]),
        select("unit", _("单位"), _units(given["unit"]), given["unit"]),
        select("state", _("状态"), [(v, str(label)) for v, label in STATES], given["state"]),
    ]
    query = request.GET.urlencode()
    exports = [{"url": f"export/?{query}", "label": _("导出")}]
    waiting = invitations(request.user, state="open").count()
    context = {"page": shown, "locked": locked, "filters": filters, "given": given, "exports": exports,
               "waiting": waiting, "may_invite": invites(request.user), "tab": "people"}  # fmt: skip
    return render(request, "site/people/list.html", context)


@page(manages_people)
def people_export(request: SignedIn) -> HttpResponseBase:
    """Send the accounts of the list as a CSV file; the export is recorded."""
    given = _filters(request)
    found = people(request.user, **given)
    record("account.export", "people", name=gettext_lazy("账号列表"), after={"count": found.count(), "filters": given})
    locked = lockouts()
    header = [_("账号"), _("姓名"), _("角色"), _("单位代码"), _("单位"), _("电子邮箱"), _("状态"), _("最近登录")]
    rows = (
        (user.username, user.full_name, user.role_title, user.unit.code if user.unit else "", user.unit_name,
         user.email, _state(user, locked), f"{localtime(user.last_login):%Y-%m-%d %H:%M}" if user.last_login else "")
        for user in found.iterator(chunk_size=1000)
    )  # fmt: skip
    return csv_response(f"{_('账号列表')}.csv", header, rows)


def _state(user: User, locked: Collection[str]) -> str:
    if not user.is_active:
        return _("停用")
    return _("锁定") if user.username in locked else _("启用")


def _person_or_404(request: SignedIn, pk: int) -> User:
    return get_object_or_404(people(request.user), pk=pk)


def _show(
    request: SignedIn,
    user: User,
    *,
    form: ReasonForm | None = None,
    change: PersonForm | None = None,
    work: WorkForm | None = None,
    password: str = "",
) -> HttpResponse:
    if work is None and roles_open_to(request.user, user):
        work = WorkForm(request.user, user)
    context = {
        "person": user,
        "locked_until": lockouts([user.username]).get(user.username),
        "second_factor": second_factor_of(user),
        "duties": DUTIES[user.role],
        "work": work,
        "units": Unit.objects.order_by("path") if work and "unit" in work.fields else (),
        "may_act": can_act_on(request.user, user),
        "own": request.user.pk == user.pk,
        "form": form or ReasonForm(),
        "change": change or PersonForm(initial={"full_name": user.full_name, "email": user.email}),
        "one_time_password": password,
        "invitation": invitations(request.user, state="accepted").filter(username=user.username).first(),
    }
    return render(request, "site/people/person.html", context)


@never_cache
@page(manages_people)
def person(request: SignedIn, pk: int) -> HttpResponse:
    """Show one account."""
    return _show(request, _person_or_404(request, pk))


@page(manages_accounts, "POST")
def person_change(request: SignedIn, pk: int) -> HttpResponse:
    """Correct the name and the address of an account. Refused: one's own account."""
    user = _person_or_404(request, pk)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _show(request, user, change=form)
    change_person(request.user, user, **form.cleaned_data)
    messages.success(request, _("已保存。"))
    return redirect("person", pk)


@page(invites, "POST")
def person_work(request: SignedIn, pk: int) -> HttpResponse:
    """
    Give an account another role or unit and end its sessions.

    Refused: one's own account, roles that the person does not bring in, the last account of a role that the site needs,
    no reason, a form that somebody overtook.
    """
    user = _person_or_404(request, pk)
    if not roles_open_to(request.user, user):
        raise PermissionDenied
    form = WorkForm(request.user, user, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            change_work(request.user, user, role=data["role"], unit=data.get("unit"), reason=data["reason"],
                        seen=data["seen"])  # fmt: skip
        except AccountRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已调整，该账号的所有登录已结束。"))
            return redirect("person", pk)
    return _show(request, _person_or_404(request, pk), work=form)


@page(manages_accounts, "POST")
def person_active(request: SignedIn, pk: int) -> HttpResponse:
    """Switch an account on or off; switching off ends its sessions. Refused: one's own account, no reason."""
    user = _person_or_404(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, user, form=form)
    active = request.POST.get("active") == "1"
    set_active(request.user, user, active=active, reason=form.cleaned_data["reason"])
    messages.success(request, _("账号已启用。") if active else _("账号已停用，所有登录已结束。"))
    return redirect("person", pk)


DONE = {
    "unlock": gettext_lazy("已解除锁定，可以重新登录。"),
    "sessions": gettext_lazy("该账号的所有登录已结束。"),
    "second-factor": gettext_lazy("两步验证已重置，下次登录只需密码。"),
}


@page(manages_accounts, "POST")
def person_act(request: SignedIn, pk: int, act: str) -> HttpResponse:
    """Unlock an account, end its sessions or take its second factor off. Refused: one's own account."""
    if act not in SIMPLE_ACTS:
        raise Http404
    SIMPLE_ACTS[act](request.user, _person_or_404(request, pk))
    messages.success(request, DONE[act])
    return redirect("person", pk)


@never_cache
@page(manages_accounts, "POST")
def person_password(request: SignedIn, pk: int) -> HttpResponse:
    """Give an account a password for one use and show it, this once. Refused: one's own account."""
    user = _person_or_404(request, pk)
    password = give_one_time_password(request.user, user)
    return _show(request, user, password=password)


urlpatterns: list[URLPattern] = [
    path("people/", people_list, name="people"),
    path("people/export/", people_export, name="people_export"),
    path("people/<int:pk>/", person, name="person"),
    path("people/<int:pk>/change/", person_change, name="person_change"),
    path("people/<int:pk>/work/", person_work, name="person_work"),
    path("people/<int:pk>/active/", person_active, name="person_active"),
    path("people/<int:pk>/password/", person_password, name="person_password"),
    path("people/<int:pk>/<slug:act>/", person_act, name="person_act"),
]
