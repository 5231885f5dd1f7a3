"""Reads what people write about rectification items."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.errors import ZhihengError
from zhiheng.marks import Precision
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.rectification.actions import Report
from zhiheng_web.rectification.engine import Lost
from zhiheng_web.rectification.issuing import Terms
from zhiheng_web.rounds.forms import MOMENT

MOST_TEXT = 2_000
"""Characters of a text."""


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    words = {"required": gettext_lazy("请设定期限。"), "invalid": gettext_lazy("请填写日期和时间。")}
    return forms.DateTimeField(label=label, widget=widget, error_messages=words)


def _text(label: Any, *, required: bool = True, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": rows}), **more
    )  # fmt: skip


class TermsForm(forms.Form):
    """What is issued to all units, and on which terms."""

    at_least = forms.DecimalField(
        label=gettext_lazy("失分不少于"), min_value=0, max_digits=15, decimal_places=6, initial=0,
        help_text=gettext_lazy("单位：分。填0，凡有失分的要点都下达。"),
        error_messages={
            "required": gettext_lazy("请填写分数，不限的填0。"), "invalid": gettext_lazy("请填写数字，例如0.5。"),
        },
    )  # fmt: skip
    claimed_only = forms.BooleanField(label=gettext_lazy("只下达申报而未获认定的失分"), required=False)
    due_at = _moment(gettext_lazy("整改期限"))
    request = _text(
        gettext_lazy("整改要求"), required=False,
        help_text=gettext_lazy("选填。写给全部单位，随通知发出，也写在每个事项上。"),
    )  # fmt: skip

    def __init__(self, scale: Precision, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.scale = scale

    def clean_at_least(self) -> int:
        """Return marks in ticks; refuse what is no multiple of the step."""
        marks: Decimal = self.cleaned_data["at_least"]
        try:
            return max(1, self.scale.ticks(marks))
        except ZhihengError as error:
            message = _("请填写%(step)s分的整数倍。") % {"step": self.scale.text(1)}
            raise forms.ValidationError(message) from error

    def terms(self) -> Terms:
        """Return what was chosen."""
        found = self.cleaned_data
        return Terms(found["at_least"], found["claimed_only"], found["due_at"], found["request"])


class OneForm(forms.Form):
    """The item of one point."""

    point = forms.TypedChoiceField(
        label=gettext_lazy("考核要点"), coerce=int,
        error_messages={"required": gettext_lazy("请选择考核要点。")},
    )  # fmt: skip
    one_due_at = _moment(gettext_lazy("整改期限"))
    one_request = _text(gettext_lazy("整改要求"), required=False)

    def __init__(self, lost: Iterable[Lost], scale: Precision, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["point"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [
            (one.no, _("%(no)d. %(title)s（失%(lost)s分）")
             % {"no": one.no, "title": one.title, "lost": scale.text(one.lost)}) for one in lost
        ]  # fmt: skip


class ReportForm(forms.Form):
    """What a unit reports of an item."""

    owner = forms.CharField(
        label=gettext_lazy("责任人"), max_length=60,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请填写责任人。")},
    )  # fmt: skip
    owner_note = forms.CharField(
        label=gettext_lazy("职务和联系方式"), max_length=200, required=False,
    )  # fmt: skip
    measure = _text(gettext_lazy("整改措施"), rows=4, error_messages={"required": gettext_lazy("请填写整改措施。")})
    outcome = _text(
        gettext_lazy("整改结果"), required=False, rows=4,
        help_text=gettext_lazy("报送以前须填写；可以先保存措施，完成以后再填。"),
    )  # fmt: skip
    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("本单位已上传的材料"), required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, own: Iterable[EvidenceFile], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["chosen"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(file.pk), file.name) for file in own]

    def report(self, more: Iterable[int] = ()) -> Report:
        """Return what was written, with files that were uploaded along with it."""
        found = self.cleaned_data
        files = (*(int(pk) for pk in found["chosen"]), *more)
        return Report(found["owner"], found["owner_note"], found["measure"], found["outcome"], files)


class VersionForm(forms.Form):
    """The version that a person saw of what he acts on."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class CheckForm(forms.Form):
    """The outcome of a re-check."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("复核结论"), widget=forms.RadioSelect,
        choices=[("close", gettext_lazy("整改完成")), ("return", gettext_lazy("退回整改"))],
        error_messages={"required": gettext_lazy("请选择复核结论。")},
    )  # fmt: skip
    remark = _text(
        gettext_lazy("复核意见"), required=False, help_text=gettext_lazy("退回的必须说明理由；单位可以看到这段文字。")
    )
    due_at = forms.DateTimeField(
        label=gettext_lazy("新的整改期限"), required=False, help_text=gettext_lazy("退回的必须设定。"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"invalid": gettext_lazy("请填写日期和时间。")},
    )  # fmt: skip
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for reason and deadline where an item is returned."""
        super().clean()
        found = self.cleaned_data
        if found.get("verdict") == "return":
            if not (found.get("remark") or "").strip():
                self.add_error("remark", _("请写明退回的理由。"))
            if found.get("due_at") is None and "due_at" not in self.errors:
                self.add_error("due_at", _("请设定新的整改期限。"))
        return found


class ExtendForm(forms.Form):
    """More time for an item."""

    due_at = _moment(gettext_lazy("新的整改期限"))
    reason = _text(gettext_lazy("理由"), rows=2, error_messages={"required": gettext_lazy("请说明理由。")})
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class WithdrawForm(forms.Form):
    """The withdrawal of an item."""

    reason = _text(gettext_lazy("理由"), rows=2, error_messages={"required": gettext_lazy("请说明理由。")})
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
