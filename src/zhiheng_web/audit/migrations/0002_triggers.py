from django.db import migrations

from zhiheng_web.audit.triggers import install, remove


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda _apps, editor: install(editor.connection), lambda _apps, editor: remove(editor.connection)
        ),
    ]
