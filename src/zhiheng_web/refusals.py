"""Every way the site refuses an act: one class and one stable dotted code each, with a message for people."""

from __future__ import annotations

from zhiheng.errors import ZhihengError


class Refused(ZhihengError):  # noqa: N818 - reads as what happened; every subclass is a refusal
    """The act is not done; nothing was written."""

    code = "site.refused"
