"""Asks every page with every role and tells who gets in; the table in the manual is compared with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from tests.web.api import program
from tests.web.builders import city, claims, evidence, filler, person, row_of, running_round
from tests.web.finished import published_round

from zhiheng_web.accounts.actions import Newcomer, invite
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.api.actions import make_token
from zhiheng_web.assessments.actions import save_answer
from zhiheng_web.evidence.models import Likeness
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.objections.models import Objection
from zhiheng_web.rectification.models import RectificationItem
from zhiheng_web.reviews.models import Assignment, Conflict, Review, ReviewPlan
from zhiheng_web.rounds.models import Notice, Round
from zhiheng_web.studio.models import Edit, Report, Section, Version, VersionFile

ROLES = ("anonymous", "stranger", *Role.values)
"""Who asks: nobody, a filler of another unit, and every role; filler and approver are of the unit that is asked for."""
TITLES = {"anonymous": "未登录", "stranger": "外单位填报员", **{value: str(label) for value, label in Role.choices}}
OPEN, CLOSED = "✓", "–"
METHODS = ("GET", "POST")


@dataclass(frozen=True)
class Page:
    """A page as it is asked for."""

    name: str
    methods: tuple[str, ...]
    params: tuple[str, ...]
    pattern: str = ""

    @property
    def label(self) -> str:
        """Return what the table calls it: its name, for the API its path."""
        of_api = self.name.startswith("api_") and self.name != "api_description"
        return f"/api/v1/{self.pattern}" if of_api else self.name


def pages(resolver: URLResolver | None = None) -> Iterator[Page]:
    """Return every named page with the methods it takes."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from pages(entry)
        elif isinstance(entry, URLPattern) and entry.name:
            taken = getattr(entry.callback, "methods", METHODS)
            methods = tuple(m for m in (*METHODS, "PUT") if m in taken)
            yield Page(entry.name, methods, tuple(entry.pattern.regex.groupindex), str(entry.pattern))


def world(folder: Path) -> dict[str, Any]:
    """Make one of everything that pages are about, and return what the addresses name."""
    made = running_round(units=2)
    row = row_of(made)
    file = evidence(row, folder)
    other = evidence(row_of(made, 2), folder, "外单位.pdf")
    for no, given in claims(file).items():
        save_answer(filler(), row, no, given, version=0)
    for role in Role.values:
        person(role, city() if role in {"filler", "approver"} else None)
    filler(2)
    invitation, token = invite(person("administrator"), Newcomer("new.one", "新人", Role.VERIFIER))
    imported = WorkbookImport.objects.create(
        round_unit=row, made_by=filler(), workbook_name="a.xlsx", folder="f" * 32, state=WorkbookImport.State.READY
    )
    likeness = Likeness.objects.create(file=file, other=other, kind=Likeness.Kind.SAME)
    objection = Objection.objects.create(
        round_unit=row, point=1, text="理由", state="filed", raised_by=filler(), written_by=filler(),
        filed_by=person("approver", city()), filed_at=timezone.now(),
    )  # fmt: skip
    review = Review.objects.create(round_unit=row, point=1)
    ReviewPlan.objects.create(round=made, due_at=timezone.now(), made_by=person("administrator"))
    task = Assignment.objects.create(review=review, expert=person("expert"), seat=Assignment.Seat.FIRST)
    conflict = Conflict.objects.create(
        round_unit=row, expert=person("expert", username="expert-2"), reason="回避", by=person("administrator")
    )
    notice = Notice.objects.create(user=filler(), round=made, kind="reminder", title="请尽快填报")
    job = DBTaskResult.objects.create(
        status=TaskResultStatus.FAILED, args_kwargs={"args": [], "kwargs": {}}, run_after=timezone.now(),
        task_path="zhiheng_web.evidence.tasks.sweep_evidence", backend_name="default", exception_class_path="",
        traceback="",
    )  # fmt: skip
    api_token = make_token(filler(), "业务系统", ["read:rounds"], 9)[0]
    published = published_round(folder, 1, code="r2")
    item = RectificationItem.objects.create(
        round_unit=row_of(published.round), point=2, title="项", full=2, final=1, lost=1, due_at=timezone.now()
    )
    return {
        "edit": _report(published.round),
        "api_token": api_token,
        "published": published.round, "likeness": likeness, "notice": notice, "job": job,
        "round": made, "row": row, "file": file, "other": other, "invitation": invitation, "token": token,
        "import": imported, "objection": objection, "review": review, "task": task, "conflict": conflict,
        "item": item,
    }  # fmt: skip


def _report(round_: Round) -> Edit:
    """Give a round a report with a section, a figure, a version and an edit."""
    figure = {"kind": "figure", "key": "x-y", "number": "图 1", "caption": "图", "alt": "图", "svg": "<svg/>"}
    report = Report.objects.create(round=round_, stamp="old")
    Section.objects.create(report=report, position=0, key="x-y", level=1, title="一、概述", blocks=[figure])
    office = person("administrator")
    version = Version.objects.create(round=round_, number=1, state=Version.State.READY, by=office, folder="none")
    VersionFile.objects.create(version=version, format="docx", sha256="0" * 64, size=1)
    return Edit.objects.create(round=round_, key="a", place="own", act="replace", text="文字", by=office)


def address(page: Page, values: Mapping[str, Any]) -> str:
    """Return the address of a page; what it is about belongs to the first unit."""
    row = values["row"]
    named = {
        "code": row.code if page.name in {"unit_place", "unit_remove"} else _round(page.name, values).code,
        "unit": row.code,
        "no": 1,
        "page": 1,
        "number": 1,
        "act": "sessions",
        "token": values["token"],
        "pk": key(page.name, values),
        "uidb36": "1",
        "key": "x-y",
        "figure": "x-y",
        "form": "docx",
    }
    return reverse(page.name, kwargs={name: named[name] for name in page.params})


def _round(name: str, values: Mapping[str, Any]) -> Any:
    """Return the round that a page is about: what shows a result has one that is published."""
    about = (
        "public", "result", "score_why", "studio", "rectification", "round_publish", "round_withdraw", "round_snapshot",
    )  # fmt: skip
    finished = name.startswith(about)
    return values["published" if finished else "round"]


def key(name: str, values: Mapping[str, Any]) -> object:
    """Return the primary key that a page means."""
    kinds = {
        "unit_import": values["import"], "framework": values["round"].framework, "invitation": values["invitation"],
        "evidence": values["file"], "token": values["api_token"],
        "file": values["file"], "library": values["file"], "verify_alike": values["likeness"],
        "objection": values["objection"], "job": values["job"], "review_arbiter": values["review"],
        "review_conflict_end": values["conflict"], "review": values["task"], "rectification": values["item"],
        "notice": values["notice"], "studio_history": values["edit"], "person": person("leader"),
    }  # fmt: skip
    about = name.removeprefix("api_")
    return next((thing.pk for start, thing in kinds.items() if about.startswith(start)), 0)


def client_of(role: str) -> Client:
    """Return a browser in which somebody of a role is signed in."""
    if role == "anonymous":
        return Client(raise_request_exception=False)
    # A browser that is signed in and a program in one: pages see its cookie, the API its token.
    client = program(_user(role))
    client.force_login(_user(role))
    return client


def _user(role: str) -> User:
    if role == "stranger":
        return filler(2)
    return person(role, city() if role in {"filler", "approver"} else None)


def gets_in(client: Client, method: str, url: str) -> bool:
    """
    Return whether a request gets past the guard.

    A POST is empty, so a person who may write is told what is missing; 401, 403, 404 and the way to the sign-in
    page mean that he may not.
    """
    answer = _ask(client, method, url)
    close(answer)
    if answer.status_code == 302 and answer["Location"].startswith(reverse("account_login")):
        return False
    assert answer.status_code != 500, (method, url)
    return answer.status_code not in {401, 403, 404}


def _ask(client: Client, method: str, url: str) -> Any:
    """Return the answer; what an endpoint of the API must be sent comes along, so that it gets to whom it belongs."""
    if method == "PUT":
        return client.put(url, {"version": 0}, content_type="application/json")
    if method == "POST" and url.startswith("/api/") and url.endswith("/evidence"):
        return client.post(url, {"file": SimpleUploadedFile("a.txt", b"a")})
    return client.get(url) if method == "GET" else client.post(url)


def close(answer: Any) -> None:
    """Close the file behind an answer, but not the database: a test holds its connection in a transaction."""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
