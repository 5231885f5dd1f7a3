"""What the parts of a framework, their fields and their values are called on its page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SEVERITIES: Mapping[str, str | Promise] = {
    "error": _("错误"), "warning": _("警告"), "info": _("提示"),
}  # fmt: skip
AREAS: Mapping[str, str | Promise] = {
    "indicator": pgettext_lazy("多个", "指标"), "point": pgettext_lazy("多个", "考核要点"),
    "rule": pgettext_lazy("多个", "计分规则"), "grades": _("等次"), "vetoes": _("一票否决"), "settings": _("其他设置"),
    "sources": pgettext_lazy("多个", "来源"),
}  # fmt: skip
CHANGES: Mapping[str, str | Promise] = {
    "added": _("新增"), "removed": _("删去"), "renumbered": _("改号"), "moved": _("移动"), "renamed": _("改文字"),
    "changed": _("改动"),
}  # fmt: skip
FIELDS: Mapping[str, str | Promise] = {
    "number": _("序号"), "short": _("简称"), "marks": _("分值"), "weight": _("权重"), "aggregate": _("汇总方式"),
    "source": _("来源"), "reason": _("理由"), "kind": _("规则"), "evidence": _("佐证材料要求"),
    "precision": _("计分单位"), "each": _("每项分值"), "cap": _("封顶分"), "steps": _("档次"), "fields": _("领域"),
    "open": _("领域是否开放"), "measure": _("计量单位"), "direction": _("方向"), "thresholds": _("分档"),
    "floor": _("零分值"), "target": _("满分值"), "method": _("折算方法"), "ties": _("并列"), "title": _("名称"),
    "text": _("文字"), "below": _("否决线"), "bars": _("排除的等次"), "point": _("考核要点"), "bands": _("分数线"),
    "shares": _("比例"), "rounding": _("取整"), "policy": _("处理办法"), "start": _("起"), "end": _("止"),
    "body": _("发布单位"), "date": _("日期"), "note": _("说明"), "total": _("总分"), "level_names": _("层级名称"),
    "period": _("考核期"), "ranking": _("名次"), "not_applicable": _("不适用的处理"), "subject": _("评价内容"),
    "language": _("语言"), "lone": _("无从比较时"), "coverage": _("覆盖率"),
}  # fmt: skip
TIES: Mapping[str, str | Promise] = {
    "best": _("总分相同的并列，取靠前的名次，后面的名次顺延"), "dense": _("总分相同的并列，后面的名次不顺延"),
    "mean": _("总分相同的取平均名次"),
}  # fmt: skip
POLICIES: Mapping[str, str | Promise] = {
    "leaves_base": _("不适用的要点退出基数，总分按比例折算"), "full": _("不适用的要点计满分"),
    "zero": _("不适用的要点计0分"),
}  # fmt: skip
JOINS: Mapping[str, str | Promise] = {
    "sum": _("相加"), "arithmetic": _("加权平均"), "geometric": _("几何平均"),
}  # fmt: skip
METHODS: Mapping[str, str | Promise] = {
    "minmax": _("按最好与最差折算"), "rank": _("按名次折算"), "percentile": _("按百分位折算"),
}  # fmt: skip
