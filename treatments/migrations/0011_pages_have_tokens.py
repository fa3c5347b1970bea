from django.db import migrations, models

import treatments.models.private_link

RANDOM = {
    "sqlite": "lower(hex(randomblob(16)))",
    "postgresql": "replace(gen_random_uuid()::text, '-', '')",
}


def give_tokens(apps, schema_editor):
    """Every edition gets a token of its own, in one statement."""
    random = RANDOM[schema_editor.connection.vendor]
    schema_editor.execute(f"UPDATE treatments_edition SET token = {random}")


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', "0010_roles_with_tasks"),
    ]

    operations = [
        migrations.AddField(
            model_name='clinic',
            name='page_token',
            field=models.CharField(default=treatments.models.private_link.new_secret, editable=False, help_text='Random, and another one whenever something changes that public pages show.', max_length=32),
        ),
        migrations.AddField(
            model_name='edition',
            name='token',
            field=models.CharField(editable=False, max_length=32, null=True),
        ),
        migrations.RunPython(give_tokens, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='edition',
            name='token',
            field=models.CharField(default=treatments.models.private_link.new_secret, editable=False, help_text='Random: restoring a database takes numbers back, and the next edition must not pass for another.', max_length=32, unique=True),
        ),
    ]
