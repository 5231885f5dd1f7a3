"""Forms of rounds: their settings, windows and units, extensions, reminders and steps to other stages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from zhiheng.framework.rules import Period
from zhiheng_web.accounts.models import Unit
from zhiheng_web.frameworks.queries import framework_of, usable
from zhiheng_web.language import listed
from zhiheng_web.rounds.machine import STAGES, Stage
from zhiheng_web.rounds.models import Round, Window
from zhiheng_web.rounds.picker import keys

REQUIRED_WINDOWS = (Stage.SELF_ASSESSMENT, Stage.VERIFICATION)
MOMENT = "%Y-%m-%dT%H:%M"
_LONGEST_TEXT = 1000
_LONGEST_KEY = 18


def _moment(*, required: bool, label: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(label=label, required=required, widget=widget)


class RoundForm(forms.ModelForm[Round]):
    """Settings of a round in preparation."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    class Meta:
        model = Round
        fields: ClassVar = [
            "title", "code", "framework", "period_start", "period_end", "organisation", "area", "whole", "label",
            "short_label", "previous", "sample_share",
        ]  # fmt: skip
        labels: ClassVar = {
            "framework": gettext_lazy("指标体系"),
            "previous": gettext_lazy("上一轮次"),
        }
        help_texts: ClassVar = {
            "code": gettext_lazy("用于网址和文件名：小写字母、数字、点、下划线、连字符，如 2026-annual"),
            "period_start": gettext_lazy("写成2021、2021-06或者2021-06-30；不填的用指标体系的考核期"),
            "whole": gettext_lazy("报告中对全体评价对象的称呼，如“全省”“全市”"),
            "area": gettext_lazy("如“吉林省”"),
            "label": gettext_lazy("试填或者演示的轮次在此写明，如“示例数据，不是官方数据”；正式考核留空"),
            "short_label": gettext_lazy("图表上的短标注，如“示例”"),
            "previous": gettext_lazy("填报时在旁边显示该轮次的填报内容"),
            "sample_share": gettext_lazy("没有风险的考核要点按此比例抽查，0至100；100为全部核查"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["framework"].queryset = usable()  # type: ignore[attr-defined]  # a choice of models has one
        self.fields["period_start"].required = self.fields["period_end"].required = False
        previous = Round.objects.exclude(stage=Stage.PREPARATION).exclude(pk=self.instance.pk)
        self.fields["previous"].queryset = previous  # type: ignore[attr-defined]  # see above
        self.fields["sample_share"].max_value = 100  # type: ignore[attr-defined]  # a number has one
        self.fields["sample_share"].widget.attrs |= {"min": 0, "max": 100}

    def clean_code(self) -> str:
        """Refuse the one code that is an address of its own."""
        code: str = self.cleaned_data["code"]
        if code == "new":
            raise forms.ValidationError(_("请换一个代码。"))
        return code

    def clean_sample_share(self) -> int:
        """Refuse shares above all."""
        share: int = self.cleaned_data["sample_share"]
        if share > 100:  # noqa: PLR2004 - percent
            raise forms.ValidationError(_("请填写0至100之间的数。"))
        return share

    def clean(self) -> dict[str, Any]:
        """Take the period of the framework where none is given; refuse one that ends early, and half a label."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        # The library refuses a case with half of them: pages would say what the data are, and figures would not.
        for name, other in (("label", "short_label"), ("short_label", "label")):
            if data.get(other) and not data.get(name):
                self.add_error(name, _("数据标注和短标注须同时填写，或者都留空。"))
        framework = data.get("framework")
        if framework is None or "period_start" in self.errors or "period_end" in self.errors:
            return data
        period = framework_of(framework).period
        data["period_start"] = data.get("period_start") or period.start
        data["period_end"] = data.get("period_end") or period.end
        try:
            Period.model_validate({"from": data["period_start"], "to": data["period_end"]})
        except ValidationError:
            self.add_error("period_end", _("考核期的日期不存在，或者结束早于开始。"))
        return data


class WindowsForm(forms.Form):
    """Start and end of every stage after preparation."""

    def __init__(self, *args: Any, windows: Iterable[Window] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = {w.stage: w for w in windows}
        for stage in STAGES[1:]:
            known = there.get(stage)
            for end, name in (("opens_at", _("开始")), ("closes_at", _("截止"))):
                field = _moment(required=stage in REQUIRED_WINDOWS, label=f"{stage.label}{name}")
                field.initial = timezone.localtime(getattr(known, end)) if known else None
                self.fields[f"{stage}_{end}"] = field

    @property
    def rows(self) -> list[tuple[Stage, bool, BoundField, BoundField]]:
        """Return the fields stage by stage, with whether they must be filled in."""
        return [
            (s, s in REQUIRED_WINDOWS, self[f"{s}_opens_at"], self[f"{s}_closes_at"]) for s in STAGES[1:]
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse half a window, ends before starts, and stages that start before the one they follow."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        last = None
        for stage in STAGES[1:]:
            opens, closes = data.get(f"{stage}_opens_at"), data.get(f"{stage}_closes_at")
            if opens is None and closes is None:
                continue
            if opens is None or closes is None:
                missing = "opens_at" if opens is None else "closes_at"
                if f"{stage}_{missing}" not in self.errors:
                    self.add_error(f"{stage}_{missing}", _("开始和截止时间须一起填写。"))
                continue
            if closes <= opens:
                self.add_error(f"{stage}_closes_at", _("截止时间须晚于开始时间。"))
            if last is not None and opens < last:
                self.add_error(f"{stage}_opens_at", _("不能早于前一阶段的开始时间。"))
            last = opens
        return data

    def windows(self) -> list[Window]:
        """Return the windows that were filled in."""
        data = self.cleaned_data
        return [
            Window(stage=s, opens_at=data[f"{s}_opens_at"], closes_at=data[f"{s}_closes_at"])
            for s in STAGES[1:]
            if data.get(f"{s}_opens_at") and data.get(f"{s}_closes_at")
        ]


class UnitsForm(forms.Form):
    """Units of a round: ticked in the tree or chosen in a branch that is not shown, whole levels, codes from a list."""

    units = forms.ModelMultipleChoiceField(Unit.objects.none(), required=False, label=gettext_lazy("评价对象"))
    elsewhere = forms.CharField(required=False, max_length=1_000_000, widget=forms.HiddenInput)
    levels = forms.MultipleChoiceField(
        choices=Unit.Level.choices, required=False, label=gettext_lazy("按级别全选"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    codes = forms.CharField(
        required=False, max_length=100_000, label=gettext_lazy("按代码添加"), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("粘贴一列代码，用换行、空格或者逗号分开"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = Unit.objects.all()  # type: ignore[attr-defined]  # a choice of models has one

    def clean_codes(self) -> list[str]:
        """Refuse codes that no unit has."""
        wanted = list(dict.fromkeys(re.split(r"[\s,，;；、]+", self.cleaned_data["codes"].strip())))
        wanted = [code for code in wanted if code]
        known = set(Unit.objects.filter(code__in=wanted).values_list("code", flat=True))
        unknown = [code for code in wanted if code not in known]
        if unknown:
            words = {"count": len(unknown), "codes": listed(unknown[:10])}
            raise forms.ValidationError(_("有%(count)d个代码不存在：%(codes)s") % words)
        return wanted

    def chosen(self) -> list[Unit]:
        """Return all units that were named in one way or another, in the order of the tree."""
        data = self.cleaned_data
        # Units may be removed while the form is open: what is not there any more is not chosen.
        picked = {unit.pk for unit in data["units"]} | keys([data["elsewhere"]])
        found = []
        for unit in Unit.objects.order_by("path"):
            if unit.pk in picked or unit.level in data["levels"] or unit.code in data["codes"]:
                found.append(unit)  # noqa: PERF401 - a condition of this length reads better here
        return found


class ExtendForm(forms.Form):
    """More time for one unit."""

    until = _moment(required=True, label=gettext_lazy("延长至"))
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=_LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("单位将看到这段文字"),
    )  # fmt: skip


class _Keys(forms.MultipleChoiceField):
    """Primary keys that were ticked; which of them may be used is for the query to say."""

    def clean(self, value: list[str] | None) -> list[int]:
        """Return the numbers among the values."""
        return [int(key) for key in value or () if key.isdecimal() and len(key) <= _LONGEST_KEY]


class RemindForm(forms.Form):
    """A reminder to units that have something to do."""

    SELECTED, ALL = "selected", "unfinished"
    scope = forms.ChoiceField(choices=[(SELECTED, ""), (ALL, "")])
    units = _Keys(required=False)
    text = forms.CharField(max_length=_LONGEST_TEXT, required=False)


class StepForm(forms.Form):
    """A step to another stage."""

    to = forms.ChoiceField(choices=Stage.choices)
    reason = forms.CharField(max_length=_LONGEST_TEXT, required=False)
