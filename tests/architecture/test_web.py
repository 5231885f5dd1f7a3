"""What the import linter cannot see of the site: foreign keys, guards, triggers, the purity of the library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern

import zhiheng_web
from zhiheng_web.site.urls import urlpatterns

ORDER = ("audit", "jobs", "accounts", "frameworks", "rounds", "evidence", "assessments", "site")
"""Apps from the innermost outwards."""
WEB = Path(zhiheng_web.__file__).parent


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages that a statement loads in a clean interpreter."""
    code = f"import sys; {statement}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_library_loads_neither_the_site_nor_django() -> None:
    assert not loaded_by("import zhiheng.pipeline") & {
        "django",
        "zhiheng_web",
        "xlsxwriter",
        "docx",
        "typst",
        "quickjs",
    }


@pytest.mark.parametrize("app", ["accounts", "rounds", "evidence"])
def test_predicates_load_no_tables(app: str) -> None:
    assert "django" not in loaded_by("import zhiheng_web.accounts.permissions")
    text = (WEB / app / "permissions.py").read_text("utf-8")
    before = text.partition("if TYPE_CHECKING:")[0]
    assert ".models" not in before


def test_foreign_keys_point_to_their_own_app_or_an_inner_one() -> None:
    place = {label: i for i, label in enumerate(ORDER)}
    checked = 0
    for model in apps.get_models():
        if model._meta.app_label not in place:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey):
                target = field.related_model._meta.app_label
                assert place[target] <= place[model._meta.app_label], (model, field.name)
                checked += 1
    assert checked > 20


def test_every_page_of_ours_says_who_may_use_it() -> None:
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        assert hasattr(pattern.callback, "permission"), pattern.name
        assert pattern.name


def test_migrations_are_up_to_date() -> None:
    command = [
        sys.executable,
        "-m",
        "django",
        "makemigrations",
        "--check",
        "--dry-run",
        "--settings",
        "tests.web.settings",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
