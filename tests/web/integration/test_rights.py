"""Every page with every method and every role, compared with the table in the manual."""

from __future__ import annotations

import os
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import reverse
from tests.web.rights import CLOSED, OPEN, ROLES, TITLES, address, client_of, gets_in, pages, world

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
TABLE = Path(__file__).parents[3] / "docs" / "manual" / "rights.md"
WRITE = "ZHIHENG_WRITE_RIGHTS"
"""Set it to write the table anew; the test then fails, so that somebody looks at the difference."""


def written() -> dict[tuple[str, str], dict[str, bool]]:
    """Return the table of the manual by page and method."""
    found = {}
    heads: list[str] = []
    for line in TABLE.read_text("utf-8").splitlines():
        if not line.startswith("| "):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "页面":
            heads = cells[2:]
        elif cells[0].startswith("`"):
            found[cells[0].strip("`"), cells[1]] = {
                head: cell == OPEN for head, cell in zip(heads, cells[2:], strict=True)
            }
    return found


def asked(folder: Path) -> dict[tuple[str, str], dict[str, bool]]:
    """Return who gets in, by page and method; every request is undone."""
    values = world(folder)
    found: dict[tuple[str, str], dict[str, bool]] = {}
    for role in ROLES:
        client = client_of(role)
        signed_in = SimpleCookie({name: cookie.value for name, cookie in client.cookies.items()})
        for page in pages():
            for method in page.methods:
                with transaction.atomic():
                    inside = gets_in(client, method, address(page, values))
                    transaction.set_rollback(True)
                client.cookies = SimpleCookie(signed_in)  # type: ignore[assignment]  # a page may have signed him out
                found.setdefault((page.label, method), {})[TITLES[role]] = inside
    return found


def write(found: dict[tuple[str, str], dict[str, bool]]) -> None:
    heads = list(TITLES.values())
    lines = [f"| 页面 | 方法 | {' | '.join(heads)} |", f"|---|---|{':-:|' * len(heads)}"]
    lines += [
        f"| `{name}` | {method} | {' | '.join(OPEN if row[head] else CLOSED for head in heads)} |"
        for (name, method), row in found.items()
    ]
    before = TABLE.read_text("utf-8").split("| 页面 |")[0]
    TABLE.write_text(before + "\n".join(lines) + "\n", "utf-8")


def test_every_page_lets_in_whom_the_manual_names_and_nobody_else(tmp_path: Path) -> None:
    found = asked(tmp_path)
    if os.environ.get(WRITE):
        write(found)
        pytest.fail("the table was written anew: look at the difference")
    assert found == written()


def test_the_auditor_reads_the_log_and_nothing_of_the_business(tmp_path: Path) -> None:
    values = world(tmp_path)
    auditor = client_of("auditor")
    row = values["row"]
    assert auditor.get(reverse("audit")).status_code == 200
    for name, args in (
        ("rounds", []), ("round", [row.round.code]), ("unit", [row.round.code, row.code]), ("people", []),
        ("frameworks", []), ("verify", [row.round.code]), ("units", []),
        ("file", [row.round.code, row.code, values["file"].pk]),
    ):  # fmt: skip
        assert auditor.get(reverse(name, args=args)).status_code in {403, 404}, name
