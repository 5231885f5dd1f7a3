"""The files of deploy/ and the settings they name exist: variables, files, pinned images, hardening, hashes."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
OF_COMPOSE = {"ZHIHENG_DATABASE_PASSWORD"}
"""Variables that only compose.yaml reads."""


def text(path: Path) -> str:
    return path.read_text("utf-8")


def variables(found: str) -> set[str]:
    return set(re.findall(r"\bZHIHENG_[A-Z0-9_]+\b", found))


def documented() -> set[str]:
    table = [line for line in text(ROOT / "docs/manual/operations.md").splitlines() if line.startswith("| `ZHIHENG_")]
    return variables("\n".join(line.split("|")[1] for line in table))


@pytest.mark.parametrize("path", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_a_deployment_file_names_settings_that_exist(path: Path) -> None:
    assert variables(text(path)) <= documented() | OF_COMPOSE


def test_compose_pins_its_images_and_gives_the_site_no_privileges() -> None:
    compose = yaml.safe_load(text(DEPLOY / "compose.yaml"))
    services = compose["services"]
    version = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["version"]
    assert services["database"]["image"] == "postgres:15-bookworm"
    assert services["site"]["image"] == f"zhiheng:{version}"
    assert (DEPLOY / services["site"]["build"]["context"] / services["site"]["build"]["dockerfile"]).is_file()
    assert services["site"]["read_only"] is True
    assert services["site"]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in services["site"]["security_opt"]
    assert all(port.startswith("127.0.0.1:") for port in services["site"]["ports"])
    assert "ports" not in services["database"]
    used = {volume.partition(":")[0] for service in services.values() for volume in service["volumes"]}
    assert used == set(compose["volumes"])
    assert {name for service in services.values() for name in service["networks"]} == set(compose["networks"])


def test_the_image_installs_by_hash_and_runs_as_nobody_special() -> None:
    lines = text(DEPLOY / "Dockerfile")
    bases = re.findall(r"^FROM (\S+)", lines, re.MULTILINE)
    assert set(bases) == {"python:3.11-slim-bookworm"}
    installs = re.findall(r"pip install (.*)", lines)
    assert installs
    assert all("--require-hashes" in words or "--no-index" in words for words in installs)
    assert re.findall(r"^USER (\S+)", lines, re.MULTILINE) == ["zhiheng"]
    allowed = {line[1:] for line in text(ROOT / ".dockerignore").splitlines() if line.startswith("!")}
    copied = {word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", lines, re.MULTILINE) for word in line.split()}
    assert {word.partition("/")[0] for word in copied} <= allowed
    assert all((ROOT / word).exists() for word in copied)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_service_is_hardened_and_starts_a_command_of_ours(unit: Path) -> None:
    lines = text(unit).splitlines()
    for wanted in ("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "User=zhiheng"):
        assert wanted in lines
    assert any(line.startswith("ExecStart=/opt/zhiheng/bin/zhiheng ") for line in lines)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for path in (*UNITS, *DEPLOY.glob("*.timer")):
        # The program is not installed here; everything else is as it will be.
        (tmp_path / path.name).write_text(re.sub(r"/opt/zhiheng/bin/zhiheng", "/bin/true", text(path)))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in done.stderr.splitlines() if "zhiheng" in line]
    assert (done.returncode, own) == (0, [])


@pytest.mark.parametrize("name", ["web", "s3"])
def test_every_requirement_of_an_installation_has_hashes(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", text(ROOT / f"requirements/{name}.txt"))
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert pinned
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []
    assert "://" not in "".join(pinned)


def test_the_proxy_keeps_the_probes_to_itself_and_lets_an_archive_through() -> None:
    nginx = text(DEPLOY / "nginx.conf")
    assert "^/(healthz|readyz|metrics)$" in nginx
    (size,) = re.findall(r"client_max_body_size (\d+)m;", nginx)
    settings = text(ROOT / "src/zhiheng_web/config/settings.py")
    (most,) = re.findall(r'number\("MAX_ARCHIVE_MB", (\d+)\)', settings)
    assert int(size) >= int(most) + 50
