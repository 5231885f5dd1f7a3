"""Units as a tree, people with one role and one unit each, and invitations."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.language import bracketed


class Role(models.TextChoices):
    """What a person is here for; one account has one role, so that duties stay apart."""

    FILLER = "filler", _("填报员")
    APPROVER = "approver", _("审核员")
    ADMINISTRATOR = "administrator", _("省级管理员")
    VERIFIER = "verifier", _("核查员")
    EXPERT = "expert", _("专家")
    LEADER = "leader", _("领导")
    SYSTEM = "system", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    AUDITOR = "auditor", _("审计管理员")


OF_A_UNIT = (Role.FILLER, Role.APPROVER)
"""Roles that work for one assessed unit."""


USERNAME = RegexValidator(r"^[A-Za-z0-9._-]{3,40}$", _("账号须为3至40位字母、数字、点、下划线或者连字符"))


class Unit(models.Model):
    """评价对象: a place in the tree of province, cities and counties."""

    class Level(models.TextChoices):
        """Level of administration."""

        PROVINCE = "province", _("省")
        CITY = "city", _("市")
        COUNTY = "county", _("县")

    code = models.CharField(_("代码"), max_length=20, unique=True, validators=[RegexValidator(r"^[0-9A-Za-z._-]+$")])
    name = models.CharField(_("名称"), max_length=60)
    full_name = models.CharField(_("全称"), max_length=120, blank=True)
    pronoun = models.CharField(_("行文简称"), max_length=20, default="全市")
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices, default=Level.CITY)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=200, db_index=True, editable=False)
    group = models.CharField(_("分组"), max_length=60, blank=True)

    class Meta:
        ordering = ("path",)
        verbose_name = _("评价对象")
        constraints: ClassVar = [models.UniqueConstraint(fields=["parent", "name"], name="unit_name_among_siblings")]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Save with the path from the root, by which a subtree is found in one query."""
        self.path = f"{self.parent.path if self.parent else '/'}{self.code}/"
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def within(self, other: Unit) -> bool:
        """Return whether this unit is `other` or below it."""
        return self.path.startswith(other.path)


class Accounts(BaseUserManager["User"]):
    """Makes accounts, and loads them with their unit: every page names it."""

    def get_queryset(self) -> models.QuerySet[User]:
        """Return accounts with their units."""
        return super().get_queryset().select_related("unit")

    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        """Make an account; without a password nobody can sign in with it."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """账号: one person in one role."""

    username = models.CharField(
        _("账号"), max_length=40, unique=True, validators=[USERNAME],
        help_text=_("3至40位字母、数字、点、下划线或者连字符"),
    )  # fmt: skip
    full_name = models.CharField(_("姓名"), max_length=60)
    email = models.EmailField(_("电子邮箱"), blank=True)
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    password_changed_at = models.DateTimeField(default=timezone.now)
    last_password = models.CharField(max_length=128, blank=True, editable=False)
    session_key = models.CharField(max_length=40, blank=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Accounts] = Accounts()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["full_name", "role"]

    class Meta:
        ordering = ("username",)
        verbose_name = _("账号")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False) | ~models.Q(role__in=[str(r) for r in OF_A_UNIT]),
                name="people_of_a_unit_name_it",
            ),
            models.UniqueConstraint(Lower("username"), name="username_in_any_case"),
        ]

    def __str__(self) -> str:
        """Return the full name."""
        return self.full_name

    def get_full_name(self) -> str:
        """Return the full name."""
        return self.full_name

    @property
    def role_title(self) -> str:
        """Return the role in words."""
        return str(Role(self.role).label)

    @property
    def unit_name(self) -> str:
        """Return the name of the unit, or ""."""
        return self.unit.name if self.unit else ""

    @property
    def needs_second_factor(self) -> bool:
        """Return whether the settings ask this role for a second factor."""
        return self.role in settings.SECOND_FACTOR_ROLES


class Invitation(models.Model):
    """An account that waits for its person: the link is shown once, only its hash is kept."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    username = models.CharField(_("账号"), max_length=40, validators=[USERNAME])
    full_name = models.CharField(_("姓名"), max_length=60)
    email = models.EmailField(_("电子邮箱"), blank=True)
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replaces")

    class Meta:
        ordering = ("-made_at",)
        constraints: ClassVar = [
            # Of two people who invite the same name at once, one is told.
            models.UniqueConstraint(
                Lower("username"),
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_waits_once",
            )
        ]

    def __str__(self) -> str:
        """Return username and role."""
        return bracketed(self.username, self.get_role_display())

    @property
    def open(self) -> bool:
        """Return whether the link still works."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()
