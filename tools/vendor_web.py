"""Rebuild the vendored front-end files of the site from their npm packages, whose hashes are recorded here."""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

_TARGET = Path(__file__).resolve().parents[1] / "src/zhiheng_web/site/static/vendor"
_SOURCE_MAP = re.compile(r"\n?(?://#|/\*#) sourceMappingURL=\S+(?: \*/)?")

# The names that templates and scripts of the site may use.
_ICONS = (
    "adjustments",
    "activity",
    "alert-circle",
    "alert-triangle",
    "archive",
    "arrow-back-up",
    "arrow-left",
    "arrow-right",
    "arrows-sort",
    "ban",
    "bell",
    "bell-ringing",
    "building",
    "building-community",
    "bulb",
    "calendar",
    "calendar-due",
    "calendar-plus",
    "chart-bar",
    "check",
    "checklist",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle",
    "circle-check",
    "circle-dashed",
    "circle-x",
    "clipboard-check",
    "clipboard-list",
    "clock",
    "copy",
    "database",
    "device-desktop",
    "dots",
    "download",
    "edit",
    "external-link",
    "eye",
    "file-description",
    "file-spreadsheet",
    "file-text",
    "file-type-pdf",
    "file-zip",
    "filter",
    "flag",
    "folder",
    "gavel",
    "help",
    "history",
    "home",
    "hourglass",
    "inbox",
    "info-circle",
    "key",
    "keyboard",
    "language",
    "layout-list",
    "link",
    "list-check",
    "list-details",
    "list-tree",
    "lock",
    "lock-check",
    "login",
    "logout",
    "mail",
    "map-pin",
    "menu-2",
    "message",
    "minus",
    "paperclip",
    "percentage",
    "photo",
    "player-pause",
    "player-play",
    "plus",
    "point",
    "printer",
    "refresh",
    "report",
    "scale",
    "search",
    "send",
    "settings",
    "shield-check",
    "shield-lock",
    "sitemap",
    "stack-2",
    "sum",
    "table",
    "trash",
    "trending-up",
    "upload",
    "user",
    "user-check",
    "user-plus",
    "users",
    "users-group",
    "world",
    "x",
)


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: where it comes from, what its tarball hashes to and which of its files ship."""

    name: str
    version: str
    sha256: str
    folder: str
    files: tuple[tuple[str, str], ...]


_PACKAGES = (
    Package(
        "@tabler/core",
        "1.6.1",
        "d02d679e51f6c179b21f035e154c13cdcb2ae8b18579e56ea606408ba7fc7a87",
        "tabler-1.6.1",
        (("dist/css/tabler.min.css", "tabler.min.css"), ("dist/js/tabler.min.js", "tabler.min.js")),
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "165a2655073e9e6e55e307a7c74e8ebcdb76afb7701f9c16cfd106a13add408e",
        "htmx-2.0.11",
        (("dist/htmx.min.js", "htmx.min.js"), ("LICENSE", "LICENSE")),
    ),
    Package(
        "@tabler/icons",
        "3.52.0",
        "626620c7d42afd2f294fba167ce4653b5cb946336d186b4991c70b700e5616af",
        "tabler-icons-3.52.0",
        (("LICENSE", "LICENSE"),),
    ),
)


def fetch(package: Package, folder: Path) -> Path:
    """Return the unpacked ``package`` folder of one npm package after its tarball's hash has been checked."""
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    tarball = folder / done.stdout.strip().splitlines()[-1]
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != package.sha256:
        sys.exit(f"{package.name}@{package.version}: expected {package.sha256}, got {found}")
    with tarfile.open(tarball) as archive:
        archive.extractall(folder / package.folder, filter="data")
    return folder / package.folder / "package"


def without_source_map(text: str) -> str:
    """Drop the pointer to a source map that is not shipped: the hashing file storage would look for it."""
    return _SOURCE_MAP.sub("", text)


def copy_files(package: Package, source: Path, target: Path) -> None:
    """Copy the files of one package into its versioned folder; folders of other versions go."""
    stem = package.folder.rsplit("-", 1)[0]
    for old in target.parent.glob(f"{stem}-[0-9]*"):
        shutil.rmtree(old)
    target.mkdir(parents=True)
    for inside, name in package.files:
        text = (source / inside).read_text(encoding="utf-8")
        (target / name).write_text(without_source_map(text).rstrip() + "\n", encoding="utf-8")


def write_tabler_license(core: Path, icons: Path) -> None:
    """Write Tabler's licence, which its package states in a banner only, with those of the parts it bundles."""
    banner = (core / "tabler.min.css").read_text(encoding="utf-8")
    holders = re.findall(r"\* (Copyright [^\n]+)", banner.split("*/")[0])
    bundled = (
        "Copyright 2011-2025 The Bootstrap Authors (Bootstrap, bundled)",
        "Copyright 2019 Federico Zivolo (Popper, bundled)",
    )
    terms = (icons / "LICENSE").read_text(encoding="utf-8").split("Permission is hereby granted", 1)[1]
    notice = "\n".join((*holders, *bundled))
    text = f"MIT License\n\n{notice}\n\nPermission is hereby granted{terms}"
    (core / "LICENSE").write_text(text, encoding="utf-8")


def symbol(name: str, svg: str) -> str:
    """Return one icon as a sprite symbol that takes colour and size from where it is used."""
    paths = re.findall(r"<(?:path|circle|rect|line)\b[^>]*/>", svg)
    drawn = "".join(" ".join(path.split()) for path in paths if 'd="M0 0h24v24H0z"' not in path)
    style = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {style}>{drawn}</symbol>'


def write_sprite(source: Path, target: Path) -> None:
    """Write the icons of the site into one SVG file of symbols."""
    symbols = [symbol(name, (source / f"icons/outline/{name}.svg").read_text(encoding="utf-8")) for name in _ICONS]
    body = "\n".join(symbols)
    (target / "sprite.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n', encoding="utf-8")


def main() -> None:
    """Fetch, check and write every package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=_TARGET, help="folder to write to")
    target: Path = parser.parse_args().target
    with tempfile.TemporaryDirectory() as scratch:
        sources = {package.name: fetch(package, Path(scratch)) for package in _PACKAGES}
        for package in _PACKAGES:
            copy_files(package, sources[package.name], target / package.folder)
            print(f"{package.name} {package.version} -> {target.name}/{package.folder}")
        core, _, icons = (target / package.folder for package in _PACKAGES)
        write_sprite(sources["@tabler/icons"], icons)
        write_tabler_license(core, icons)


if __name__ == "__main__":
    main()
