"""What an endpoint asks of its caller: a token that was made for its scope."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from ninja.security.http import HttpAuthBase

from zhiheng_web.accounts.signals import actor_of
from zhiheng_web.api.models import ApiToken
from zhiheng_web.api.permissions import scopes_of
from zhiheng_web.api.problems import ApiRefused, OutOfScope
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import acting
from zhiheng_web.audit.models import Outcome


class Token(HttpAuthBase):
    """Lets in who has a token for a scope, while his role still has the right."""

    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def __call__(self, request: Any) -> ApiToken:
        """Return the token of the caller, or refuse."""
        caller: ApiToken | ApiRefused = request.caller
        if isinstance(caller, ApiRefused):
            raise caller
        if self.scope in caller.scopes and self.scope in scopes_of(caller.user):
            return caller
        with acting(actor_of(caller.user, request)):
            record("access.denied", f"path:{request.path}"[:80], name=f"{request.method} {request.path}"[:300],
                   outcome=Outcome.REFUSED)  # fmt: skip
        raise OutOfScope(_("这个访问令牌没有“%(scope)s”权限。") % {"scope": self.scope})


def scoped(scope: str, summary: Promise) -> dict[str, Any]:
    """Return the options of an endpoint that needs a scope; the description names it and what the endpoint does."""
    return {"auth": Token(scope), "summary": summary, "openapi_extra": {"x-scope": scope}}
