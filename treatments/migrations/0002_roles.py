from django.db import migrations

from treatments.accounts import roles


def set_up(apps, schema_editor):
    roles.set_up(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("treatments", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(set_up, migrations.RunPython.noop)]
