"""How early a visit has to be booked is called its lead time at the desk; the database stays as it is."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0021_edition_names_its_treatment'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clinic',
            name='notice_hours',
            field=models.PositiveSmallIntegerField(default=24, help_text='How early a time has to be booked.', validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='lead time, hours'),
        ),
    ]
