"""Fixtures that the tests of the library share."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builders import tiny_framework

from zhiheng.assessment.case import Case, Settings
from zhiheng.framework.model import Framework


@pytest.fixture
def tiny() -> Framework:
    return tiny_framework()


@pytest.fixture
def settings() -> Callable[..., Settings]:
    def make(names: list[str], basis: str = "confirmed", **more: object) -> Settings:
        return Settings.model_validate(
            {
                "code": "case",
                "title": "案例",
                "kind": "evidence",
                "framework": "tiny",
                "ranking": {"basis": basis, "source": "ours", "reason": "测试"},
                "report": {"title": "报告", "organisation": "单位", "date": "2021-09", "area": "某省"},
                "units": [{"code": f"c{i}", "name": name} for i, name in enumerate(names)],
                **more,
            }
        )

    return make


@pytest.fixture
def case(tiny: Framework, settings: Callable[..., Settings]) -> Callable[..., Case]:
    def make(
        names: list[str] | None = None, *, rules: Framework | None = None, basis: str = "confirmed", **tables: object
    ) -> Case:
        return Case(settings(names or ["甲市", "乙市", "丙市"], basis), rules or tiny, **tables)  # type: ignore[arg-type]

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a case folder that uses the built-in framework; tables as text by file name."""

    def make(**tables: str) -> Path:
        (tmp_path / "case.yaml").write_text(
            "code: mini\ntitle: 小案例\nkind: evidence\nframework: jilin-ip-2021\n"
            "ranking: {basis: confirmed, source: ours, reason: 测试}\n"
            "report: {title: 报告, organisation: 单位, date: 2021-09, area: 某省}\n"
            'units:\n  - {code: "1", name: 甲市}\n  - {code: "2", name: 乙市}\n',
            "utf-8",
        )
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        return tmp_path

    return make


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Path]:
    """Convert a file with LibreOffice, which CI must have; the kind is a suffix, with a filter after a colon."""
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("soffice is missing, and CI must open the files")
        pytest.skip("soffice is not installed")
    profile = tmp_path_factory.mktemp("profile").as_uri()

    def convert(source: Path, kind: str) -> Path:
        folder = tmp_path_factory.mktemp("converted")
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind]
        subprocess.run([*command, "--outdir", folder, source], check=True, capture_output=True, timeout=180)
        return folder / f"{source.stem}.{kind.partition(':')[0]}"

    return convert
