"""Runs backups and restores from the command line, and says what came of them."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from zhiheng.cli.console import OPTIONS, console, errors
from zhiheng_web.config.backup.archive import Listing
from zhiheng_web.config.backup.make import backup, check
from zhiheng_web.config.backup.restore import restore
from zhiheng_web.evidence.inspection.limits import MIB
from zhiheng_web.language import site_language

SECRET = gettext_noop("备份中有密钥和全部数据，只有本用户可以读取；请另存到一台安全的机器上。")
SHOWN = 20


def _say(text: str) -> None:
    console().print(text, highlight=False, markup=False, soft_wrap=True)


def _note(text: str) -> None:
    if not OPTIONS.quiet:
        errors().print(text, highlight=False, markup=False, soft_wrap=True)


def backed_up(target: Path | None, passphrase: str, *, with_files: bool) -> bool:
    """Make a backup; return whether content of evidence was missing or damaged in the site already."""
    with site_language():
        made = backup(target, passphrase=passphrase, with_files=with_files)
        _say(_("已备份：%(path)s（%(size).2fMB）") % {"path": made.path, "size": made.size / MIB})
        _say(f"SHA-256 {made.sha256}")
        _describe(made.listing)
        _note(_(SECRET) if passphrase else _(SECRET) + _("建议用 --passphrase-file 加密。"))
        _lost(made.lost)
        return bool(made.lost)


def checked(path: Path, passphrase: str) -> None:
    """Check a backup without restoring it."""
    with site_language():
        listing = check(path, passphrase)
        _say(_("备份完整：%(path)s") % {"path": path})
        _describe(listing)
        _lost([*listing.evidence["missing"], *listing.evidence["damaged"]])


def restored(path: Path, passphrase: str, *, force: bool) -> bool:
    """Restore a backup; return whether content of evidence had been lost before it was made."""
    with site_language():
        done = restore(path, passphrase=passphrase, force=force)
        _say(_("已恢复：%(path)s") % {"path": path})
        _describe(done.listing)
        words = {"entries": done.entries, "contents": done.contents}
        _say(_("已核对审计日志%(entries)d条、佐证材料%(contents)d份。所有人须重新登录。") % words)
        if done.aside:
            _note(_("原来的文件在 %(folder)s，确认无误后可以删除。") % {"folder": done.aside})
        if done.schema:
            _note(_("原来的数据表在 PostgreSQL 的模式 %(schema)s 中，确认无误后可以删除。") % {"schema": done.schema})
        _lost(done.lost)
        return bool(done.lost)


def _describe(listing: Listing) -> None:
    evidence = listing.evidence
    words = {
        "made": listing.made_at, "version": listing.version, "database": listing.database,
        "number": listing.audit["number"], "files": len(listing.members), "contents": len(evidence["listed"]),
    }  # fmt: skip
    _say(
        _("版本%(version)s，%(made)s，%(database)s；文件%(files)d个，审计日志%(number)d条，佐证材料%(contents)d份。")
        % words
    )
    if not evidence["included"]:
        _note(_("佐证材料在对象存储，不在备份中，只记下了校验值；请另行备份桶，或者用 --with-files。"))


def _lost(names: list[str]) -> None:
    if names:
        words = {"count": len(names), "names": "、".join(names[:SHOWN])}
        _say(_("注意：有%(count)d份材料在备份时已经缺失或者损坏：%(names)s") % words)
