"""Fixtures of the tests of evidence."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from zhiheng_web.evidence.inspection import EvidenceRefusedError, Inspected, Limits, inspect_file


@pytest.fixture
def put(tmp_path: Path) -> Callable[[bytes, str], Path]:
    """Write an upload to disk."""

    def write(content: bytes, name: str = "upload") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def accept(put: Callable[[bytes, str], Path]) -> Callable[..., Inspected]:
    """Inspect an upload that must pass."""

    def inspect(content: bytes, name: str, limits: Limits | None = None) -> Inspected:
        return inspect_file(put(content, "upload"), name, limits or Limits())

    return inspect


@pytest.fixture
def refuse(put: Callable[[bytes, str], Path]) -> Callable[..., EvidenceRefusedError]:
    """Inspect an upload that must be refused and return the refusal."""

    def inspect(content: bytes, name: str, limits: Limits | None = None) -> EvidenceRefusedError:
        with pytest.raises(EvidenceRefusedError) as caught:
            inspect_file(put(content, "upload"), name, limits or Limits())
        return caught.value

    return inspect


@pytest.fixture
def converted(tmp_path: Path) -> Callable[[bytes, str, str], bytes]:
    """Let LibreOffice save a file as another kind."""

    def convert(content: bytes, source: str, target: str) -> bytes:
        office = shutil.which("soffice")
        if office is None:
            if os.environ.get("CI"):
                pytest.fail("soffice is missing, and CI must convert the files")
            pytest.skip("soffice is not installed")
        path = tmp_path / f"source.{source}"
        path.write_bytes(content)
        profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
        command = [office, profile, "--headless", "--convert-to", target, "--outdir", str(tmp_path), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return (tmp_path / f"source.{target}").read_bytes()

    return convert
