"""Latency of the site's pages with 20 people at work, and the set-up of large rounds; one run, medians and p95.

Run: python benchmarks/site.py [--units 10 3000] [--people 20] [--each 30]
People at work wait about a second between requests, as fast workers do; "flat out" they wait for nothing, which shows
what the machine can do. The floor is /healthz, which asks the database one thing. Client and server share the cores.
"""

from __future__ import annotations

import argparse
import http.client
import os
import time
from collections.abc import Callable

from lxml import html
from serving import HOST, TOKEN, Request, inside, installation, report, run, served, sessions

CODE = "bench"
PAUSE_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, nargs="+", default=[10, 3000])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--each", type=int, default=30, help="requests of each person at each page")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        measure(given.units[0], given.people, given.each)
        return
    for units in given.units:
        inside(__file__, units=units, people=given.people, each=given.each)


def measure(units: int, people: int, each: int) -> None:
    """Build a round, serve it, and print what its pages take."""
    installation()
    print(f"\n{units} units x 44 points, {people} people at once, {os.cpu_count()} cores")
    admin, sessions = build(units, people)
    with served() as port:
        keys = [key for _code, key in sessions]
        pages = [f"/rounds/{CODE}/units/{code}/" for code, _key in sessions]
        # People who share a unit save different points: the second of two savers would be refused.
        savers = [Saver(port, page, key, 2 + n // units) for n, (page, key) in enumerate(zip(pages, keys, strict=True))]
        asked: dict[str, Callable[[int], Request]] = {
            "floor: /healthz": lambda n: Request("GET", "/healthz", keys[n]),
            "board": lambda _n: Request("GET", f"/rounds/{CODE}/", admin),
            "unit page": lambda n: Request("GET", pages[n], keys[n]),
            "form save": lambda n: savers[n].request(),
        }
        for pause, words in ((PAUSE_S, "at work"), (0.0, "flat out")):
            print(f"  {words}")
            for name, what in asked.items():
                report(name, run(port, people, each, what, pause))


def build(units: int, people: int) -> tuple[str, list[tuple[str, str]]]:
    """Make a round with half of the answers; return the administrator's session, and unit and session of fillers."""
    from datetime import timedelta

    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from zhiheng_web.accounts.models import Unit, User
    from zhiheng_web.assessments.models import Answer
    from zhiheng_web.frameworks.models import FrameworkVersion
    from zhiheng_web.rounds.actions import choose_units, open_round, save_round
    from zhiheng_web.rounds.models import Round, RoundUnit, Window

    start = time.perf_counter()
    top = Unit.objects.create(code="22", name="省", level="province")
    made = Unit.objects.bulk_create(
        Unit(code=f"u{n:05d}", name=f"单位{n}", parent=top, path=f"{top.path}u{n:05d}/") for n in range(units)
    )
    hashed = make_password("x")
    admin = User.objects.create(username="admin", password=hashed, full_name="管理员", role="administrator")
    fillers = User.objects.bulk_create(
        User(username=f"filler{n}", password=hashed, full_name="填报员", role="filler", unit=made[n % units])
        for n in range(people)
    )
    now = timezone.now()
    framework = FrameworkVersion.objects.get(code="jilin-ip-2021")
    round_ = Round(
        code=CODE, title="测速轮次", framework=framework, period_start="2020", period_end="2021-06",
        organisation="测速", area="省", label="测速数据", short_label="测速",
    )  # fmt: skip
    save_round(
        admin, round_, [Window(stage="self_assessment", opens_at=now - timedelta(1), closes_at=now + timedelta(1))]
    )
    choose_units(admin, round_, made)
    open_round(admin, round_)
    print(f"  {'units chosen and frozen, round opened':<38}{time.perf_counter() - start:8.2f} s")
    rows = list(round_.units.all())
    Answer.objects.bulk_create(
        (
            Answer(round_unit=row, point=no, stance="no", complete=True, version=1)
            for row in rows
            for no in range(1, 23)
        ),
        batch_size=2000,
    )
    RoundUnit.objects.filter(round=round_).update(answered=22, complete=22)
    keys = sessions([admin, *fillers])
    return keys[0], [(made[n % units].code, key) for n, key in enumerate(keys[1:])]


class Saver:
    """Saves one point of a unit again and again, each time with the version that comes after the last."""

    def __init__(self, port: int, page: str, session: str, point: int) -> None:
        self.path, self.session, self.count = f"{page}points/{point}/", session, 0
        connection = http.client.HTTPConnection(HOST, port)
        _status, body, cookies = Request("GET", page, session).send(connection)
        token = next(c.split(";")[0].partition("=")[2] for c in cookies if c.startswith(TOKEN))
        _status, body, _cookies = Request("GET", self.path, session).send(connection)
        forms = html.fromstring(body.decode()).iter("form")
        form = next(f for f in forms if f"points/{point}/" in (f.get("action") or f.get("hx-post") or ""))
        self.fields = {name: value or "" for name, value in form.form_values()} | {"csrfmiddlewaretoken": token}
        self.version = next(name for name in self.fields if name.endswith("version"))
        self.note = next(name for name in form.fields if name.endswith("note"))
        self.first = int(self.fields[self.version] or 0)

    def request(self) -> Request:
        """Return the next save."""
        fields = self.fields | {self.note: f"说明{self.count}", self.version: str(self.first + self.count)}
        self.count += 1
        return Request("POST", self.path, self.session, fields)


if __name__ == "__main__":
    main()
