from __future__ import annotations

import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

import zhiheng_web
from zhiheng_web.config.environment import flag, listed, number, secret, text

WEB = Path(zhiheng_web.__file__).parent
MANUAL = WEB.parents[1] / "docs" / "manual" / "operations.md"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def test_variables_are_read_with_the_prefix(given: pytest.MonkeyPatch) -> None:
    given.setenv("ZHIHENG_NAME", "知")
    given.setenv("ZHIHENG_COUNT", "7")
    given.setenv("ZHIHENG_HOSTS", " a.cn, ,b.cn ")
    assert (text("NAME"), number("COUNT", 1), listed("HOSTS")) == ("知", 7, ["a.cn", "b.cn"])
    assert (text("OTHER", "x"), number("OTHER", 3), listed("OTHER", "y"), flag("OTHER", default=True)) == (
        "x", 3, ["y"], True,
    )  # fmt: skip


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("yes", True), ("ON", True), ("0", False), ("False", False)])
def test_switches_are_read_as_people_write_them(given: pytest.MonkeyPatch, value: str, *, meant: bool) -> None:
    given.setenv("ZHIHENG_SWITCH", value)
    assert flag("SWITCH", default=not meant) is meant


@pytest.mark.parametrize("value", ["ten", "-1", "1.5"])
def test_a_number_that_is_none_is_named(given: pytest.MonkeyPatch, value: str) -> None:
    given.setenv("ZHIHENG_COUNT", value)
    with pytest.raises(ImproperlyConfigured, match="ZHIHENG_COUNT"):
        number("COUNT", 1)


def test_a_switch_that_is_neither_on_nor_off_is_named(given: pytest.MonkeyPatch) -> None:
    given.setenv("ZHIHENG_SWITCH", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="ZHIHENG_SWITCH"):
        flag("SWITCH", default=True)


def test_a_secret_is_made_once_even_when_many_ask_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    module = "from zhiheng_web.config.environment import secret"
    command = [sys.executable, "-c", f"from pathlib import Path; {module}; print(secret(Path({str(folder)!r}), 'k'))"]
    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(lambda _n: subprocess.run(command, capture_output=True, check=True).stdout, range(4))
        said = list(asked)
    assert len(set(said)) == 1
    assert len(said[0].strip()) > 50
    assert [p.name for p in folder.iterdir()] == ["k"]
    assert stat.S_IMODE((folder / "k").stat().st_mode) == 0o600
    assert secret(folder, "k").encode() == said[0].strip()


def test_the_manual_lists_every_variable_and_no_other() -> None:
    code = "".join((WEB / "config" / name).read_text("utf-8") for name in ("settings.py", "files.py"))
    read = {f"ZHIHENG_{name}" for name in re.findall(r"(?:text|number|flag|listed)\(['\"]([A-Z0-9_]+)", code)}
    # The commands read what must not reach the settings.
    read |= set(re.findall(r"ZHIHENG_[A-Z0-9_]+", (WEB / "config" / "commands.py").read_text("utf-8")))
    listed_ = set(re.findall(r"`(ZHIHENG_[A-Z0-9_]+)`", MANUAL.read_text("utf-8")))
    assert listed_ == read - {"ZHIHENG_DEBUG"}
