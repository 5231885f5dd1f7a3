"""Reads what units write in objections and what the office answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.objections.actions import Draft, Verdict
from zhiheng_web.objections.models import Objection

MOST_TEXT = 2_000
"""Characters of an objection or its answer."""


class DraftForm(forms.Form):
    """An objection to the marks of one point; whether the marks fit its rule is for the action to say."""

    text = forms.CharField(
        label=_("事实和理由"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("写明不认可哪一条意见、依据的事实，以及材料的名称和页码。"),
        error_messages={"required": _("请写明申诉的事实和理由。")},
    )  # fmt: skip
    wanted = forms.DecimalField(
        label=_("申请得分"), required=False, max_digits=15, decimal_places=6,
        help_text=_("可以不填，由省级管理部门认定。"), error_messages={"invalid": _("请填写数字，例如1.5。")},
    )  # fmt: skip
    chosen = forms.MultipleChoiceField(
        label=_("本单位已上传的材料"), required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, own: Iterable[EvidenceFile], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["chosen"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(file.pk), file.name) for file in own]

    def draft(self, more: Iterable[int] = ()) -> Draft:
        """Return what was written, with files that were uploaded along with it."""
        found = self.cleaned_data
        return Draft(found["text"], found["wanted"], (*(int(pk) for pk in found["chosen"]), *more))


class VersionForm(forms.Form):
    """The version that a person saw of what he acts on."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """The answer to an objection."""

    outcome = forms.ChoiceField(
        label=_("处理结果"), choices=Objection.Outcome.choices, widget=forms.RadioSelect,
        error_messages={"required": _("请选择处理结果。")},
    )  # fmt: skip
    mark = forms.DecimalField(
        label=_("改为得分"), required=False, max_digits=15, decimal_places=6,
        error_messages={"invalid": _("请填写数字，例如1.5。")},
    )  # fmt: skip
    applies = forms.ChoiceField(
        label=_("是否适用"), required=False,
        choices=[("yes", _("适用，按上面的得分计")), ("no", _("认定该要点不适用于该单位"))],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("理由"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("单位可以看到这段文字。"), error_messages={"required": _("请写明理由，单位将看到这段文字。")},
    )  # fmt: skip
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, mark_help: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["mark"].help_text = mark_help

    def clean(self) -> dict[str, Any]:
        """Ask for marks where they change."""
        super().clean()
        found = self.cleaned_data
        changes = found.get("outcome") in {Objection.Outcome.GRANTED, Objection.Outcome.PARTLY}
        if changes and found.get("applies") != "no" and found.get("mark") is None and "mark" not in self.errors:
            self.add_error("mark", _("请填写改为多少分。"))
        return found

    def verdict(self) -> Verdict:
        """Return what was decided."""
        found = self.cleaned_data
        return Verdict(found["outcome"], found["reason"], found["mark"], found.get("applies") != "no")
