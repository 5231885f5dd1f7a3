"""Reads what verifiers write: a ruling about one point, a return with remarks, reasons, the share of the sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng.framework.model import Framework
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.verification import REASONS, REASONS_OF, Ruling

MOST_TEXT = 2_000
"""Characters of a reason or a remark."""
USUAL = {"accept": "matches", "not_applicable": "does_not_apply"}
"""Reason of decisions that leave little choice, where none is named."""


class RulingForm(forms.Form):
    """A decision about one point; whether marks and reason fit its rule is for the action to say."""

    act = forms.ChoiceField(
        label=_("核定意见"), choices=Decision.Act.choices, error_messages={"required": _("请选择核定意见。")}
    )
    mark = forms.DecimalField(
        label=_("核定得分"), required=False, max_digits=15, decimal_places=6,
        error_messages={"invalid": _("请填写数字，例如1.5。")},
    )  # fmt: skip
    reason_code = forms.ChoiceField(label=_("理由"), required=False, choices=[("", ""), *REASONS.items()])
    reason = forms.CharField(
        label=_("说明"), required=False, max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    answer_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Fill in the usual reason, and ask for one where there is a choice."""
        super().clean()
        found = self.cleaned_data
        act = found.get("act", "")
        code = found.get("reason_code") or USUAL.get(act, "")
        if act and code not in REASONS_OF[act]:
            self.add_error("reason_code", _("请选择理由。"))
        if act == Decision.Act.ADJUST and found.get("mark") is None and "mark" not in self.errors:
            self.add_error("mark", _("请填写核定得分。"))
        if act and act != Decision.Act.ACCEPT and not found.get("reason", "").strip():
            self.add_error("reason", _("请写明理由，单位将看到这段文字。"))
        found["reason_code"] = code
        return found

    def ruling(self) -> Ruling:
        """Return what was decided."""
        found = self.cleaned_data
        mark = found["mark"] if found["act"] == Decision.Act.ADJUST else None
        return Ruling(found["act"], found["reason_code"], mark, found["reason"])


class ReasonForm(forms.Form):
    """A reason in words."""

    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请说明理由。")},
    )  # fmt: skip


class ReturnForm(forms.Form):
    """A return to the unit: why, until when, and what to change at which points."""

    reason = forms.CharField(
        label=_("退回理由"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请说明理由。")},
    )  # fmt: skip
    due_at = forms.DateTimeField(
        label=_("补正期限"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("期限之前单位可以修改并重新报送。"),
        error_messages={"required": _("请设定补正期限。"), "invalid": _("日期和时间无法识别。")},
    )  # fmt: skip

    def __init__(self, framework: Framework, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.numbers = [point.no for _parent, point in framework.points]
        for no in self.numbers:
            self.fields[f"remark-{no}"] = forms.CharField(
                required=False, max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 2})
            )

    def clean_due_at(self) -> Any:
        """Refuse a deadline that has passed."""
        due = self.cleaned_data["due_at"]
        if due <= timezone.now():
            raise forms.ValidationError(_("补正期限须晚于当前时间。"))
        return due

    def remarks(self) -> Mapping[int, str]:
        """Return what is to be changed, by point."""
        found = {no: self.cleaned_data.get(f"remark-{no}", "").strip() for no in self.numbers}
        return {no: text for no, text in found.items() if text}


class ShareForm(forms.Form):
    """The share of the sampling plan."""

    share = forms.IntegerField(
        label=_("抽查比例（%）"), min_value=0, max_value=100,
        help_text=_("填0至100。100表示每一项都核查，0表示只核查有风险提示的要点。"),
        error_messages={"invalid": _("请填写0至100的整数。"), "required": _("请填写抽查比例。")},
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)
