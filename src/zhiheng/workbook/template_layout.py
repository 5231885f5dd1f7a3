"""What the framework template and its reader must agree on: sheets, columns, and the words for settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhiheng.framework.summary import KIND_ZH, METHOD_ZH

GUIDE, INFO, SOURCES, GRADES, NODES, VETOES = "说明", "基本信息", "来源文件", "等次", "指标和要点", "一票否决"
OURS_ZH = "自定"
"""Word for a setting that no source states."""
OURS_REASON = "模板没有写明来源，按编写单位自定处理"
"""Reason of a setting for which the template names neither source nor reason."""

Words = Mapping[str, str]
KINDS: Words = KIND_ZH
AGGREGATES: Words = {"sum": "分值相加", "arithmetic": "算术平均", "geometric": "几何平均"}
DIRECTIONS: Words = {"higher": "越大越好", "lower": "越小越好"}
METHODS: Words = METHOD_ZH
TIES: Words = {"best": "取最好名次", "mean": "取平均名次", "worst": "取最差名次"}
RANKS: Words = {"best": "取最好名次", "dense": "连续编号", "mean": "取平均名次"}
ROUNDINGS: Words = {"down": "舍去零头", "up": "有零头进一", "nearest": "四舍五入"}
BORDERS: Words = {"better": "都取较高等次", "worse": "都取较低等次"}
POLICIES: Words = {"leaves_base": "退出基数", "full": "按满分计", "zero": "按0分计"}
GRADE_KINDS: Words = {"thresholds": "按分数线", "quota": "按比例"}
YES: Words = {"true": "是", "false": "否"}


@dataclass(frozen=True, slots=True)
class Field:
    """
    A column of a table, or a row of the basic settings.

    Parameters
    ----------
    key
        Key in the framework file, dotted for a setting inside another.
    head
        Head of the column, or name of the setting.
    width
        Width in characters.
    hint
        How to fill it in.
    words
        Words for each value, where only some may be chosen.
    """

    key: str
    head: str
    width: float = 12
    hint: str = ""
    words: Words | None = None


SETTINGS = (
    Field("code", "代码", hint="小写字母、数字、点、横线，例如 province-ip-2025"),
    Field("version", "版本", hint="例如 2025.1；用过的版本不再改，要改就换一个版本"),
    Field("title", "名称", hint="照录"),
    Field("subject", "评价内容", hint="名词短语，用于行文，例如 知识产权保护水平"),
    Field("language", "语言", hint="不填为 zh-CN"),
    Field("extends", "上级体系代码", hint="由上级体系派生的填写，否则不填"),
    Field("total", "总分", hint="例如 100"),
    Field("precision", "计分单位", hint="例如 0.1，表示得分精确到0.1分"),
    Field("level_names", "各级名称", hint="从上到下，用顿号隔开，最后一个是考核要点：一级指标、二级指标、考核要点"),
    Field("period.from", "考核期起", hint="2024-01-01、2024-01 或者 2024；来源和理由写在这一行"),
    Field("period.to", "考核期止", hint="2024-12-31、2024-12 或者 2024"),
    Field("grades.kind", "等次方式", hint="分数线或者比例写在“等次”表", words=GRADE_KINDS),
    Field("grades.rounding", "名额取整", hint="只用于按比例", words=ROUNDINGS),
    Field("grades.ties", "跨线并列", hint="只用于按比例：同分跨在两个等次之间时", words=BORDERS),
    Field(
        "ranking.ties",
        "名次并列",
        hint="最好名次：1、2、2、4；连续编号：1、2、2、3；平均名次：1、2.5、2.5、4",
        words=RANKS,
    ),
    Field("not_applicable.policy", "不适用要点", hint="退出基数的，总分按比例折算", words=POLICIES),
    Field("aggregate", "一级指标汇总", hint="不填：有分值的相加，有权重的算术平均", words=AGGREGATES),
    Field("ambiguities", "疑义", hint="一行一条，写成 编号：内容"),
)
"""Basic settings, one a row."""
SOURCED = ("period.from", "grades.kind", "ranking.ties", "not_applicable.policy")
"""Settings that say where they come from; the reader joins `period.to` to the first."""

_SOURCE = Field("source", "来源", 12, "“来源文件”表里的代号；来源没有规定的写“自定”")
_REASON = Field("reason", "理由", 26, "来源是“自定”的必须写")
SOURCE_COLUMNS = (
    Field("key", "代号", 14, "字母或者数字，别处用它指明来源"),
    Field("title", "文件名称", 50),
    Field("body", "发文机关", 30),
    Field("date", "日期", 14),
    Field("note", "说明", 60),
)
GRADE_COLUMNS = (
    Field("name", "等次", 16, "从高到低，一行一个"),
    Field("value", "下限分或者比例", 18, "按分数线填最低分；按比例填0到1之间的比例"),
)
VETO_COLUMNS = (
    Field("id", "标识", 14, "字母，不重复"),
    Field("point", "要点序号", 10),
    Field("below", "得分低于", 10, "核定得分低于它就否决"),
    Field("bars", "不得评为", 20, "等次名称，用顿号隔开"),
    Field("text", "规则原文", 60),
    _SOURCE,
    _REASON,
)
NODE_COLUMNS = (
    Field("level", "层级", 12),
    Field("code", "代码或要点序号", 12, "指标写代码（字母开头），要点写序号"),
    Field("number", "印刷序号", 9, "只有指标填写"),
    Field("title", "名称或要点原文", 48, "照录"),
    Field("short", "简称", 20),
    Field("marks", "分值", 8, "分值和权重填一个"),
    Field("weight", "权重", 8),
    Field("aggregate", "汇总方式", 11, "只有指标填写", AGGREGATES),
)
"""Columns that describe a node itself."""
RULE_COLUMNS = (
    Field("kind", "计分规则", 10, "只有要点填写，以下同", KINDS),
    Field("evidence", "佐证要求", 36),
    Field("each", "每项分值", 9, "计次、分领域、扣分、加分"),
    Field("cap", "最多", 8, "同上；扣分不填为满分"),
    Field("fields", "领域", 16, "分领域：一行一个"),
    Field("open", "其他领域也计", 9, "分领域：来源写“等”的填是", YES),
    Field("steps", "档次", 22, "评判：占满分的比例，0、0.5、1"),
    Field("measure", "计量单位", 9, "分档、比例、相对"),
    Field("direction", "方向", 11, "分档、相对", DIRECTIONS),
    Field("thresholds", "分档", 14, "一行一档，从易到难，数值：得分"),
    Field("floor", "起点值", 9, "比例：得0分的数值"),
    Field("target", "目标值", 9, "比例：得满分的数值"),
    Field("method", "折算方法", 18, "相对", METHODS),
    Field("ties", "并列名次", 13, "相对", TIES),
    Field("lone", "无可比时的比例", 10, "相对：只有一个地区或者数值全相同"),
    Field("coverage", "最低报送比例", 10, "相对：报送的地区不足就不计分"),
    Field("precision", "本项计分单位", 10, "不填同全体"),
)
PERIOD_COLUMNS = (
    Field("from", "本项考核期起", 12, "不填同全体"),
    Field("to", "本项考核期止", 12),
    Field("period_source", "考核期来源", 12),
    Field("period_reason", "考核期理由", 26),
)
ORIGIN_COLUMNS = (
    Field("rule_source", "规则来源", 12, _SOURCE.hint),
    Field("rule_reason", "规则理由", 26, _REASON.hint),
    _SOURCE,
    _REASON,
    Field("ambiguities", "疑义", 36, "一行一条，编号：内容"),
    Field("titles", "其他写法", 30, "只有指标填写，一行一条，写法｜出处"),
)
GROUPS = (
    ("指标和要点", NODE_COLUMNS),
    ("计分规则（只有要点填写）", RULE_COLUMNS),
    ("本项考核期", PERIOD_COLUMNS),
    ("来源和疑义", ORIGIN_COLUMNS),
)
"""Columns of the tree under their common heads."""
ALL_NODE_COLUMNS = tuple(field for _, fields in GROUPS for field in fields)

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "yes_no": (),
    "judged": ("steps",),
    "per_item": ("each", "cap"),
    "per_field": ("each", "cap", "fields", "open"),
    "steps": ("measure", "direction", "thresholds"),
    "linear": ("measure", "floor", "target"),
    "relative": ("measure", "method", "direction", "ties", "lone", "coverage"),
    "deduct": ("each", "cap"),
    "bonus": ("each", "cap"),
}
"""Columns that each kind of rule reads besides evidence and precision."""


def heads(fields: tuple[Field, ...]) -> dict[str, tuple[str, ...]]:
    """Return the heads of columns by key, as the table reader takes them."""
    return {field.key: (field.head,) for field in fields}
