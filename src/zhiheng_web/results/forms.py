"""Forms of results: a reason, and what is to be public."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiheng_web.results.models import Publication


class WaiveForm(forms.Form):
    """A finding that may stand, or is to be dealt with again."""

    key = forms.CharField(max_length=64)
    reason = forms.CharField(max_length=1000, required=False)


class WithdrawForm(forms.Form):
    """Why a result is taken out of the public."""

    reason = forms.CharField(label=_("撤回理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class PublishForm(forms.Form):
    """What is to be public."""

    detail = forms.ChoiceField(
        label=_("公开内容"), choices=Publication.Detail.choices, widget=forms.RadioSelect, initial="totals"
    )
    masks = forms.ChoiceField(
        label=_("单位名称"), choices=Publication.Masks.choices, widget=forms.RadioSelect, initial="none"
    )
    note = forms.CharField(
        label=_("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("显示在公开页面的表格上方。隐去单位名称时，说明中不能出现单位名称。"),
    )  # fmt: skip
