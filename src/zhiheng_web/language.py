"""The language of what is kept or sent, which is that of the site, and how words are put together in any."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _


def site_language() -> AbstractContextManager[None]:
    """Return a context in which texts come in the language of the site: notices, letters, sheets, the log."""
    return translation.override(settings.LANGUAGE_CODE)


def listed(words: Iterable[object]) -> str:
    """Return words as a sentence lists them: `甲、乙`."""
    return _("、").join(str(each) for each in words)


def clauses(parts: Iterable[object]) -> str:
    """Return what may hold commas itself, one after the other: `甲，乙；丙`."""
    return _("；").join(str(each) for each in parts)


def headed(*parts: object) -> str:
    """Return what a text is about and the text: `甲：乙`; empty parts are left out."""
    return _("：").join(str(each) for each in parts if each)


def bracketed(text: object, note: object) -> str:
    """Return a text with a note behind it: `甲（乙）`."""
    return _("%(text)s（%(note)s）") % {"text": text, "note": note}
