"""What the first layer of a page says has columns and rows of its own; a source says where it is found by `url`."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("treatments", "0022_clinic_has_a_lead_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        help_text="Part of the row's address on the page. Made once, never changed.",
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(-[a-z0-9]+)*\\Z", "Use small letters, digits and single hyphens."
                            )
                        ],
                        verbose_name="key",
                    ),
                ),
                ("order", models.PositiveIntegerField(default=0, verbose_name="place")),
                (
                    "basis",
                    models.CharField(
                        choices=[("clinic", "The clinic’s own"), ("evidence", "Evidence"), ("proposed", "Proposed")],
                        default="evidence",
                        help_text="The clinic’s own: a figure or practice of yours. Proposed: usual practice that a clinician still has to confirm.",
                        max_length=10,
                        verbose_name="basis",
                    ),
                ),
                (
                    "note",
                    models.TextField(blank=True, help_text="Never shown to patients.", verbose_name="note for staff"),
                ),
                (
                    "activity",
                    models.CharField(
                        help_text="After “When can I”: “wear make-up”.", max_length=80, verbose_name="activity"
                    ),
                ),
                (
                    "applies_to",
                    models.CharField(
                        blank=True,
                        help_text="For example “face”, where the day differs.",
                        max_length=60,
                        verbose_name="only for",
                    ),
                ),
                (
                    "from_day",
                    models.PositiveSmallIntegerField(
                        help_text="0 is the treatment day; 7 means “after 7 days”.", verbose_name="from day"
                    ),
                ),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        help_text="“if no crust or blister is left”",
                        max_length=120,
                        verbose_name="condition of the skin",
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        blank=True,
                        help_text="The rule that this day comes from.",
                        max_length=80,
                        verbose_name="key of the aftercare rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "activity",
                "verbose_name_plural": "activities",
                "ordering": ["order", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        help_text="Part of the row's address on the page. Made once, never changed.",
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(-[a-z0-9]+)*\\Z", "Use small letters, digits and single hyphens."
                            )
                        ],
                        verbose_name="key",
                    ),
                ),
                ("order", models.PositiveIntegerField(default=0, verbose_name="place")),
                (
                    "basis",
                    models.CharField(
                        choices=[("clinic", "The clinic’s own"), ("evidence", "Evidence"), ("proposed", "Proposed")],
                        default="evidence",
                        help_text="The clinic’s own: a figure or practice of yours. Proposed: usual practice that a clinician still has to confirm.",
                        max_length=10,
                        verbose_name="basis",
                    ),
                ),
                (
                    "note",
                    models.TextField(blank=True, help_text="Never shown to patients.", verbose_name="note for staff"),
                ),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("suitability", "Is it for me"),
                            ("how-it-works", "How it works"),
                            ("benefits", "Benefits"),
                            ("risks", "Risks"),
                            ("preparation", "Before"),
                            ("appointment", "The appointment"),
                            ("recovery", "Recovery"),
                            ("aftercare", "Aftercare"),
                            ("results", "Results"),
                            ("cost", "Cost"),
                            ("consultation", "The consultation"),
                        ],
                        max_length=20,
                        verbose_name="place on the page",
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        help_text="One or two short sentences. Nothing that the folds do not carry.",
                        verbose_name="text",
                    ),
                ),
            ],
            options={
                "verbose_name": "lead",
                "verbose_name_plural": "leads",
                "ordering": ["order", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        help_text="Part of the row's address on the page. Made once, never changed.",
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(-[a-z0-9]+)*\\Z", "Use small letters, digits and single hyphens."
                            )
                        ],
                        verbose_name="key",
                    ),
                ),
                ("order", models.PositiveIntegerField(default=0, verbose_name="place")),
                (
                    "basis",
                    models.CharField(
                        choices=[("clinic", "The clinic’s own"), ("evidence", "Evidence"), ("proposed", "Proposed")],
                        default="evidence",
                        help_text="The clinic’s own: a figure or practice of yours. Proposed: usual practice that a clinician still has to confirm.",
                        max_length=10,
                        verbose_name="basis",
                    ),
                ),
                (
                    "note",
                    models.TextField(blank=True, help_text="Never shown to patients.", verbose_name="note for staff"),
                ),
                (
                    "what",
                    models.CharField(
                        help_text="For example “A tattoo the size of a palm”.", max_length=120, verbose_name="what"
                    ),
                ),
                (
                    "least",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="from",
                    ),
                ),
                (
                    "most",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Empty: “from”. The same as the first: that very amount.",
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="to",
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Z]{3}\\Z", "Give the three letters of ISO 4217, such as MYR."
                            )
                        ],
                        verbose_name="currency",
                    ),
                ),
                (
                    "per",
                    models.CharField(
                        choices=[("session", "One session"), ("course", "The whole course")],
                        max_length=10,
                        verbose_name="pays for",
                    ),
                ),
                ("until", models.DateField(blank=True, null=True, verbose_name="holds until")),
            ],
            options={
                "verbose_name": "price",
                "verbose_name_plural": "prices",
                "ordering": ["order", "pk"],
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="warningsign",
            name="warning_sign_level_is_known",
        ),
        migrations.RenameField(
            model_name="source",
            old_name="address",
            new_name="url",
        ),
        migrations.AddField(
            model_name="aftercarerule",
            name="brief",
            field=models.CharField(
                blank=True,
                help_text="The rule in a few words, without its reason: “no tanning bed or fake tan”.",
                max_length=120,
                verbose_name="in brief",
            ),
        ),
        migrations.AddField(
            model_name="concern",
            name="brief",
            field=models.CharField(
                blank=True,
                help_text="Its name in the line of what the treatment is not for: “loose skin”.",
                max_length=60,
                verbose_name="in brief",
            ),
        ),
        migrations.AddField(
            model_name="concern",
            name="verdict",
            field=models.CharField(
                blank=True,
                help_text="What to expect in a few words: “Softer and shallower, not gone”.",
                max_length=90,
                verbose_name="verdict",
            ),
        ),
        migrations.AddField(
            model_name="precaution",
            name="brief",
            field=models.CharField(
                blank=True,
                help_text="The condition without its reason: “isotretinoin in the last 6 months”.",
                max_length=120,
                verbose_name="in brief",
            ),
        ),
        migrations.AddField(
            model_name="preparationrule",
            name="brief",
            field=models.CharField(
                blank=True,
                help_text="The rule in a few words, without its reason: “no tanning bed or fake tan”.",
                max_length=120,
                verbose_name="in brief",
            ),
        ),
        migrations.AddField(
            model_name="risk",
            name="brief",
            field=models.CharField(
                blank=True,
                help_text="Its name in one line with others: “redness for hours”.",
                max_length=120,
                verbose_name="in brief",
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="url",
            field=models.CharField(
                blank=True,
                help_text="The publisher's own page. Leave empty rather than link a copy.",
                max_length=400,
                validators=[
                    django.core.validators.URLValidator(
                        ["http", "https"], message="Give the whole address, such as https://example.org/."
                    )
                ],
                verbose_name="URL",
            ),
        ),
        migrations.AddField(
            model_name="treatment",
            name="translation_of",
            field=models.CharField(
                blank=True,
                help_text="The address of the treatment whose page this one says in another language.",
                max_length=80,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\A[a-z0-9]+(-[a-z0-9]+)*\\Z", "Use small letters, digits and single hyphens."
                    )
                ],
                verbose_name="translation of",
            ),
        ),
        migrations.AddField(
            model_name="warningsign",
            name="brief",
            field=models.CharField(
                blank=True,
                help_text="The sign in a few words, with everything that changes what somebody does.",
                max_length=160,
                verbose_name="in brief",
            ),
        ),
        migrations.AddField(
            model_name="warningsign",
            name="last_day",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Only of what is usual: its last day.", null=True, verbose_name="usual until day"
            ),
        ),
        migrations.AddField(
            model_name="warningsign",
            name="yields_to",
            field=models.CharField(
                blank=True,
                help_text="Only of what is usual: the key of the warning sign that ends it.",
                max_length=80,
                verbose_name="gives way to",
            ),
        ),
        migrations.AlterField(
            model_name="warningsign",
            name="level",
            field=models.CharField(
                choices=[
                    ("emergency", "Emergency"),
                    ("doctor-today", "See a doctor today"),
                    ("call", "Call us the same day"),
                    ("expected", "What is usual"),
                ],
                max_length=15,
                verbose_name="whom to turn to",
            ),
        ),
        migrations.AddConstraint(
            model_name="warningsign",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["emergency", "doctor-today", "call", "expected"])),
                name="warning_sign_level_is_known",
            ),
        ),
        migrations.AddField(
            model_name="activity",
            name="sources",
            field=models.ManyToManyField(blank=True, related_name="+", to="treatments.source"),
        ),
        migrations.AddField(
            model_name="activity",
            name="treatment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="%(class)s_rows", to="treatments.treatment"
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="sources",
            field=models.ManyToManyField(blank=True, related_name="+", to="treatments.source"),
        ),
        migrations.AddField(
            model_name="lead",
            name="treatment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="%(class)s_rows", to="treatments.treatment"
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="sources",
            field=models.ManyToManyField(blank=True, related_name="+", to="treatments.source"),
        ),
        migrations.AddField(
            model_name="price",
            name="treatment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="%(class)s_rows", to="treatments.treatment"
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.UniqueConstraint(
                fields=("treatment", "key"),
                name="activity_key_unique_in_treatment",
                violation_error_message="Another row of this list has this key.",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("key__glob", "[a-z0-9]*"),
                    models.Q(
                        ("key__glob", "*[^a-z0-9-]*"),
                        ("key__glob", "*--*"),
                        ("key__glob", "*-"),
                        _connector="OR",
                        _negated=True,
                    ),
                ),
                name="activity_key_is_a_slug",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["clinic", "evidence", "proposed"])), name="activity_basis_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(("activity", ""), _negated=True),
                name="activity_activity_is_filled",
                violation_error_message="This text is needed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.UniqueConstraint(
                fields=("treatment", "key"),
                name="lead_key_unique_in_treatment",
                violation_error_message="Another row of this list has this key.",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("key__glob", "[a-z0-9]*"),
                    models.Q(
                        ("key__glob", "*[^a-z0-9-]*"),
                        ("key__glob", "*--*"),
                        ("key__glob", "*-"),
                        _connector="OR",
                        _negated=True,
                    ),
                ),
                name="lead_key_is_a_slug",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["clinic", "evidence", "proposed"])), name="lead_basis_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True),
                name="lead_text_is_filled",
                violation_error_message="This text is needed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "place__in",
                        [
                            "suitability",
                            "how-it-works",
                            "benefits",
                            "risks",
                            "preparation",
                            "appointment",
                            "recovery",
                            "aftercare",
                            "results",
                            "cost",
                            "consultation",
                        ],
                    )
                ),
                name="lead_place_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.UniqueConstraint(
                fields=("treatment", "place"),
                name="lead_place_once_in_treatment",
                violation_error_message="Another lead stands in this place already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                fields=("treatment", "key"),
                name="price_key_unique_in_treatment",
                violation_error_message="Another row of this list has this key.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("key__glob", "[a-z0-9]*"),
                    models.Q(
                        ("key__glob", "*[^a-z0-9-]*"),
                        ("key__glob", "*--*"),
                        ("key__glob", "*-"),
                        _connector="OR",
                        _negated=True,
                    ),
                ),
                name="price_key_is_a_slug",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["clinic", "evidence", "proposed"])), name="price_basis_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("what", ""), _negated=True),
                name="price_what_is_filled",
                violation_error_message="This text is needed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency", ""), _negated=True),
                name="price_currency_is_filled",
                violation_error_message="This text is needed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("per__in", ["session", "course"])), name="price_per_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("least__gte", 0),
                    models.Q(("most__isnull", True), ("most__gte", models.F("least")), _connector="OR"),
                ),
                name="price_amounts_in_order",
                violation_error_message="The second amount must not be less than the first.",
            ),
        ),
    ]
