"""Small frameworks that the tests of the library build on."""

from __future__ import annotations

from typing import Any

from zhiheng.framework.model import Framework

SOURCE = {"source": "doc"}


def point(no: int, kind: str, marks: object = None, weight: object = None, **rule: object) -> dict[str, Any]:
    worth: dict[str, object] = {"marks": marks} if weight is None else {"weight": weight}
    return {
        "no": no,
        "text": f"要点{no}",
        **worth,
        **SOURCE,
        "rule": {"kind": kind, "evidence": "材料", **SOURCE, **rule},
    }


def framework(indicators: list[dict[str, Any]], **settings: object) -> Framework:
    data: dict[str, Any] = {
        "code": "tiny",
        "version": "1",
        "title": "小体系",
        "sources": {"doc": {"title": "文件"}},
        "total": 10,
        "precision": "0.1",
        "level_names": ["一级指标", "考核要点"],
        "period": {"from": "2020", "to": "2021-06", **SOURCE},
        "grades": {
            "kind": "thresholds",
            **SOURCE,
            "bands": [{"name": "优", "from": 8}, {"name": "良", "from": 5}, {"name": "差", "from": 0}],
        },
        "vetoes": [{"id": "v", "point": 1, "below": 4, "bars": ["优"], "text": "未做不评优", **SOURCE}],
        "ranking": {"ties": "best", **SOURCE},
        "not_applicable": {"policy": "leaves_base", **SOURCE},
        "indicators": indicators,
    }
    return Framework.model_validate(data | settings)


def indicator(code: str, points: list[dict[str, Any]], marks: object = None, **more: object) -> dict[str, Any]:
    return {"code": code, "title": f"指标{code}", "marks": marks, "points": points, **SOURCE, **more}


def tiny_framework() -> Framework:
    """Two indicators, four points, 10 marks: yes/no 4, judged 2, per item 1, per field 3."""
    return framework(
        [
            indicator("A", [point(1, "yes_no", 4), point(2, "judged", 2, steps=[0, "0.5", 1])], 6),
            indicator(
                "B",
                [
                    point(3, "per_item", 1, each="0.2", cap=1),
                    point(4, "per_field", 3, each=1, cap=3, fields=["专利", "商标", "著作权", "地理标志"]),
                ],
                4,
            ),
        ]
    )
