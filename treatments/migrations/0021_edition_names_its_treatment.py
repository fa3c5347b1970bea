"""The filter of the list of editions is headed by a word that can be translated; the database stays as it is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatments", "0020_messages_have_errors")]

    operations = [
        migrations.AlterField(
            model_name="edition",
            name="treatment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="editions",
                to="treatments.treatment",
                verbose_name="treatment",
            ),
        ),
    ]
