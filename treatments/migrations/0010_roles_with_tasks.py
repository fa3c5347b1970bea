from django.db import migrations

from treatments.accounts import roles


def set_up(apps, schema_editor):
    roles.set_up(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0009_promises_are_tasks")]
    operations = [migrations.RunPython(set_up, migrations.RunPython.noop)]
