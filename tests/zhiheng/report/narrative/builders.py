"""Plain diagnoses for the tests of the findings."""

from __future__ import annotations

from collections.abc import Sequence

from zhiheng.report.narrative.diagnosis import LostPoint, UnitDiagnosis
from zhiheng.report.narrative.ladder import NodeRate

LEVEL1 = (("整体组织", 27), ("资源保障", 14), ("重点工作", 56), ("工作成效", 3))
LEVEL2 = (("顶层设计", 10), ("机制运行", 17), ("人才经费", 14), ("严保护", 29), ("大保护", 12), ("快保护", 6))
LEVEL3 = (("信息报送", 3), ("督查考核", 5), ("宣传培训", 4), ("案件办理", 6), ("专项行动", 12), ("涉外防控", 5))


def nodes(kinds: Sequence[tuple[str, int]], rates: Sequence[float], mean: float = 0.7) -> tuple[NodeRate, ...]:
    pairs = zip(kinds, rates, strict=True)
    return tuple(
        NodeRate(f"{i}", name, name, round(full * rate, 3), full, rate, mean, 1)
        for i, ((name, full), rate) in enumerate(pairs, 1)
    )


def unit(
    one: Sequence[float] = (0.9, 0.8, 0.7, 1.0),
    two: Sequence[float] = (0.9, 0.8, 0.7, 0.65, 0.5, 0.4),
    three: Sequence[float] = (1.0, 0.8, 0.7, 0.3, 0.5, 0.45),
    *,
    name: str = "甲市",
    total: float = 75.0,
    rank: int | None = 3,
    seat: int = 0,
    veto_note: str = "",
) -> UnitDiagnosis:
    level3 = nodes(LEVEL3, three)
    lost = tuple(
        LostPoint(i, f"{n.short}要点", round(n.lost, 3))
        for i, n in sorted(enumerate(level3, 1), key=lambda p: -p[1].lost)
        if n.lost > 0
    )
    return UnitDiagnosis(
        name, "该市", total, rank, 10, 68.36, nodes(LEVEL1, one), nodes(LEVEL2, two), level3, lost, "良好", veto_note,
        seat=seat,
    )  # fmt: skip
