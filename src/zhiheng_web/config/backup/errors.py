"""How a backup or a restore is refused."""

from __future__ import annotations

from zhiheng.errors import InputError


class BackupError(InputError):
    """No backup is made: a tool, a place or a part of the installation is missing."""

    code = "backup.refused"


class ArchiveError(InputError):
    """A file is no backup, is damaged, or holds what no backup of ours holds."""

    code = "backup.damaged"


class PassphraseError(InputError):
    """An archive is sealed and the passphrase is missing or wrong."""

    code = "backup.passphrase"


class RestoreError(InputError):
    """Nothing is restored: the place is in use, or the archive does not fit this installation."""

    code = "restore.refused"


class UnfinishedRestoreError(InputError):
    """A restore was cut off here, or what it brought does not verify."""

    code = "restore.unfinished"
