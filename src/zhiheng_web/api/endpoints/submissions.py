"""Self-assessments: where one stands, its answers, keeping one answer, handing it over."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from zhiheng.marks import plain
from zhiheng_web.api.access import ApiRequest
from zhiheng_web.api.endpoints.rounds import unit_values
from zhiheng_web.api.finding import REFUSALS, cut, unit_of
from zhiheng_web.api.problems import NotTheVersion, VersionMissing
from zhiheng_web.api.schemas import AnswerIn, AnswerOut, Code, Listed, No, Paging, SubmissionOut
from zhiheng_web.api.security import scoped
from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.queries import answers_of
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import Act
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.queries import may, situation

router = Router(tags=["submissions"])
PLACE = "/rounds/{code}/units/{unit}/submission"
TAG = re.compile(r'"v(\d{1,9})"')
"""Tag of a version of an answer."""


@router.get(
    PLACE, response={200: SubmissionOut, **REFUSALS}, url_name="api_submission", operation_id="submission",
    **scoped("read:submissions", _("自评的状态")),
)  # fmt: skip
def submission(request: ApiRequest, code: Code, unit: Code) -> dict[str, Any]:
    """Return where the self-assessment of a unit stands."""
    return _standing(request, unit_of(request.auth.user, code, unit))


def _standing(request: ApiRequest, row: RoundUnit) -> dict[str, Any]:
    user, now = request.auth.user, timezone.now()
    return unit_values(row) | {
        "round": row.round.code,
        "deadline": situation(row).deadline,
        "reason": row.reason,
        "may_edit": may(Act.EDIT, user, row, now),
        "may_hand_over": may(Act.HAND_OVER, user, row, now),
    }


@router.get(
    f"{PLACE}/answers", response={200: Listed[AnswerOut], **REFUSALS}, url_name="api_answers",
    operation_id="answers", **scoped("read:submissions", _("自评的全部填报内容")),
)  # fmt: skip
def answers(request: ApiRequest, code: Code, unit: Code, paging: Query[Paging]) -> dict[str, Any]:
    """List the points of a unit with its answers."""
    row = unit_of(request.auth.user, code, unit)
    numbers = [point.no for _code, point in framework_of(row.round.framework).points]
    found = answers_of(row, numbers[paging.offset : paging.offset + paging.limit])
    return cut(numbers, paging, lambda no: _values(row, no, found.get(no)))


@router.get(
    f"{PLACE}/answers/{{no}}", response={200: AnswerOut, **REFUSALS}, url_name="api_answer", operation_id="answer",
    **scoped("read:submissions", _("一项考核要点的填报内容")),
)  # fmt: skip
def answer(request: ApiRequest, response: HttpResponse, code: Code, unit: Code, no: No) -> dict[str, Any]:
    """Return the answer to one point; its tag names its version."""
    row = unit_of(request.auth.user, code, unit)
    found = answers_of(row, [_known(row, no)]).get(no)
    response["ETag"] = _tag(found)
    return _values(row, no, found)


@router.put(
    f"{PLACE}/answers/{{no}}", response={200: AnswerOut, **REFUSALS}, url_name="api_answer",
    operation_id="answer_save", **scoped("write:submissions", _("填写一项考核要点")),
)  # fmt: skip
def answer_save(
    request: ApiRequest, response: HttpResponse, code: Code, unit: Code, no: No, given: AnswerIn
) -> dict[str, Any]:
    """
    Keep the answer to one point as a whole.

    The version that the caller saw comes as `If-Match` or as `version`. Refused: no version (428), another one (412 by
    `If-Match`, 409 by `version`), what state, stage and deadline do not allow (409), faults (422).
    """
    row = unit_of(request.auth.user, code, unit)
    _known(row, no)
    matched = request.headers.get("If-Match")
    version = given.version if matched is None else _version(row, no, matched)
    if version is None:
        raise VersionMissing(gettext("请用If-Match请求头或者version写明所依据的版本；没有填过的，版本是0。"))
    try:
        save_answer(request.auth.user, row, no, _given(given), version=version)
    except Stale as error:
        if matched is None:
            raise
        raise NotTheVersion(error.message) from error
    found = answers_of(row, [no]).get(no)
    response["ETag"] = _tag(found)
    return _values(row, no, found)


def _known(row: RoundUnit, no: int) -> int:
    """Return the number of a point of the framework; any other does not exist."""
    if all(point.no != no for _code, point in framework_of(row.round.framework).points):
        raise Http404
    return no


def _version(row: RoundUnit, no: int, matched: str) -> int:
    """Return the version that `If-Match` names; `*` is the one that is there."""
    tags = parse_etags(matched)
    if tags == ["*"]:
        there = Answer.objects.filter(round_unit=row, point=no).values_list("version", flat=True).first()
        if there is not None:
            return there
    elif len(tags) == 1 and (named := TAG.fullmatch(tags[0])):
        return int(named[1])
    raise NotTheVersion(gettext('If-Match没有写明现有的版本，例如"v3"。'))


def _given(given: AnswerIn) -> Given:
    items = tuple(
        GivenItem(
            i.text, i.date, i.component, None if i.count is None else Decimal(i.count),
            tuple((f.id, f.pages) for f in i.files),
        )
        for i in given.items
    )  # fmt: skip
    return Given(given.stance, given.mark, given.value, given.note, items)


def _tag(found: Answer | None) -> str:
    return f'"v{found.version if found else 0}"'


def _values(row: RoundUnit, no: int, found: Answer | None) -> dict[str, Any]:
    if found is None:
        return {
            "point": no, "version": 0, "stance": "", "mark": None, "value": None, "note": "", "items": [],
            "complete": False, "claimed": 0.0, "updated_at": None,
        }  # fmt: skip
    scale = framework_of(row.round.framework).scale
    return {
        "point": no,
        "version": found.version,
        "stance": found.stance,
        "mark": None if found.mark is None else float(found.mark),
        "value": None if found.value is None else plain(found.value),
        "note": found.note,
        "items": [
            {
                "text": i.text, "date": i.date, "component": i.component,
                "count": None if i.count is None else int(i.count),
                "files": [{"id": a.file_id, "name": a.file.name, "pages": a.pages} for a in i.attachments.all()],
            }
            for i in found.items.all()
        ],
        "complete": found.complete,
        "claimed": float(scale.marks(found.claimed)),
        "updated_at": found.updated_at,
    }  # fmt: skip


@router.post(
    f"{PLACE}/hand-over", response={200: SubmissionOut, **REFUSALS}, url_name="api_hand_over",
    operation_id="hand_over", **scoped("write:submissions", _("把自评送本单位审核员审核")),
)  # fmt: skip
def submission_hand_over(request: ApiRequest, code: Code, unit: Code) -> dict[str, Any]:
    """Hand the self-assessment to the approver. Refused: gaps (422), what state and deadline do not allow (409)."""
    row = unit_of(request.auth.user, code, unit)
    hand_over(request.auth.user, row)
    return _standing(request, unit_of(request.auth.user, code, unit))
