"""Invitations: one person by a form, many by a table, and the page on which the invited sets a password."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from zhiheng_web.accounts.actions import (
    InvitationRefused,
    accept,
    invite,
    invite_all,
    invited_user,
    links_that_end,
    withdraw,
)
from zhiheng_web.accounts.forms import InvitationForm, PasswordForm, TableForm
from zhiheng_web.accounts.imports import PEOPLE, PEOPLE_EXAMPLES, read_people
from zhiheng_web.accounts.letters import letters_leave, send_invitations
from zhiheng_web.accounts.models import Invitation, Unit, User
from zhiheng_web.accounts.permissions import invites, manages_people
from zhiheng_web.accounts.queries import invitations, open_invitation
from zhiheng_web.accounts.tables import decoded
from zhiheng_web.refusals import Refused
from zhiheng_web.site.access import SignedIn, open_page, page
from zhiheng_web.site.choices import select
from zhiheng_web.site.downloads import csv_response

PER_PAGE = 50
MOST_PROBLEMS = 200
STATES = (
    ("open", gettext_lazy("待接受")),
    ("accepted", gettext_lazy("已接受")),
    ("expired", gettext_lazy("已过期")),
    ("withdrawn", gettext_lazy("已撤回或更换")),
)
LINKS_S = 3600
"""Seconds in which the links of a table can be downloaded from the page that shows them."""


class LinksGone(Refused):
    """The links of a table can no longer be downloaded."""

    code = "accounts.links_gone"


def _link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("invitation", args=[token]))


@page(manages_people)
def invitation_list(request: SignedIn) -> HttpResponse:
    """Show invitations by state."""
    state = request.GET.get("state", "open")
    text = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    shown = Paginator(invitations(request.user, state=state, text=text), PER_PAGE).get_page(request.GET.get("page"))
    filters = [select("state", _("状态"), [(v, str(label)) for v, label in STATES], state)]
    context = {"page": shown, "filters": filters, "text": text, "tab": "invitations",
               "may_invite": invites(request.user),
               "waiting": invitations(request.user, state="open").count()}  # fmt: skip
    return render(request, "site/people/invitations.html", context)


@never_cache
@page(invites, "GET", "POST")
def people_invite(request: SignedIn) -> HttpResponse:
    """
    Invite one person; the answer shows the link, this once, and a letter goes to the address given.

    A link that waits for the same name or person stops working. Refused: a role that the person may not bring in, a
    name that is taken.
    """
    form = InvitationForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, token = invite(request.user, form.newcomer())
        except InvitationRefused as refused:
            form.add_error(None, refused.message)
        else:
            link = _link(request, token)
            sent = send_invitations([(made, link)])
            context = {"invitation": made, "link": link, "sent": sent, "letters": letters_leave(),
                       "replaces": made.replaces.exists()}  # fmt: skip
            return render(request, "site/people/invited.html", context)
    units = Unit.objects.order_by("path") if "unit" in form.fields else Unit.objects.none()
    return render(request, "site/people/invite.html", {"form": form, "units": units})


@page(invites, "POST")
def invitation_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Make the link of an invitation useless. Refused once it was accepted, withdrawn or too old."""
    withdraw(request.user, get_object_or_404(invitations(request.user), pk=pk))
    messages.success(request, _("邀请已撤回，链接不再有效。"))
    return redirect("invitations")


@page(invites)
def people_template(request: SignedIn) -> HttpResponseBase:
    """Send the table to fill in, with examples."""
    del request
    return csv_response(f"{_('账号导入模板')}.csv", [column.name for column in PEOPLE], PEOPLE_EXAMPLES)


@never_cache
@page(invites, "GET", "POST")
def people_import(request: SignedIn) -> HttpResponse:
    """
    Read a table of people: first a preview with every fault by its row; confirmed, all are invited or none.

    The text of the file travels in the page between the two steps, so nothing is kept of a table nobody confirms.
    """
    if request.method == "POST" and "content" in request.POST:
        return _import_people(request, request.POST["content"].encode())
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return _preview_people(request, form.cleaned_data["table"])
    return render(request, "site/people/import.html", {"form": form, "columns": PEOPLE})


def _preview_people(request: SignedIn, data: bytes) -> HttpResponse:
    table = read_people(request.user, data)
    # What was sent in another encoding goes on in UTF-8.
    content = "" if table.problems else decoded(data)
    context = {"form": TableForm(), "columns": PEOPLE, "table": table, "content": content, "shown": MOST_PROBLEMS,
               "problems": table.problems[:MOST_PROBLEMS], "preview": table.newcomers[:MOST_PROBLEMS],
               "count": len(table.newcomers), "ending": links_that_end(table.newcomers)}  # fmt: skip
    return render(request, "site/people/import.html", context)


def _import_people(request: SignedIn, data: bytes) -> HttpResponse:
    table = read_people(request.user, data)
    if table.problems:
        return _preview_people(request, data)
    made = invite_all(request.user, table.newcomers)
    invited = [(invitation, _link(request, token)) for invitation, token in made]
    sent = send_invitations(invited)
    sealed = signing.dumps([_line(i, link) for i, link in invited], salt=_salt(request.user), compress=True)
    context = {"invited": invited, "sent": sent, "letters": letters_leave(), "sealed": sealed}
    return render(request, "site/people/imported.html", context)


def _salt(user: User) -> str:
    return f"invitation-links-{user.pk}"


def _line(invitation: Invitation, link: str) -> Sequence[str]:
    unit = invitation.unit.name if invitation.unit else ""
    until = f"{localtime(invitation.expires_at):%Y-%m-%d %H:%M}"
    return invitation.username, invitation.full_name, str(invitation.get_role_display()), unit, link, until


@page(invites, "POST")
def people_links(request: SignedIn) -> HttpResponseBase:
    """Send the links of a table as a CSV file, from the page that shows them and only to who made them."""
    try:
        lines = signing.loads(request.POST.get("sealed", ""), salt=_salt(request.user), max_age=LINKS_S)
    except signing.BadSignature as error:
        raise LinksGone(_("链接清单已过期；请撤回邀请后重新导入。")) from error
    header = [_("账号"), _("姓名"), _("角色"), _("单位"), _("邀请链接"), _("有效期至")]
    return csv_response(f"{_('邀请链接')}.csv", header, lines)


@sensitive_post_parameters("password", "again")
@never_cache
@open_page("GET", "POST")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """
    Let an invited person set a password, once; he then signs in with it.

    Refused: a link that is used, withdrawn, replaced or too old; a name that has an account by now; a password against
    the rules.
    """
    found = open_invitation(token)
    if found is None:
        return render(request, "site/people/invitation_gone.html", status=410)
    form = PasswordForm(invited_user(found), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = accept(token, form.cleaned_data["password"])
        except InvitationRefused as refused:
            return render(request, "site/people/invitation_gone.html", {"why": refused.message}, status=410)
        messages.success(request, _("账号已开通，请用账号“%(name)s”登录。") % {"name": user.username})
        return redirect("account_login")
    context = {"invitation": found, "form": form, "rules": password_validators_help_texts()}
    return render(request, "site/people/invitation.html", context)


urlpatterns: list[URLPattern] = [
    path("people/invitations/", invitation_list, name="invitations"),
    path("people/invitations/<int:pk>/withdraw/", invitation_withdraw, name="invitation_withdraw"),
    path("people/invite/", people_invite, name="people_invite"),
    path("people/import/", people_import, name="people_import"),
    path("people/import/template/", people_template, name="people_template"),
    path("people/import/links/", people_links, name="people_links"),
    path("invitation/<str:token>/", invitation, name="invitation"),
]
