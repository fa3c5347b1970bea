from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatments", "0016_days_say_which_numbers")]
    operations = [
        migrations.RemoveIndex("comment", "comment_at_the_desk"),
        migrations.RenameField("comment", "is_quarantined", "is_set_apart"),
        migrations.AlterField(
            "comment",
            "is_set_apart",
            models.BooleanField(default=False, help_text="Taken for a machine’s.", verbose_name="set apart"),
        ),
        migrations.AlterModelOptions(
            "comment",
            {
                "ordering": ["-state", "is_set_apart", "-pk"],
                "verbose_name": "comment",
                "verbose_name_plural": "comments",
            },
        ),
        migrations.AddIndex(
            "comment", models.Index(fields=["-state", "is_set_apart", "-id"], name="comment_at_the_desk")
        ),
    ]
