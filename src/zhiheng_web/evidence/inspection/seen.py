"""What the readers of the families of files hand back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What reading a file showed.

    Parameters
    ----------
    kind
        Code of its kind.
    pages
        Number of pages, or None where only an office program could tell.
    width
        Width in pixels of a picture, else None.
    height
        Height in pixels of a picture, else None.
    """

    kind: str
    pages: int | None = None
    width: int | None = None
    height: int | None = None
