"""The documents say what exists: commands, links, rules, errors, columns and keys are compared with the code."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
import typer

import zhiheng
from zhiheng.assessment import activities, load
from zhiheng.assessment.case import Settings
from zhiheng.assessment.load import load_case
from zhiheng.cli.main import application
from zhiheng.cli.score import as_json
from zhiheng.errors import ZhihengError
from zhiheng.framework.rules import Rule
from zhiheng.pipeline import run
from zhiheng.scoring.agreement import LEAST, Z
from zhiheng.scoring.diagnose import Ladder
from zhiheng.scoring.result import Result
from zhiheng.snapshot.manifest import Manifest
from zhiheng.snapshot.verify import TITLES
from zhiheng.synthesis.account import RATES

ROOT = Path(__file__).parents[2]
SOURCE = Path(zhiheng.__file__).parent
READMES = ("README.md", "README.zh-CN.md")
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md"))
)
TABLES = {
    "facts.csv": load.FACT_COLUMNS,
    "decisions.csv": load.DECISION_COLUMNS,
    "statements.csv": load.STATEMENT_COLUMNS,
    "activities.csv": activities._ACTIVITY_COLUMNS + activities._ACTIVITY_OPTIONAL,
    "metrics.csv": activities._METRIC_COLUMNS + activities._METRIC_OPTIONAL,
    "case.yaml": tuple(Settings.model_fields),
}


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def section(name: str, title: str) -> str:
    """Return a section of a page from its heading, which starts with `title`, to the next heading of its level."""
    found = re.search(rf"^## {re.escape(title)}\b.*?(?=^## |\Z)", text(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no section {title}"
    return found[0]


def first_cells(table: str) -> set[str]:
    """Return the names in backticks in the first cells of a table."""
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def commands(name: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text(name), re.DOTALL)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line.removeprefix(".venv/bin/") for line in lines if re.match(r"(\.venv/bin/)?zhiheng ", line)]


def leaves() -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield every command that does something, with the words that call it."""

    def walk(words: tuple[str, ...], command: object) -> Iterator[tuple[tuple[str, ...], object]]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield words, command
        else:
            for name, child in inner.items():
                yield from walk((*words, name), child)

    yield from walk((), typer.main.get_command(application()))


LEAVES = dict(leaves())
CALLS = [(page, call) for page in (*READMES, "CONTRIBUTING.md", "docs/manual/README.md") for call in commands(page)]


@pytest.mark.parametrize(("page", "call"), CALLS)
def test_every_command_in_the_documents_can_be_called_as_written(page: str, call: str) -> None:
    words = shlex.split(call)[1:]
    known = [leaf for leaf in LEAVES if tuple(words[: len(leaf)]) == leaf]
    assert known, f"{page}: there is no command {call}"
    leaf = LEAVES[known[0]]
    leaf.make_context("zhiheng", words[len(known[0]) :])  # type: ignore[attr-defined]  # raises where an option is unknown


@pytest.mark.parametrize("page", READMES)
def test_each_readme_shows_every_command(page: str) -> None:
    shown = commands(page)
    assert [leaf for leaf in LEAVES if not any(call.startswith(f"zhiheng {' '.join(leaf)}") for call in shown)] == []


@pytest.mark.parametrize("page", [*READMES, "CONTRIBUTING.md", "docs/manual/README.md"])
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text(page), re.MULTILINE)) <= targets


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(target)
    assert dead == []


def test_documents_named_in_the_source_exist() -> None:
    named = {name for path in SOURCE.rglob("*.py") for name in re.findall(r"docs/[\w/-]+\.md", path.read_text("utf-8"))}
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_every_kind_of_rule_is_explained() -> None:
    union = get_args(Rule)[0]
    kinds = {get_args(rule.model_fields["kind"].annotation)[0] for rule in get_args(union)}
    assert first_cells(section("docs/methods/scoring.md", "Rules")) == kinds


def test_the_manual_explains_every_error_code() -> None:
    def codes(kind: type[ZhihengError]) -> set[str]:
        # Refusals of the site are for its pages; the manual of the command line lists those of the library.
        children = [child for child in kind.__subclasses__() if child.__module__.startswith("zhiheng.")]
        return {kind.code}.union(*(codes(child) for child in children))

    assert first_cells(section("docs/manual/README.md", "六、出错时")) == codes(ZhihengError)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_described(table: str) -> None:
    assert first_cells(section("docs/methods/case-files.md", table)) == set(TABLES[table])


def test_choices_of_a_column_are_described() -> None:
    said = section("docs/methods/case-files.md", "activities.csv") + section(
        "docs/methods/case-files.md", "metrics.csv"
    )
    choices = (*activities.THEMES, *activities.STATUSES, *activities.ROLES)
    assert [word for word in choices if f"`{word}`" not in said] == []


def test_every_finding_is_described() -> None:
    code = [SOURCE / "pipeline.py", *(SOURCE / "scoring").glob("*.py")]
    ids = {found for path in code for found in re.findall(r"Finding\(\s*\"([a-z_.]+)\"", path.read_text("utf-8"))}
    assert len(ids) > 1
    assert first_cells(section("docs/methods/scoring.md", "Findings")) == ids


@pytest.fixture(scope="module")
def result() -> Result:
    return run(load_case("jilin-2021-example"))


def test_every_key_of_the_public_result_is_described(result: Result) -> None:
    public = as_json(result)
    told = set(re.findall(r"`(\w+)`", section("docs/methods/result.md", "公开形式")))
    units, findings = public["units"], public["findings"]
    assert isinstance(units, list)
    assert isinstance(findings, list)
    keys = {*public, *units[0], *findings[0], *(key for node in units[0]["nodes"] for key in node)}
    assert keys - told == set()


def test_every_key_of_the_saved_result_is_described(result: Result) -> None:
    saved = json.loads(result.to_json())
    told = set(re.findall(r"`(\w+)`", section("docs/methods/result.md", "完整结果")))
    assert {*saved, *saved["units"][0], *saved["nodes"][0]} - told == set()


def test_every_check_and_every_key_of_a_snapshot_is_described() -> None:
    assert first_cells(section("docs/methods/snapshot.md", "核对什么")) == set(TITLES)
    keys = {field.name for field in fields(Manifest)}
    assert first_cells(section("docs/methods/snapshot.md", "清单")) == keys


def test_the_thresholds_of_the_raters_are_those_in_use() -> None:
    assert f"`count` ≥ {LEAST} 且 |`z`| > {Z}" in section("docs/methods/agreement.md", "异常")


def test_the_ladder_is_the_one_in_use() -> None:
    rows = re.findall(r"^\| ([\d.]+) \| (\S+) \|$", section("docs/methods/diagnosis.md", "Ladder"), re.MULTILINE)
    assert tuple((float(rate), word) for rate, word in rows) == Ladder().steps


def test_the_wordings_of_the_reconstruction_are_those_in_use() -> None:
    said = section("docs/methods/reconstruction.md", "Reconstruction")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", said, re.MULTILINE)
    stated = {word: rate for words, rate in rows for word in words.split(", ")}

    def phrase(low: float, high: float | None) -> str:
        if high is None:
            return "1" if low == 1 else f"at least {low:g}"
        return f"{low:g} to under {high:g}" if low else f"under {high:g}"

    assert {word: stated.get(word) for word in RATES} == {word: phrase(*bounds) for word, bounds in RATES.items()}
