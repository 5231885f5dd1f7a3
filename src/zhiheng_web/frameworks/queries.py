"""Reads of frameworks: the typed model of a version, kept in memory because its text never changes."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from django.db.models import Count, QuerySet

from zhiheng.framework.load import Loaded, load
from zhiheng.framework.model import Framework
from zhiheng_web.frameworks.models import FrameworkVersion


def load_text(text: str, parents: dict[str, str]) -> Loaded:
    """
    Return a framework from its text.

    Parameters
    ----------
    text
        YAML.
    parents
        Texts of frameworks it may extend, by code; built-in ones are found without.

    Raises
    ------
    FrameworkError
        If it is not a valid framework.
    """
    with tempfile.TemporaryDirectory() as folder:
        for code, parent in parents.items():
            Path(folder, f"{Path(code).name}.yaml").write_text(parent, "utf-8")
        path = Path(folder, "framework.yaml")
        path.write_text(text, "utf-8")
        return load(path)


def loaded(version: FrameworkVersion) -> Loaded:
    """Return the typed model of a version with its source lines."""
    return _loaded(version.pk, version.content_hash)


def framework_of(version: FrameworkVersion) -> Framework:
    """Return the typed model of a version."""
    return _loaded(version.pk, version.content_hash).framework


@lru_cache(maxsize=64)
def _loaded(pk: int, content_hash: str) -> Loaded:
    del content_hash  # only makes the key change should a row be replaced
    version = FrameworkVersion.objects.get(pk=pk)
    return load_text(version.text, ancestors(version))


def ancestors(version: FrameworkVersion) -> dict[str, str]:
    """Return the texts of parent, grandparent, ... by code."""
    found = {}
    while version.parent is not None:
        version = version.parent
        found[version.code] = version.text
    return found


def versions() -> QuerySet[FrameworkVersion]:
    """Return all versions with how many rounds use each, without their texts."""
    found = FrameworkVersion.objects.defer("text").select_related("made_by").annotate(uses=Count("rounds"))
    return found.order_by("code", "-made_at")


def usable() -> QuerySet[FrameworkVersion]:
    """Return the versions that a round may use: those without errors."""
    return FrameworkVersion.objects.defer("text").filter(errors=0)
