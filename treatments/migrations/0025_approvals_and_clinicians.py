"""Advertising approvals, the people who treat, and whether the site says “free” and shows prices."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0024_reviews_speak_format_2'),
    ]

    operations = [
        migrations.AddField(
            model_name='clinic',
            name='says_free',
            field=models.BooleanField(default=False, help_text='Where advertising needs approval, only if yours covers it. A demonstration always says it.', verbose_name='say that a consultation is free'),
        ),
        migrations.AddField(
            model_name='clinic',
            name='shows_prices',
            field=models.BooleanField(default=False, help_text='Where advertising needs approval, only if yours covers it. A demonstration always does.', verbose_name='show prices'),
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(help_text='As the board writes it.', max_length=60, verbose_name='approval number')),
                ('scope', models.TextField(blank=True, help_text='In your words: the page, prices, the word “free”, and so on.', verbose_name='what it covers')),
                ('expires_on', models.DateField(help_text="The last day, by the clinic's calendar.", verbose_name='valid until')),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='treatments.edition', verbose_name='approved edition')),
            ],
            options={
                'verbose_name': 'advertising approval',
                'verbose_name_plural': 'advertising approvals',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='approval_number_is_filled', violation_error_message='This text is needed.')],
            },
        ),
        migrations.CreateModel(
            name='Clinician',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='As patients should say it: “Dr Aisyah Lim”.', max_length=120, verbose_name='name')),
                ('title', models.CharField(blank=True, help_text='“Dermatologist”.', max_length=120, verbose_name='what they are')),
                ('register', models.CharField(help_text='Who keeps it: “Malaysian Medical Council”.', max_length=120, verbose_name='register')),
                ('register_number', models.CharField(max_length=40, verbose_name='number in it')),
                ('picture', models.CharField(blank=True, editable=False, max_length=80, validators=[django.core.validators.RegexValidator('\\A[0-9a-f]{64}\\.webp\\Z')], verbose_name='picture')),
                ('width', models.PositiveIntegerField(default=0, editable=False, verbose_name='width, pixels')),
                ('height', models.PositiveIntegerField(default=0, editable=False, verbose_name='height, pixels')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('clinic', models.ForeignKey(default=1, on_delete=django.db.models.deletion.CASCADE, related_name='clinicians', to='treatments.clinic')),
            ],
            options={
                'verbose_name': 'clinician',
                'verbose_name_plural': 'clinicians',
                'ordering': ['order', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='clinician_name_is_filled', violation_error_message='This text is needed.'), models.CheckConstraint(condition=models.Q(('register', ''), _negated=True), name='clinician_register_is_filled', violation_error_message='This text is needed.'), models.CheckConstraint(condition=models.Q(('register_number', ''), _negated=True), name='clinician_register_number_is_filled', violation_error_message='This text is needed.')],
            },
        ),
    ]
