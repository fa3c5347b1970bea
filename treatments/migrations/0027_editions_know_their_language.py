"""An edition says in columns which language it is in and what it translates: pages of one family name one another."""

import json

from django.db import migrations, models

from treatments.migrations._one_rewrite import InOneRewrite


def read_documents(apps, schema_editor):
    """Take both from the documents that are there; a format of before has them where the newest one does."""
    editions = apps.get_model("treatments", "Edition").objects
    for pk, document in editions.values_list("pk", "document").iterator(chunk_size=20):
        head = json.loads(document)
        editions.filter(pk=pk).update(
            language=head.get("language", "en"), translation_of=head.get("translation_of", "")
        )


class Migration(migrations.Migration):
    dependencies = [("treatments", "0026_clinic_is_on_whatsapp")]

    operations = [
        InOneRewrite(
            migrations.AddField(
                "edition",
                "language",
                models.CharField(
                    default="en", help_text="Of its document.", max_length=12, verbose_name="language"
                ),
            ),
            migrations.AddField(
                "edition",
                "translation_of",
                models.CharField(
                    blank=True,
                    default="",
                    help_text="The address of the treatment whose page its document says in another language.",
                    max_length=80,
                    verbose_name="translation of",
                ),
                preserve_default=False,
            ),
        ),
        migrations.RunPython(read_documents, migrations.RunPython.noop),
    ]
