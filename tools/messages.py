"""Collects the texts of the site into locale/en and compiles every catalogue; needs GNU gettext."""

from __future__ import annotations

import ast
import contextlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages

SITE = Path(__file__).resolve().parent.parent / "src" / "zhiheng_web"
LOCALE = SITE / "locale"
MOVING = ('"POT-Creation-Date:', '"PO-Revision-Date:')
"""Lines of the header that would change with every run."""


class Collect(makemessages.Command):
    """Django's command, which never guesses a translation from a similar text."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]  # noqa: RUF012 - as in Django


def reveal(path: Path) -> None:
    """Repeat the calls inside f-strings at the end of a file: GNU gettext sees nothing in f-strings."""
    source = path.read_text(encoding="utf-8")
    strings = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    calls = [ast.unparse(node) for each in strings for node in ast.walk(each) if isinstance(node, ast.Call)]
    path.write_text("\n".join([source, *calls, ""]), encoding="utf-8")


def collect(language: str) -> None:
    """Bring the catalogue of a language up to the sources; texts that are gone are dropped."""
    catalogue = Path(language) / "LC_MESSAGES" / "django.po"
    with tempfile.TemporaryDirectory() as name:
        # A copy, because the command writes its work files beside the templates.
        copy = Path(name) / SITE.name
        shutil.copytree(SITE, copy, ignore=shutil.ignore_patterns("static", "migrations", "__pycache__"))
        (copy / "locale").mkdir(exist_ok=True)
        for path in copy.rglob("*.py"):
            reveal(path)
        with contextlib.chdir(copy):
            call_command(Collect(), locale=[language], add_location="file", no_wrap=True, no_obsolete=True, verbosity=0)
        lines = (copy / "locale" / catalogue).read_text(encoding="utf-8").splitlines(keepends=True)
    (LOCALE / catalogue).parent.mkdir(parents=True, exist_ok=True)
    kept = "".join(line for line in lines if not line.startswith(MOVING))
    (LOCALE / catalogue).write_text(kept, encoding="utf-8")


def compile_all() -> None:
    """Compile every catalogue and print how much of it is translated."""
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        print(source.relative_to(LOCALE), end=": ", flush=True)
        command = ["msgfmt", "--check-format", "--statistics", "--output-file", str(source.with_suffix(".mo"))]
        subprocess.run([*command, str(source)], check=True, stderr=subprocess.STDOUT)


def main() -> int:
    """Do both, and return 0."""
    settings.configure()
    django.setup()
    # locale/zh_Hans holds only other libraries' texts in our words; it is written by hand.
    collect("en")
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
