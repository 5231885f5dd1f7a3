"""The description of the API against what it answers: generated requests, right and wrong, for every operation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.web.api import BASE, program, token
from tests.web.builders import claims, evidence, filler, row_of, running_round
from tests.web.rights import close

from zhiheng_web.api.problems import MEDIA
from zhiheng_web.api.urls import urlpatterns
from zhiheng_web.assessments.actions import save_answer
from zhiheng_web.config.wsgi import application
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
EXAMPLES = 3
OPERATIONS = 17


@pytest.fixture
def made(tmp_path: Path, settings: Any) -> Round:
    """One of everything, with nothing in the way of generated requests but the rights of the caller."""
    settings.API_PER_MINUTE = settings.API_FAILURES_PER_MINUTE = 1_000_000
    made = running_round(units=2)
    row = row_of(made)
    for no, answer in claims(evidence(row, tmp_path)).items():
        save_answer(filler(), row, no, answer, version=0)
    return made


def read_whole(environ: dict[str, Any], start: Any) -> list[bytes]:
    """Answer as a server does, which closes every answer: the client of schemathesis leaves some open."""
    # The database stays open: the test holds its connection in a transaction.
    request_started.disconnect(close_old_connections)
    answer = application(environ, start)
    request_started.connect(close_old_connections)
    try:
        return [b"".join(answer)]
    finally:
        close(answer)


def schema() -> Any:
    found = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", read_whole)
    # The token comes with every request but those that are to be refused for want of one.
    found.config.generation.update(with_security_parameters=False)
    return found


def beyond(case: schemathesis.Case) -> list[Any]:
    """Return the checks that cannot hold: what is written obeys rules of the framework that no description has."""
    return [] if case.method == "GET" else [positive_data_acceptance]


@pytest.mark.parametrize(
    ("stage", "mode"),
    [(Stage.SELF_ASSESSMENT, GenerationMode.POSITIVE), (Stage.PUBLICATION, GenerationMode.NEGATIVE)],
)
def test_every_operation_answers_as_it_is_described(made: Round, stage: Stage, mode: GenerationMode) -> None:
    Round.objects.filter(pk=made.pk).update(stage=stage)
    headers = {"Authorization": f"Bearer {token(filler())}"}
    operations = [each.ok() for each in schema().get_all_operations()]
    assert len(operations) == OPERATIONS
    asked = set()
    for operation in operations:

        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(operation.as_strategy(generation_mode=mode))
        def answers(case: schemathesis.Case) -> None:
            # Most of what is generated names nothing that exists; a part names what does.
            there = {"code": "r1", "unit": "220100", "no": 1}
            known = {name: there.get(name, value) for name, value in case.path_parameters.items()}
            if mode is GenerationMode.POSITIVE:
                case.path_parameters.update(known)
            asked.add(case.call_and_validate(headers=headers, excluded_checks=beyond(case)).status_code)

        answers()
    assert not any(status >= 500 for status in asked)


def test_the_description_names_every_address_and_every_refusal() -> None:
    found = program(None).get(f"{BASE}/openapi.json").json()
    assert len(found["paths"]) == len(urlpatterns) - 1
    for methods in found["paths"].values():
        for operation in methods.values():
            assert operation["x-scope"]
            assert operation["security"]
            refusals = {status: a["content"] for status, a in operation["responses"].items() if int(status) >= 400}
            assert {"401", "403", "404", "409", "412", "422", "429", "500"} <= set(refusals)
            assert all(set(content) == {MEDIA} for content in refusals.values())
