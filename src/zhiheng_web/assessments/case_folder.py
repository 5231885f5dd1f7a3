"""A round as a case folder that the library reads: what the site shows can be recomputed without the site."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from django.utils.translation import gettext as _

from zhiheng.assessment.facts import Decision, Fact
from zhiheng.assessment.write import write_decisions, write_facts, write_text
from zhiheng_web.assessments.content import Progress, empty_content, parts_of
from zhiheng_web.assessments.engine import round_case
from zhiheng_web.frameworks.queries import ancestors
from zhiheng_web.rounds.models import Round

FRAMEWORK = "framework.yaml"
"""Name of the file with the rules in the folder."""
STAMP = (1980, 1, 1, 0, 0, 0)
"""Time of every entry: the same round gives the same bytes."""


def write_folder(round_: Round, folder: Path, progress: Progress | None = None) -> None:
    """
    Write a round as a case folder, as it stands.

    Parameters
    ----------
    round_
        A round with units.
    folder
        An empty folder. It gets the settings, the rules with those that they extend, facts, decisions and a note.
    progress
        Called with (units done, units in all) now and then.
    """
    content = empty_content(round_)
    names = {unit.code: unit.name for unit in content.units}
    decisions: list[Decision] = []

    def facts() -> Iterator[Fact]:
        for more, decided in parts_of(round_, progress=progress):
            decisions.extend(decided)
            yield from more

    write_facts(folder / "facts.csv", facts(), names)
    write_decisions(folder / "decisions.csv", decisions, names)
    case = round_case(replace(content, decisions=tuple(decisions)))
    settings = case.settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    settings["framework"] = FRAMEWORK
    write_text(folder / "case.yaml", yaml.safe_dump(settings, allow_unicode=True, sort_keys=False))
    write_text(folder / FRAMEWORK, round_.framework.text)
    for code, text in ancestors(round_.framework).items():
        write_text(folder / f"{Path(code).name}.yaml", text)
    write_text(folder / "README.txt", _note(round_))


def _note(round_: Round) -> str:
    lines = (
        _("%(title)s：由知衡系统导出的案例文件夹。") % {"title": round_.title},
        _("解压后运行下面的命令，可以离线复算得分、生成报告；得分与系统中显示的一致。"),
        f"zhiheng score {round_.code}",
        f"zhiheng report {round_.code} --out out",
    )
    return "\n".join(lines) + "\n"


def write_zip(round_: Round, target: Path, progress: Progress | None = None) -> None:
    """Write a round as a ZIP with one folder named by its code; see `write_folder`."""
    with TemporaryDirectory(dir=target.parent) as name, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        folder = Path(name)
        write_folder(round_, folder, progress)
        for path in _sorted_files(folder):
            entry = zipfile.ZipInfo(f"{round_.code}/{path.name}", STAMP)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, path.read_bytes())


def _sorted_files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.iterdir())
