"""Claims as JSON and back, for the time between a check and its confirmation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from zhiheng.assessment.claims import Claim, Item, Material, Stance
from zhiheng.marks import plain


def to_plain(claim: Claim) -> dict[str, Any]:
    """Return a claim as JSON holds it."""
    return {
        "point": claim.point,
        "stance": claim.stance,
        "mark": _text(claim.mark),
        "value": _text(claim.value),
        "note": claim.note,
        "items": [
            {
                "text": item.text,
                "date": item.date,
                "component": item.component,
                "count": _text(item.count),
                "materials": [[m.file, m.pages] for m in item.materials],
            }
            for item in claim.items
        ],
    }


def from_plain(data: dict[str, Any]) -> Claim:
    """Return the claim of `to_plain`."""
    items = tuple(
        Item(
            item["text"],
            item["date"],
            item["component"],
            _number(item["count"]),
            tuple(Material(file, pages) for file, pages in item["materials"]),
        )
        for item in data["items"]
    )
    stance = cast("Stance", data["stance"])
    return Claim(data["point"], stance, _number(data["mark"]), _number(data["value"]), data["note"], items)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
