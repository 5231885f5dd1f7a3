"""Filters over lists as `components/table_tools.html` shows them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _


def select(name: str, label: str, choices: Iterable[tuple[str, str]], chosen: str) -> dict[str, object]:
    """Return a filter with “all” before its choices."""
    options = [{"value": value, "label": text, "selected": value == chosen} for value, text in choices]
    return {"name": name, "label": label, "options": [{"value": "", "label": _("全部"), "selected": False}, *options]}
