"""What must be in order before a round is finalised: each check with what is open and where to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from zhiheng_web.assessments.models import Decision
from zhiheng_web.evidence.models import Likeness
from zhiheng_web.language import bracketed
from zhiheng_web.objections.queries import unanswered
from zhiheng_web.results.models import Waiver
from zhiheng_web.rounds.machine import State
from zhiheng_web.rounds.models import Round
from zhiheng_web.rounds.queries import undecided

LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class Found:
    """
    A finding about a round.

    Parameters
    ----------
    key
        The same as long as the same is found.
    severity
        `error` or `warning`.
    unit, node
        Code of the unit and of the node, or "".
    message
        What was found.
    """

    key: str
    severity: str
    unit: str
    node: str
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """
    One line of the page.

    Parameters
    ----------
    title
        What is checked.
    left
        How many are open; None while that is being worked out.
    url, way
        Where to go, and the words of the link.
    """

    title: str
    left: int | None
    url: str
    way: str

    @property
    def passed(self) -> bool:
        """Return whether nothing is open."""
        return self.left == 0


@dataclass(frozen=True, slots=True)
class Open:
    """
    A finding with what was said about it.

    Parameters
    ----------
    found
        The finding.
    waiver
        Why it may stand, or None.
    url
        Where to look at it.
    """

    found: Found
    waiver: Waiver | None
    url: str


def checks(round_: Round, findings: Sequence[Found] | None) -> list[Check]:
    """
    Return all checks of a round.

    Parameters
    ----------
    round_
        The round.
    findings
        What the library found, or None while that is being worked out.
    """
    code = round_.code
    board, verify = reverse("round", args=[code]), reverse("verify", args=[code])
    left = round_.units.exclude(state=State.ACCEPTED).count()
    alike = open_findings(round_, likeness_findings(round_))
    found = None if findings is None else open_findings(round_, findings)
    here = f"{reverse('round_finalise', args=[code])}#findings"
    return [
        Check(_("全部单位核定完成"), left, board, _("查看单位")),
        Check(_("全部考核要点都有最终得分"), open_points(round_), verify, _("查看核定情况")),
        Check(_("没有等待答复的申诉"), unanswered(round_).count(), board, _("查看单位")),
        Check(_("计分中发现的问题已经处理"), found, here, _("查看问题")),
        Check(_("材料雷同提示已经处理"), alike, here, _("查看提示")),
    ]


def open_points(round_: Round) -> int:
    """Return how many points have no decision in any stage, or one that waits for its mark."""
    missing = sum(points - decided for points, decided in undecided(round_).values_list("points", "decided"))
    settled = Decision.objects.filter(round_unit=OuterRef("round_unit"), point=OuterRef("point")).exclude(mark=None)
    waiting = Decision.objects.filter(~Exists(settled), round_unit__round=round_, mark=None)
    return missing + waiting.order_by().values("round_unit", "point").distinct().count()


def likenesses(round_: Round) -> QuerySet[Likeness]:
    """Return what looks copied in a round and was not dismissed, each pair once."""
    found = Likeness.objects.filter(file__round_unit__round=round_, dismissed_at=None)
    # Within a round a pair is listed from both sides.
    once = ~Q(other__round_unit__round=round_) | Q(file__lt=F("other"))
    return found.filter(once).select_related("file__round_unit", "other__round_unit__round").order_by("pk")


def likeness_findings(round_: Round) -> list[Found]:
    """Return what looks copied as findings."""
    found = []
    for one in likenesses(round_):
        other = one.other.round_unit
        words = {
            "a": one.file.round_unit.name, "file": one.file.name, "other": one.other.name,
            "b": other.name if other.round_id == round_.pk else bracketed(other.name, other.round.title),
            "kind": one.get_kind_display(),
        }  # fmt: skip
        message = _("%(a)s的“%(file)s”与%(b)s的“%(other)s”%(kind)s") % words
        found.append(Found(f"{LIKENESS}-{one.pk}", "warning", one.file.round_unit.code, "", message))
    return found


def open_findings(round_: Round, findings: Sequence[Found]) -> int:
    """Return how many findings nobody let stand."""
    waived = set(Waiver.objects.filter(round=round_).values_list("key", flat=True))
    return sum(found.key not in waived for found in findings)


def listed_findings(round_: Round, findings: Sequence[Found]) -> list[Open]:
    """Return findings with what was said about them, open ones first."""
    waived = {waiver.key: waiver for waiver in Waiver.objects.filter(round=round_).select_related("by")}
    found = [Open(one, waived.get(one.key), _place(round_, one)) for one in findings]
    return sorted(found, key=lambda each: each.waiver is not None)


def _place(round_: Round, found: Found) -> str:
    if found.key.startswith(f"{LIKENESS}-"):
        pk = int(found.key.removeprefix(f"{LIKENESS}-"))
        return reverse("verify_alike", args=[round_.code, found.unit, pk])
    if not found.unit:
        return ""
    url = reverse("score_why", args=[round_.code, found.unit])
    return f"{url}?node={found.node}" if found.node else url
