"""The documented JSON form of a framework and of what the checks find."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from zhiheng.framework.checks import Violation
from zhiheng.framework.model import Framework, Indicator, Point, Veto


def as_json(framework: Framework) -> dict[str, object]:
    """
    Return a framework as plain data: marks as numbers, `parent` null at level 1, `weight` where there are weights.

    The keys are `code`, `version`, `title`, `extends` (where it is a child), `total`, `precision`, `counts` (by level,
    points last), `nodes` and `points`.
    """
    vetoes = {veto.point: veto for veto in framework.vetoes}
    return {
        "code": framework.code,
        "version": framework.version,
        "title": framework.title,
        **({"extends": framework.extends} if framework.extends else {}),
        "total": _number(framework.total),
        "precision": _number(framework.precision),
        "counts": list(framework.counts),
        "nodes": [
            {
                "code": indicator.code,
                "level": level,
                "number": indicator.number,
                "title": indicator.title,
                **_worth(indicator),
                "parent": parent or None,
            }
            for level, parent, indicator in framework.nodes
        ],
        "points": [
            {
                "no": point.no,
                "text": point.text,
                "parent": parent,
                **_worth(point),
                "rule": {key: _plain(value) for key, value in point.rule.model_dump(exclude_none=True).items()},
                "veto": _veto(vetoes.get(point.no)),
            }
            for parent, point in framework.points
        ],
    }


def violations_as_json(violations: Sequence[Violation]) -> list[dict[str, object]]:
    """Return what the checks find as plain data, by line."""
    return [
        {
            "check": v.check,
            "severity": v.severity,
            "message": v.message,
            "file": v.file,
            "line": v.line,
            "field": v.field,
        }
        for v in violations
    ]


def _worth(part: Indicator | Point) -> dict[str, object]:
    worth: dict[str, object] = {"marks": _number(part.marks)}
    return worth if part.weight is None else {**worth, "weight": _number(part.weight)}


def _veto(veto: Veto | None) -> dict[str, object] | None:
    if veto is None:
        return None
    return {"id": veto.id, "below": _number(veto.below), "bars": list(veto.bars), "text": veto.text}


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
