"""The finding about one unit whose marks are intervals: what is shown, what is claimed, what nobody has published."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from zhiheng.report.narrative import numbers
from zhiheng.report.narrative.weaknesses import Point

_MOST = 3


@dataclass(frozen=True, slots=True)
class EvidenceDiagnosis:
    """
    What published material shows of one unit.

    Parameters
    ----------
    name, pronoun
        Name, and what it is called afterwards.
    points
        Count of points that apply.
    confirmed_points, claimed_points
        Points with verified facts, and points where facts are named but not enough.
    confirmed, claimed, possible, full
        Marks: verified, with claimed ones added, upper bound, full marks.
    strongest
        (number, short text, marks) of verified points, most marks first.
    silent
        (number, short text, marks at stake) of points without any published material, most marks first.
    rejected
        The same for points where the material says that nothing is there yet.
    published
        Published total as printed (`82.4`, `>70`), or "".
    seat
        Position in the report, counted from 0.
    """

    name: str
    pronoun: str
    points: int
    confirmed_points: int
    claimed_points: int
    confirmed: float
    claimed: float
    possible: float
    full: float
    strongest: tuple[Point, ...] = ()
    silent: tuple[Point, ...] = ()
    rejected: tuple[Point, ...] = ()
    published: str = ""
    seat: int = 0


def evidence_finding(unit: EvidenceDiagnosis) -> tuple[str, ...]:
    """
    Return the finding as one or two paragraphs; silence is never told as inaction.

    Parameters
    ----------
    unit
        What is shown, claimed and open.
    """
    first = _shown(unit) + _strongest(unit) + _claimed(unit) + _published(unit)
    second = _silent(unit) + _rejected(unit)
    return tuple(p for p in (first, second) if p)


def _shown(unit: EvidenceDiagnosis) -> str:
    if not unit.confirmed_points:
        return f"公开材料尚不足以印证{unit.name}任何一项考核要点的得分。"
    count, sum_ = unit.confirmed_points, numbers.marks(unit.confirmed)
    variants = (
        f"{unit.points}项考核要点中，{unit.name}有{count}项得到公开事实印证，对应{sum_}。",
        f"公开事实可以印证{unit.name}{count}项考核要点，合计{sum_}。",
        f"{unit.name}经公开材料印证的得分为{sum_}，来自{count}项考核要点。",
        f"就公开材料而言，{unit.name}能够确认{sum_}，涉及考核要点{count}项。",
    )
    return variants[unit.seat % len(variants)]


def _strongest(unit: EvidenceDiagnosis) -> str:
    top = unit.strongest[:_MOST]
    if not top:
        return ""
    items = numbers.join([f"第{no}项“{text}”（{numbers.marks(marks)}）" for no, text, marks in top])
    variants = (
        f"其中分值最高的是{items}。",
        f"其中{items}依据完整。",
        f"分值较高的有{items}。",
        f"{items}的事实清楚。",
        f"可确认的要点以{items}为主。",
    )
    return variants[unit.seat % len(variants)]


def _claimed(unit: EvidenceDiagnosis) -> str:
    extra = round(unit.claimed - unit.confirmed, 6)
    if not unit.claimed_points or extra <= 0:
        return ""
    count, more, both = unit.claimed_points, numbers.marks(extra), numbers.marks(unit.claimed)
    ceiling = numbers.marks(unit.possible)
    variants = (
        f"另有{count}项已有材料提及，但依据不完整，待核查后最多可再确认{more}；得分上限为{ceiling}。",
        f"还有{count}项只有部分依据，涉及{more}，待核查；两类合计{both}，上限{ceiling}。",
        f"尚待核查的有{count}项、{more}，核实后得分可达{both}，未公开部分全部成立时为{ceiling}。",
        f"{count}项要点的材料有待核查，牵涉{more}；如全部属实，可确认的得分升至{both}，上限{ceiling}。",
        f"待核材料分布在{count}项要点上，最多增加{more}至{both}，得分不会超过{ceiling}。",
        f"只有线索而证据不足的要点{count}项，核实前暂列{more}，连同已确认部分为{both}，上限为{ceiling}。",
        f"另{count}项须补充数量或文件方能认定，可认定的部分至多{more}，届时为{both}，上限{ceiling}。",
    )
    return variants[unit.seat % len(variants)]


def _published(unit: EvidenceDiagnosis) -> str:
    text = unit.published
    if not text:
        return ""
    low = Decimal(text.lstrip(">="))
    bound = text.startswith(">")
    verb, least = ("超过", "至少") if bound else ("为", "")
    name = f"超过{low}分" if bound else f"{low}分"
    gap = low - Decimal(str(unit.claimed))
    if gap <= 0:
        return f"公布的总分{verb}{low}分，没有超出公开事实所能支持的范围。"
    more, both = numbers.marks(gap), numbers.marks(unit.claimed)
    variants = (
        f"公布的总分{verb}{low}分，比核实和待核事实合计的{both}{least}高{more}，差额来自未公开的材料。",
        f"公布的结果{verb}{low}分，其中{least}{more}在公开事实中找不到依据，本报告不作推算。",
        f"与公布的{name}相比，公开事实最多支持{both}，{least}相差{more}。",
        f"总分公布{verb}{low}分；公开事实合计{both}，其余{least}{more}须凭未公开的评审材料核对。",
        f"公布的{name}与公开事实之间{least}有{more}的差距，只能作为已公布的结果引用。",
    )
    return variants[unit.seat % len(variants)]


def _silent(unit: EvidenceDiagnosis) -> str:
    if not unit.silent:
        return ""
    top = [f"第{no}项“{text}”（{numbers.marks(marks)}）" for no, text, marks in unit.silent[:_MOST]]
    count, most = len(unit.silent), numbers.join(top)
    stake = numbers.marks(round(sum(p[2] for p in unit.silent), 6))
    bound = "，如" if count > len(top) else "，即"
    variants = (
        f"尚无公开材料的要点有{count}项，共{stake}{bound}{most}，对此不作肯定或否定判断。",
        f"公开材料未涉及{count}项要点{bound}{most}；材料缺失不等于工作缺失，相关{stake}留待补充佐证。",
        f"{unit.pronoun}有{count}项要点查不到公开材料，分值合计{stake}{bound}{most}，有关情况须由报送单位补充说明。",
        f"{count}项要点没有见到公开材料{bound}{most}，牵涉{stake}，开展与否均不能由此推断。",
        f"尚缺公开材料、需要补充佐证的要点共{count}项、{stake}{bound}{most}。",
    )
    return variants[unit.seat % len(variants)]


def _rejected(unit: EvidenceDiagnosis) -> str:
    if not unit.rejected:
        return ""
    items = numbers.join([f"第{no}项“{text}”" for no, text, _ in unit.rejected[:_MOST]])
    more = f"等{len(unit.rejected)}项" if len(unit.rejected) > _MOST else ""
    return f"现有材料表明，{items}{more}尚未达到得分条件。"
