"""Says in the language of the person why a file is refused: the process that reads files knows Chinese only."""

from __future__ import annotations

from django.utils.translation import gettext

from zhiheng_web.evidence.inspection import KINDS, EvidenceRefusedError


def kind_title(code: str) -> str:
    """Return what a kind of file is called; a code that is no kind stays as it is."""
    kind = KINDS.get(code)
    return gettext(kind.label) if kind else code


def why(error: EvidenceRefusedError) -> str:
    """Return what is wrong with a file and what to do."""
    details = dict(error.details)
    if "label" in details:
        details["label"] = gettext(str(details["label"]))
    return gettext(error.template).format(**details)
