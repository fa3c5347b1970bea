"""What the desk says of the short lines."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0027_editions_know_their_language'),
    ]

    operations = [
        migrations.AlterField(
            model_name='aftercarerule',
            name='brief',
            field=models.CharField(blank=True, help_text='The rule in a few words, with its “no” but without its reason: “no tanning bed or fake tan”.', max_length=120, verbose_name='in brief'),
        ),
        migrations.AlterField(
            model_name='concern',
            name='brief',
            field=models.CharField(blank=True, help_text='A short name for its row, or for the line of what the treatment is not for: “loose skin”.', max_length=60, verbose_name='in brief'),
        ),
        migrations.AlterField(
            model_name='preparationrule',
            name='brief',
            field=models.CharField(blank=True, help_text='The rule in a few words, with its “no” but without its reason: “no tanning bed or fake tan”.', max_length=120, verbose_name='in brief'),
        ),
    ]
