"""What the forms of the two kinds of care rule say about their days; the database stays as it is."""

from django.db import migrations, models


def day(name, numbers):
    help_text = f"0, the treatment day, or a {numbers} number."
    return models.SmallIntegerField(name, blank=True, null=True, help_text=help_text)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0015_constraints_are_plain_sql")]

    operations = [
        migrations.AlterField("preparationrule", "to_day", day("to day", "negative")),
        migrations.AlterField("aftercarerule", "from_day", day("from day", "positive")),
    ]
