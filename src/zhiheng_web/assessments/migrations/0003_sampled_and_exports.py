"""What the sampling plan asks to look at is kept with each answer; case folders are prepared in the background."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zhiheng_web.assessments.sampling import Answered, sample


def draw(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Mark what running rounds leave out."""
    del schema_editor
    answers = apps.get_model("assessments", "Answer").objects
    for row in (
        apps.get_model("rounds", "RoundUnit").objects.filter(round__sample_share__lt=100).select_related("round")
    ):
        known = [
            Answered(point, stance, bool(risks))
            for point, stance, risks in answers.filter(round_unit=row).values_list("point", "stance", "risks")
        ]
        numbers = [one.point for one in known]
        drawn = sample(numbers, known, row.round.sample_share, f"{row.round.code}/{row.code}")
        answers.filter(round_unit=row).exclude(point__in=drawn).update(sampled=False)


class Migration(migrations.Migration):
    """Adds a column and a table."""

    dependencies: ClassVar = [
        ("assessments", "0002_initial"),
        ("rounds", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.AddField(model_name="answer", name="sampled", field=models.BooleanField(default=True)),
        migrations.CreateModel(
            name="CaseExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("job", models.UUIDField(null=True)),
                ("stamp", models.CharField(blank=True, max_length=64)),
                ("file", models.CharField(blank=True, max_length=60)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("made_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="case_export", to="rounds.round"
                    ),
                ),
            ],
        ),
        migrations.RunPython(draw, migrations.RunPython.noop),
    ]
