"""A name in any case is one account, and one invitation waits for it at a time; earlier ones that still wait end."""

from collections.abc import Iterable
from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Lower
from django.utils import timezone


def same_names(names: Iterable[str]) -> list[list[str]]:
    """Return the names that differ in upper and lower case alone, together."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.lower(), []).append(name)
    return [same for same in found.values() if len(same) > 1]


def refuse_same_names(apps: Any, schema_editor: object) -> None:
    """Say which accounts keep the database as it is: which of them stays is for people to decide."""
    del schema_editor
    same = same_names(apps.get_model("accounts", "User").objects.order_by("pk").values_list("username", flat=True))
    if same:
        names = "; ".join(", ".join(each) for each in same)
        msg = f"Accounts that differ in upper and lower case alone: {names}. Rename all but one of each, then go on."
        raise ValueError(msg)


def end_earlier_invitations(apps: Any, schema_editor: object) -> None:
    """End all but the latest of the invitations that wait for one name."""
    del schema_editor
    invitations = apps.get_model("accounts", "Invitation").objects
    waiting = invitations.filter(accepted_at=None, withdrawn_at=None).order_by("-pk")
    seen: set[str] = set()
    for pk, name in waiting.values_list("pk", "username"):
        if name.lower() in seen:
            invitations.filter(pk=pk).update(withdrawn_at=timezone.now())
        seen.add(name.lower())


class Migration(migrations.Migration):
    """Make what the models say hold in the database."""

    dependencies: ClassVar = [("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="invitation",
            name="replaced_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaces",
                to="accounts.invitation",
            ),
        ),
        migrations.RunPython(refuse_same_names, migrations.RunPython.noop),
        migrations.RunPython(end_earlier_invitations, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                Lower("username"),
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_waits_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(Lower("username"), name="username_in_any_case"),
        ),
    ]
