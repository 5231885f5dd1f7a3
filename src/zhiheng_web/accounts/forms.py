"""Forms of people and units: what was typed, checked for its form; the actions decide."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.actions import Newcomer
from zhiheng_web.accounts.models import OF_A_UNIT, USERNAME, Role, Unit, User
from zhiheng_web.accounts.permissions import INVITES, roles_open_to
from zhiheng_web.accounts.role_actions import work_of
from zhiheng_web.accounts.unit_actions import RANK, Place, fingerprint, place_of
from zhiheng_web.language import bracketed

MOST_BYTES = 1_000_000


def unit_of_code(code: str) -> Unit | None:
    """Return the unit of a code that was typed, None for nothing. Refused: a code that no unit has."""
    if not code.strip():
        return None
    unit = Unit.objects.filter(code=code.strip()).first()
    if unit is None:
        raise forms.ValidationError(_("没有这个代码的单位。"))
    return unit


class RoleForm(forms.Form):
    """A role and the unit it may be for; who fills it in may give some roles only."""

    role = forms.ChoiceField(label=_("角色"))
    unit = forms.CharField(label=_("单位代码"), max_length=20)

    def offer(self, roles: Collection[str]) -> None:
        """Offer these roles, and ask for a unit where one of them has one."""
        self.fields["role"].choices = [(v, label) for v, label in Role.choices if v in roles]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["unit"].widget.attrs["list"] = "unit-codes"
        if not set(roles) & {str(role) for role in OF_A_UNIT}:
            del self.fields["unit"]

    def clean_unit(self) -> Unit | None:
        """Return the unit of a code."""
        return unit_of_code(self.cleaned_data["unit"])


class InvitationForm(RoleForm):
    """Whom to invite; the choices of roles are those that the person may bring in."""

    field_order = ("username", "full_name", "role", "unit", "email")

    username = forms.CharField(
        label=_("账号"), max_length=40, validators=[USERNAME],
        help_text=_("登录用，3至40位字母、数字、点、下划线或者连字符；建立后不能修改。"),
    )  # fmt: skip
    full_name = forms.CharField(label=_("姓名"), max_length=60)
    unit = forms.CharField(
        label=_("单位代码"), max_length=20, required=False, help_text=_("填报员、审核员必填，其他角色留空。")
    )
    email = forms.EmailField(
        label=_("电子邮箱"), required=False, help_text=_("填写后邀请链接同时发到邮箱；也用于找回密码。")
    )

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(INVITES.get(by.role, ()))

    def newcomer(self) -> Newcomer:
        """Return the person of a valid form."""
        data = self.cleaned_data
        return Newcomer(data["username"], data["full_name"], data["role"], data.get("unit"), data["email"])


class PasswordForm(forms.Form):
    """A first password, twice."""

    password = forms.CharField(
        label=_("密码"), max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label=_("再输一次密码"), max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Return a password that fits the rules."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two different passwords."""
        data = super().clean() or {}
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("两次输入的密码不一致。"))
        return data


class PersonForm(forms.Form):
    """Name and address of an account."""

    full_name = forms.CharField(label=_("姓名"), max_length=60)
    email = forms.EmailField(label=_("电子邮箱"), required=False)


class WorkForm(RoleForm):
    """Role and unit of an account; the choices are those that the person may give it."""

    reason = forms.CharField(label=_("原因"), max_length=200, help_text=_("如“岗位调整”，记入日志。"))
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, by: User, user: User, *args: Any, **kwargs: Any) -> None:
        code = user.unit.code if user.unit else ""
        kwargs.setdefault("initial", {"role": user.role, "unit": code, "seen": work_of(user)})
        kwargs["prefix"] = "work"
        super().__init__(*args, **kwargs)
        # Roles of one side all have a unit, or all have none.
        self.offer(roles_open_to(by, user))


class ReasonForm(forms.Form):
    """Why an account is switched on or off."""

    reason = forms.CharField(label=_("原因"), max_length=200)


class TableForm(forms.Form):
    """A CSV file."""

    table = forms.FileField(label=_("CSV文件"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_table(self) -> bytes:
        """Return the content of a file that is not too large to be read at once."""
        file = self.cleaned_data["table"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("文件超过1MB，请分成几个文件。"))
        content: bytes = file.read()
        return content


class UnitForm(forms.Form):
    """What a unit is called and where it stands."""

    code = forms.CharField(label=_("代码"), max_length=20, help_text=_("如行政区划代码；建立后不能修改。"))
    name = forms.CharField(label=_("名称"), max_length=60)
    full_name = forms.CharField(label=_("全称"), max_length=120, required=False)
    level = forms.ChoiceField(label=_("级别"), choices=Unit.Level.choices, initial=Unit.Level.CITY)
    parent = forms.ChoiceField(label=_("上级"), required=False)
    pronoun = forms.CharField(
        label=_("行文简称"), max_length=20, initial="全市", help_text=_("报告中指称本地的词，如“全市”“全区”。")
    )
    group = forms.CharField(
        label=_("分组"), max_length=60, required=False, help_text=_("同组单位相互比较，如“地级市”“县（市、区）”。")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, unit: Unit | None, *args: Any, **kwargs: Any) -> None:
        if unit is not None:
            place = place_of(unit)
            kwargs["initial"] = {
                "code": place.code, "name": place.name, "full_name": place.full_name, "level": place.level,
                "parent": place.parent, "pronoun": place.pronoun, "group": place.group, "seen": fingerprint(unit),
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        if unit is not None:
            self.fields["code"].disabled = True
        lowest = max(RANK, key=lambda level: RANK[level])
        above = Unit.objects.exclude(level=lowest).order_by("path")
        if unit is not None:
            above = above.exclude(path__startswith=unit.path)
        self.fields["parent"].choices = [("", _("无"))] + [(u.code, bracketed(u.name, u.code)) for u in above]  # type: ignore[attr-defined]  # a ChoiceField

    def place(self) -> Place:
        """Return the unit of a valid form."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return Place(**data)
