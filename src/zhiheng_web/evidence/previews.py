"""Pages of evidence as pictures: drawn once at a few widths, kept beside the database for a week."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.cache.backends.filebased import FileBasedCache
from django.utils.translation import gettext as _

from zhiheng_web.evidence.actions import EvidenceRefused
from zhiheng_web.evidence.inspection import KINDS, EvidenceRefusedError, render_page
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.queries import limits
from zhiheng_web.evidence.store import local_content
from zhiheng_web.evidence.wording import why

WIDTHS = (400, 1000, 1600, 2200)
"""Widths in pixels that are drawn; a request for another gets the next one."""
DAY = 86_400
"""Seconds of a day."""
DAYS = 7
"""Days that a drawn page is kept."""
MOST_KEPT = 4_000
"""Pages kept; beyond, some of the others go."""


def _cache() -> FileBasedCache:
    """Return a cache of its own, so that pages do not push counts of rate limits out of the common one."""
    return FileBasedCache(str(_folder()), {"TIMEOUT": DAYS * DAY, "OPTIONS": {"MAX_ENTRIES": MOST_KEPT}})


def _folder() -> Path:
    return Path(settings.DATA) / "previews"


def can_preview(file: EvidenceFile) -> bool:
    """Return whether pages of a file can be drawn."""
    return KINDS[file.kind].family in {"pdfs", "pictures"}


def fitting_width(wanted: int) -> int:
    """Return the width that is drawn for a wanted one."""
    return next((width for width in WIDTHS if width >= wanted), WIDTHS[-1])


def preview(file: EvidenceFile, page: int, width: int) -> bytes:
    """
    Return a page as PNG.

    Parameters
    ----------
    file, page
        The file, and the page from 1.
    width
        One of `WIDTHS`.

    Raises
    ------
    EvidenceRefused
        If the kind has no preview, there is no such page, or it cannot be drawn within the limits.
    ContentMissing
        If the content is not there.
    """
    cache, key = _cache(), f"{file.sha256}-{page}-{width}"
    drawn = cache.get(key)
    if drawn is None:
        with local_content(file.sha256) as path:
            try:
                drawn = render_page(path, file.kind, page, width, limits())
            except EvidenceRefusedError as error:
                words = {"name": file.name[:80], "why": why(error)}
                raise EvidenceRefused(_("“%(name)s”：%(why)s") % words, error.code) from error
        cache.set(key, drawn)
    return bytes(drawn)


def sweep_previews(now: datetime) -> None:
    """Take away pages that were drawn longer ago than they are kept."""
    folder = _folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stat().st_mtime < now.timestamp() - DAYS * DAY:
            path.unlink(missing_ok=True)
