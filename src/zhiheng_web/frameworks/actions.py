"""What is done to frameworks."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.framework.checks import run_checks
from zhiheng.framework.load import Loaded, load
from zhiheng.framework.model import Framework
from zhiheng_web.accounts.models import User
from zhiheng_web.audit.actions import record
from zhiheng_web.frameworks.engine import content_hash
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.frameworks.permissions import manages_frameworks
from zhiheng_web.frameworks.queries import load_text
from zhiheng_web.refusals import Refused


class FrameworkRefused(Refused):
    """A framework cannot be added, locked or removed as asked."""

    code = "frameworks.refused"


def _managing(by: User) -> None:
    """Refuse people who do not manage frameworks."""
    if not manages_frameworks(by):
        raise FrameworkRefused(_("只有省级管理员可以管理指标体系。"))


@transaction.atomic
def add_framework(by: User, text: str, origin: str = FrameworkVersion.Origin.YAML) -> FrameworkVersion:
    """
    Add a framework from its text.

    Refused: people who do not manage frameworks, a version that exists (FrameworkRefused), text that is no valid
    framework (FrameworkError with lines).
    """
    _managing(by)
    known = {v.code: v for v in FrameworkVersion.objects.order_by("made_at")}
    found = load_text(text, {code: v.text for code, v in known.items()})
    return _store(by, found, text, origin, known.get(found.framework.extends))


@transaction.atomic
def add_built_in(code: str) -> FrameworkVersion:
    """Add a framework that comes with the library, or return it where it is there already."""
    found = load(code)
    there = FrameworkVersion.objects.filter(content_hash=content_hash(found.framework)).first()
    if there:
        return there
    parent = add_built_in(found.framework.extends) if found.framework.extends else None
    text = found.text.removesuffix(parent.text) if parent else found.text
    return _store(None, found, text, FrameworkVersion.Origin.BUILT_IN, parent)


def _store(by: User | None, found: Loaded, text: str, origin: str, parent: FrameworkVersion | None) -> FrameworkVersion:
    framework = found.framework
    severities = [v.severity for v in run_checks(found)]
    try:
        with transaction.atomic():
            version = FrameworkVersion.objects.create(
                code=framework.code,
                version=framework.version,
                title=framework.title,
                text=text,
                parent=parent,
                origin=origin,
                content_hash=content_hash(framework),
                counts=list(framework.counts),
                total=f"{framework.total.normalize():f}",
                errors=severities.count("error"),
                warnings=severities.count("warning"),
                made_by=by,
            )
    except IntegrityError as error:
        raise FrameworkRefused(_same(framework)) from error
    record(
        "framework.add", version, after={"code": version.code, "version": version.version, "hash": version.content_hash}
    )
    return version


def _same(framework: Framework) -> str:
    words = {"code": framework.code, "version": framework.version}
    return _("指标体系“%(code)s”的%(version)s版已经存在，或者内容与已有版本完全相同。") % words + _(
        "使用中的版本不能改动，请改用新的版本号。"
    )


@transaction.atomic
def lock_framework(version: FrameworkVersion) -> None:
    """Lock a framework for good, because a round uses it. Refused: one that fails checks with errors."""
    version = FrameworkVersion.objects.select_for_update().get(pk=version.pk)
    if version.errors:
        raise FrameworkRefused(_("指标体系有%(count)d处错误，请先修正再用于考核轮次。") % {"count": version.errors})
    if version.locked_at is None:
        version.locked_at = timezone.now()
        version.save(update_fields=["locked_at"])
        record("framework.lock", version, after={"hash": version.content_hash})


@transaction.atomic
def remove_framework(by: User, version: FrameworkVersion) -> None:
    """Remove a framework that no round uses. Refused: locked ones, those a round in preparation names, parents."""
    _managing(by)
    version = FrameworkVersion.objects.select_for_update().get(pk=version.pk)
    if version.locked:
        raise FrameworkRefused(_("指标体系已被考核轮次使用，不能删除。"))
    if version.rounds.exists():
        raise FrameworkRefused(_("有筹备中的考核轮次选用了它，请先改选其他指标体系。"))
    if version.children.exists():
        raise FrameworkRefused(_("有其他指标体系以它为上级，不能删除。"))
    record("framework.remove", version, before={"code": version.code, "version": version.version, "text": version.text})
    version.delete()
