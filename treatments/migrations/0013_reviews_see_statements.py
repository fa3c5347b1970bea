import json

import django.db.models.deletion
from django.db import migrations, models


def see_newest_editions(apps, schema_editor):
    """What the newest edition that passed the gate says counts as reviewed; a sample never does."""
    # What a statement says is worked out as ever after, so that what was seen then compares with what is read now.
    from treatments.publication import review
    from treatments.values.document_format import Refused, upgrade

    Edition = apps.get_model("treatments", "Edition")
    ReviewedStatement = apps.get_model("treatments", "ReviewedStatement")
    gated = Edition.objects.filter(is_sample=False).order_by("treatment_id", "number")
    newest = dict(gated.values_list("treatment_id", "pk"))
    for treatment, pk in newest.items():
        try:
            document = upgrade(json.loads(Edition.objects.get(pk=pk).document))
        except Refused:
            continue
        ReviewedStatement.objects.bulk_create(
            ReviewedStatement(treatment_id=treatment, part=part, key=key, digest=review.digest_of(words), words=words)
            for (part, key), words in review.words_of(document).items()
        )


def merge_waivers(apps, schema_editor):
    """Of waivers that say the same sentence of a draft may stand, as two clicks at once once made them, one stays."""
    Waiver = apps.get_model("treatments", "Waiver")
    known, twice = set(), []
    for pk, *said in Waiver.objects.order_by("pk").values_list("pk", "treatment_id", "claim", "sentence"):
        if tuple(said) in known:
            twice.append(pk)
        known.add(tuple(said))
    Waiver.objects.filter(pk__in=twice).delete()


class Migration(migrations.Migration):
    dependencies = [("treatments", "0012_names_turn_nothing_round")]

    operations = [
        migrations.CreateModel(
            name="ReviewedStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "part",
                    models.CharField(
                        blank=True, help_text="Empty for the page itself.", max_length=40, verbose_name="part"
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=80, verbose_name="key")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of what it says")),
                (
                    "words",
                    models.JSONField(
                        help_text="Readers' words, sources and basis by column.", verbose_name="what it says"
                    ),
                ),
                (
                    "treatment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviewed_statements",
                        to="treatments.treatment",
                    ),
                ),
            ],
            options={
                "verbose_name": "reviewed statement",
                "verbose_name_plural": "reviewed statements",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("treatment", "part", "key"), name="reviewed_statement_is_seen_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest", ""), _negated=True),
                        name="reviewed_statement_digest_is_filled",
                        violation_error_message="This text is needed.",
                    ),
                ],
            },
        ),
        migrations.RunPython(see_newest_editions, migrations.RunPython.noop),
        migrations.RunPython(merge_waivers, migrations.RunPython.noop),
    ]
