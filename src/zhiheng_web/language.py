"""The language of what is kept or sent: that of the site, not that of the person who happens to act."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.utils import translation


def site_language() -> AbstractContextManager[None]:
    """Return a context in which texts come in the language of the site: notices, letters, sheets, the log."""
    return translation.override(settings.LANGUAGE_CODE)
