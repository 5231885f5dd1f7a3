"""The catalogue of quality checks: what each one looks for, how grave it is and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Check:
    """
    One quality check.

    Parameters
    ----------
    id
        Stable name such as `F101`; never reused.
    severity
        `error`: marks or grades would come out wrong; `warning`: should be looked at; `info`: known and recorded.
    message
        Template of the message.
    description
        What the check looks for, for the documentation.
    """

    id: str
    severity: Severity
    message: str
    description: str


_SUMS = (
    Check(
        "F101",
        "error",
        "“{name}”分值为{marks}分，下级指标合计{sum}分，相差{gap}分",
        "指标的分值等于下级指标分值之和",
    ),
    Check(
        "F102", "error", "总分为{marks}分，第一级指标合计{sum}分，相差{gap}分", "总分（`total`）等于第一级指标分值之和"
    ),
    Check(
        "F103",
        "error",
        "“{name}”分值为{marks}分，所属考核要点合计{sum}分，相差{gap}分",
        "最低一级指标的分值等于所属考核要点分值之和",
    ),
    Check(
        "F104", "error", "“{name}”的分值{marks}分里计入了加分项；加分项不属于满分", "加分项（`bonus`）不计入分值之和"
    ),
    Check("F105", "error", "“{name}”下的权重合计为{sum}，应为1或100", "同一上级下的权重之和为1或100"),
    Check(
        "F106",
        "error",
        "“{name}”下有的写分值、有的写权重，应统一",
        "同一上级下不混用分值和权重（加分项除外，它总写分值）",
    ),
    Check("F107", "error", "“{name}”的下级写的是权重，不能用 sum 汇总", "`aggregate: sum` 只用于写分值的下级"),
    Check(
        "F108",
        "warning",
        "“{name}”按几何平均汇总，而“{part}”可能得0分，得0分则整个指标为0",
        "几何平均的各部分都不会得0分",
    ),
    Check("F109", "warning", "“{name}”的权重为0，不起作用", "权重大于0"),
    Check(
        "F110",
        "error",
        "加分项{no}在“{name}”之下，而它按权重汇总，加分不起作用",
        "加分项的各级上级都按分值相加（`sum`）",
    ),
    Check("F111", "error", "“{name}”之下只有加分项，没有满分", "指标之下至少有一个不是加分项的考核要点"),
)
_TREE = (
    Check("F201", "error", "考核要点编号{no}重复", "考核要点编号唯一"),
    Check("F202", "error", "指标代码{code}重复", "指标代码唯一"),
    Check("F203", "warning", "考核要点{no}排在{before}之后，编号没有按顺序", "考核要点按编号从小到大排列"),
    Check("F204", "warning", "考核要点编号有空缺：{missing}", "考核要点编号从1开始连续"),
    Check("F205", "warning", "指标代码{code}排在{before}之后，没有按顺序", "同级、同样写法的指标代码按顺序排列"),
    Check(
        "F206",
        "warning",
        "“{name}”的序号为{number}，前一个为{before}，中间有空缺或重复",
        "同级序号连续，或在新的上级下从1重新开始",
    ),
    Check("F207", "warning", "同级指标名称“{name}”重复", "同级指标名称不重复"),
    Check("F208", "warning", "考核要点{no}与考核要点{before}文字相同", "考核要点文字不重复"),
    Check(
        "F209",
        "error",
        "`level_names` 有{names}个名称，而体系有{depth}层（含考核要点）",
        "`level_names` 的个数等于层数，考核要点在最后",
    ),
    Check("F210", "warning", "“{name}”在第{level}级就有考核要点，别处在第{depth}级", "考核要点都在同一级指标之下"),
    Check(
        "F211",
        "error",
        "指标代码{code}与考核要点的写法（p加编号）相同，`overrides` 无法区分",
        "指标代码不写成 `p` 加编号",
    ),
)
_RULES = (
    Check(
        "F301",
        "warning",
        "考核要点{no}每项{each}分，封顶{cap}分不是它的整数倍，最后一项计不满",
        "封顶分（扣分上限）是每项分的整数倍",
    ),
    Check(
        "F302", "error", "考核要点{no}封顶{cap}分，与分值{marks}分不一致", "计次、分领域计分和加分项的封顶分等于分值"
    ),
    Check("F303", "error", "考核要点{no}最多扣{cap}分，超过分值{marks}分", "扣分上限不超过分值"),
    Check("F304", "error", "考核要点{no}每项{each}分，超过封顶（或扣分上限）{cap}分", "每项分不超过封顶分（扣分上限）"),
    Check(
        "F305",
        "error",
        "考核要点{no}只列出{count}个领域，每个{each}分，最多{most}分，达不到封顶{cap}分",
        "不开放的领域清单足够得到封顶分",
    ),
    Check("F306", "warning", "考核要点{no}的领域“{field}”列了两次", "领域清单没有重复"),
    Check(
        "F307",
        "error",
        "考核要点{no}的{share}档折合{marks}分，不是计分单位{step}的整数倍",
        "评判档次和 `lone` 折合的分数是计分单位的整数倍",
    ),
    Check(
        "F308",
        "error",
        "{name}的分值{marks}分不是计分单位{step}的整数倍",
        "总分、指标和考核要点的分值是计分单位的整数倍",
    ),
    Check(
        "F309",
        "error",
        "{name}写的{marks}分不是计分单位{step}的整数倍",
        "每项分、封顶分、分档分和等次界线是计分单位的整数倍",
    ),
    Check("F310", "error", "考核要点{no}的一档给{marks}分，超过分值{full}分", "分档的分数不超过分值"),
    Check("F311", "error", "考核要点{no}的最高一档只给{marks}分，得不到满分{full}分", "最高一档等于分值"),
    Check(
        "F312",
        "warning",
        "考核要点{no}有{coverage}的对象有数据就开始比较，以后补数据会改变已得的分",
        "相对项等所有对象都有可比数据才计分（`coverage: 1`）",
    ),
    Check(
        "F313",
        "warning",
        "考核要点{no}在无从比较时（只有一个对象，或数据全部相同）得0分",
        "相对项在无从比较时不是0分（`lone` 大于0）",
    ),
    Check(
        "F314",
        "error",
        "考核要点{no}的计分单位{step}不是体系计分单位{base}的整数倍，合计会不准确",
        "考核要点自己的计分单位是体系计分单位的整数倍",
    ),
    Check(
        "F315",
        "warning",
        "考核要点{no}的考核期（{start}至{end}）与体系的考核期没有重合",
        "考核要点自己的考核期与体系的考核期有重合",
    ),
)
_SETTINGS = (
    Check(
        "F401",
        "error",
        "等次“{grade}”要求{low}分，而总分最多{most}分（加分后也不超过），没有对象能达到",
        "等次的分数线不超过总分（加分后也以总分为限）",
    ),
    Check("F402", "error", "一票否决“{veto}”排除了最低等次“{grade}”，受否决的对象没有等次", "一票否决不排除最低等次"),
    Check(
        "F403",
        "warning",
        "一票否决“{veto}”排除了“{grade}”，却没有排除更高的“{higher}”",
        "被排除的等次连同所有更高等次一起排除",
    ),
    Check("F404", "error", "最低等次“{grade}”从{low}分起，低于此分的对象没有等次", "最低等次从0分起"),
    Check("F405", "error", "各等次比例合计{sum}，超过1，后面的等次名额不足", "等次比例之和不超过1"),
    Check("F406", "error", "一票否决“{veto}”指向的考核要点{no}不存在", "一票否决指向已有的考核要点"),
    Check("F407", "error", "一票否决“{veto}”排除的等次“{grade}”不存在", "一票否决排除的是已有的等次"),
    Check(
        "F408",
        "error",
        "一票否决“{veto}”要求不低于{below}分，而考核要点{no}只有{marks}分，“{grade}”没有对象能得到",
        "否决线不高于考核要点的分值",
    ),
    Check("F409", "error", "一票否决的名称“{veto}”重复", "一票否决的名称唯一"),
    Check("F410", "error", "等次名称“{grade}”重复", "等次名称唯一"),
)
_SOURCES = (
    Check("F501", "warning", "{name}没有写来源（`source`）", "设置、指标、考核要点和规则都写明来源"),
    Check("F502", "error", "{name}的来源“{source}”没有在 `sources` 里列出", "来源都列在 `sources` 里，或为 `ours`"),
    Check(
        "F503", "info", "{name}是自行设定：{reason}", "列出来源文件没有规定、由体系编写者设定的内容（`source: ours`）"
    ),
    Check("F504", "info", "来源“{source}”没有被引用", "列出的来源都被引用"),
)
_WORDING = (
    Check("F601", "error", "{name}没有实际内容：“{text}”", "名称、文字和理由不是空白或占位文字"),
    Check("F602", "warning", "考核要点{no}没有说明需要什么佐证材料：“{text}”", "每个考核要点都说明佐证材料"),
    Check(
        "F603", "warning", "考核要点{numbers}的佐证材料说明完全相同", "不同考核要点的佐证材料说明不照抄（三个以上相同）"
    ),
    Check(
        "F604",
        "error",
        "考核要点{no}的文字写“{phrase}”，规则为{expected}",
        "考核要点文字里的分数与分值、每项分、封顶分一致",
    ),
    Check(
        "F605",
        "warning",
        "考核要点{no}按是非计分，而文字含评判用语“{phrase}”",
        "含评判用语的考核要点不用是非规则；已记入 `ambiguities` 的为提示",
    ),
    Check(
        "F606",
        "warning",
        "考核要点{no}的文字带“等”字，而领域清单不开放",
        "文字带“等”的领域清单写 `open: true`；已记入 `ambiguities` 的为提示",
    ),
    Check("F607", "info", "“{name}”在{where}写作“{text}”", "列出已记录的名称差异（`titles`）"),
    Check("F608", "warning", "“{name}”记录的另一种写法与名称相同", "`titles` 里的写法与名称不同"),
    Check("F609", "info", "{name}有已记录的疑义{id}：{text}", "列出已记录的疑义（`ambiguities`）"),
    Check("F610", "warning", "简称“{short}”重复：{name}", "同级的简称不重复，图表才分得清"),
    Check(
        "F611",
        "warning",
        "一票否决“{veto}”的文字不见于考核要点{no}的原文",
        "一票否决的文字照录考核要点原文（自行设定的除外）",
    ),
    Check("F612", "warning", "考核要点{no}的领域“{field}”不见于原文", "领域名称照录考核要点原文（自行设定的除外）"),
)

CATALOGUE: tuple[Check, ...] = _SUMS + _TREE + _RULES + _SETTINGS + _SOURCES + _WORDING
"""All checks, by id."""
BY_ID = MappingProxyType({check.id: check for check in CATALOGUE})


def catalogue_rows() -> tuple[str, ...]:
    """Return the catalogue as rows of a Markdown table, for docs/methods/framework-checks.md."""
    names = {"error": "错误", "warning": "警告", "info": "提示"}
    return tuple(f"| {c.id} | {names[c.severity]} | {c.description} | {c.message} |" for c in CATALOGUE)
