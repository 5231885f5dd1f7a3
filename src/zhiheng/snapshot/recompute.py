"""The result of a case folder that is held as bytes, computed without a look at anything outside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from zhiheng.assessment.load import load_case
from zhiheng.errors import CaseError, Problem
from zhiheng.framework.yaml_lines import read
from zhiheng.pipeline import Progress, run
from zhiheng.scoring.result import Result

SETTINGS = "case.yaml"
MAX_RULES = 1_000_000
"""Larger YAML is refused unread: a minute's reading; the settings of 3,000 units take 160 kB."""
MAX_PARENTS = 8
"""Most files of rules, each extending the next."""
_FILE = re.compile(r"\w[\w.-]*\.yaml")


def recomputed(files: Mapping[str, bytes], progress: Progress | None = None) -> Result:
    """
    Score a case.

    Parameters
    ----------
    files
        Content of the files of the folder, by name.
    progress
        Called with (units done, units in all) now and then.

    Raises
    ------
    InputError
        If the files are not a case, or need a framework or a case that is not among them.
    """
    _check_closed(files)
    with TemporaryDirectory(prefix="zhiheng-") as name:
        folder = Path(name)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        return run(load_case(folder), progress)


def _check_closed(files: Mapping[str, bytes]) -> None:
    """Refuse a case that names a file outside: it could change, or be none of the reader's business."""
    settings = _top(files, SETTINGS)
    if settings.get("based_on"):
        raise _refused(SETTINGS, "It is based on another case; a snapshot holds everything itself.", "based_on")
    name: object = settings.get("framework")
    seen: set[str] = set()
    file, key = SETTINGS, "framework"
    while name:
        if not (isinstance(name, str) and _FILE.fullmatch(name) and name in files) or name in seen:
            raise _refused(file, "The rules must be a file of the folder.", key)
        if len(seen) == MAX_PARENTS:
            raise _refused(file, f"More than {MAX_PARENTS} files of rules extend each other.", key)
        seen.add(name)
        parent = _top(files, name).get("extends")
        file, key, name = name, "extends", f"{parent}.yaml" if parent else None


def _top(files: Mapping[str, bytes], file: str) -> Mapping[str, object]:
    data = files.get(file)
    if data is None:
        raise _refused(file, "The file is missing.")
    if len(data) > MAX_RULES:
        raise _refused(file, f"The file is larger than {MAX_RULES} bytes.")
    try:
        top = read(data.decode("utf-8-sig"), file).data
    except UnicodeDecodeError as error:
        raise _refused(file, "The file is not UTF-8 text.") from error
    return {str(key): value for key, value in top.items()} if isinstance(top, dict) else {}


def _refused(file: str, why: str, field: str = "") -> CaseError:
    return CaseError("The case folder is not self-contained.", [Problem(why, file, None, field)])
