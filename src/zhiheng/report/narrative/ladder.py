"""Words for score rates in running text, and lists of indicators grouped by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhiheng.report.narrative import numbers

Steps = Sequence[tuple[float, str]]
LADDER: Steps = (
    (1.0, "满分"),
    (0.9, "接近满分"),
    (0.8, "优势明显"),
    (0.7, "较好"),
    (0.6, "需继续加强"),
    (0.5, "需积极改善"),
    (0.4, "需重点改善"),
    (0.0, "亟待提高"),
)
"""Default (least rate, word) from the best; the case's own ladder is passed in where it differs."""
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class NodeRate:
    """
    One unit at one indicator.

    Parameters
    ----------
    number
        Code or number as the framework prints it.
    title, short
        Full title and short name for running text.
    score, full
        Marks.
    rate, mean_rate
        Score rate of the unit and of the field, in [0, 1].
    rank
        Rank of the unit at the indicator.
    """

    number: str
    title: str
    short: str
    score: float
    full: float
    rate: float
    mean_rate: float
    rank: int

    @property
    def lost(self) -> float:
        """Marks missing to full marks."""
        return round(self.full - self.score, 9)

    @property
    def lead(self) -> float:
        """Rate above the mean of the field; negative below it."""
        return self.rate - self.mean_rate


def word(rate: float, ladder: Steps = LADDER) -> str:
    """Return the word of the first step that a rate in [0, 1] reaches."""
    return next((w for least, w in ladder if rate >= least - TINY), ladder[-1][1])


def weak(rate: float, ladder: Steps = LADDER) -> bool:
    """Return whether the word of a rate asks for action (需…, 亟待…)."""
    return word(rate, ladder)[:1] in "需亟"


def predicate(rate: float, ladder: Steps = LADDER) -> str:
    """Return the word as a predicate: 满分 becomes 得满分."""
    found = word(rate, ladder)
    return f"得{found}" if found == "满分" else found


def grouped(nodes: Iterable[NodeRate], ladder: Steps = LADDER) -> list[tuple[str, list[NodeRate]]]:
    """Return (predicate, indicators) from the best word down, indicators in printed order."""
    found: dict[str, list[NodeRate]] = {predicate(least, ladder): [] for least, _ in ladder}
    for node in nodes:
        found[predicate(node.rate, ladder)].append(node)
    return [(w, group) for w, group in found.items() if group]


def names(nodes: Sequence[NodeRate], most: int = 4) -> str:
    """Return the short names of indicators as a list; beyond `most` the rest are counted: `甲、乙、丙等5项`."""
    shorts = [n.short for n in nodes]
    # A short name with 和 in it would make the list read as one more item.
    last = "、" if any("和" in s for s in shorts) else "和"
    if len(shorts) <= most:
        return numbers.join(shorts, last)
    return f"{'、'.join(shorts[: most - 1])}等{len(shorts)}项"


def rates(nodes: Sequence[NodeRate]) -> str:
    """Return the rates of indicators in brackets: `得分率92.6%`, `得分率分别为92.6%和95%`."""
    shown = [numbers.percent(n.rate) for n in nodes]
    if len(shown) == 1:
        return f"得分率{shown[0]}"
    same = len(set(shown)) == 1
    return f"得分率均为{shown[0]}" if same else f"得分率分别为{numbers.join(shown)}"
