"""The clinic has a number on WhatsApp; what to bring stands on more than reminders."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("treatments", "0025_approvals_and_clinicians"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="whatsapp",
            field=models.CharField(
                blank=True,
                help_text="The number that answers on WhatsApp, with country code. Empty: nobody is led there.",
                max_length=40,
                verbose_name="WhatsApp",
            ),
        ),
        migrations.AlterField(
            model_name="clinic",
            name="bring",
            field=models.TextField(
                blank=True,
                help_text="On the patient’s page and in letters, a line each.",
                verbose_name="what to bring",
            ),
        ),
    ]
