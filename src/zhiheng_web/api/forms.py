"""What a person says of a new token."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng_web.accounts.models import User
from zhiheng_web.api.permissions import scopes_of
from zhiheng_web.language import bracketed

TITLES = {
    "read:frameworks": gettext_lazy("读取指标体系"),
    "read:rounds": gettext_lazy("读取考核轮次和评价对象"),
    "read:submissions": gettext_lazy("读取自评"),
    "write:submissions": gettext_lazy("填写自评和送审"),
    "read:evidence": gettext_lazy("读取和下载佐证材料"),
    "write:evidence": gettext_lazy("上传佐证材料"),
    "read:results": gettext_lazy("读取结果"),
}
"""Scopes in words."""
USUAL_DAYS = 90


class TokenForm(forms.Form):
    """A new token: what it is for, what it may do, how long."""

    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("写明哪个程序使用，例如“市局业务系统”")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("权限"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("只选程序用得到的；不会超出您的角色"),
    )  # fmt: skip
    days = forms.IntegerField(label=gettext_lazy("有效天数"), min_value=1, initial=USUAL_DAYS)

    def __init__(self, user: User, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the fields of a request, or None
        scopes: forms.MultipleChoiceField = self.fields["scopes"]  # type: ignore[assignment]  # declared above
        scopes.choices = [(scope, bracketed(TITLES[scope], scope)) for scope in scopes_of(user)]
        self.fields["days"].help_text = _("1至%(most)d天；到期后须重新建立") % {"most": settings.API_TOKEN_DAYS}
