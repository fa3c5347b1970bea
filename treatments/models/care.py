"""The days around a treatment: preparation, recovery, aftercare and warning signs."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known, ordered
from treatments.models.part import Prose, Statement, in_order


class CareRule(Statement):
    """Something to do or leave out, from one day to another. Day 0 is the treatment day; both ends count."""

    named_by = "rule"
    prose = {"rule": Prose.PLAIN, "why": Prose.PLAIN}
    worded_by = "days"

    rule = models.TextField(_("rule"), help_text=_("What to do, as an instruction."))
    brief = models.CharField(
        _("in brief"),
        max_length=120,
        blank=True,
        help_text=_("The rule in a few words, with its “no” but without its reason: “no tanning bed or fake tan”."),
    )
    avoid = models.BooleanField(_("this is a “do not”"), default=False)
    why = models.TextField(_("why"), blank=True)
    from_day = models.SmallIntegerField(_("from day"), null=True, blank=True, help_text=_("Empty: from now on."))
    to_day = models.SmallIntegerField(_("to day"), null=True, blank=True, help_text=_("Empty: without end."))
    least_day = models.SmallIntegerField(
        _("at least, day"),
        null=True,
        blank=True,
        help_text=_("For “two to four days before”: from day −4, least −2."),
    )

    class Meta(Statement.Meta):
        abstract = True
        constraints = [
            *Statement.Meta.constraints,
            models.CheckConstraint(
                name="%(class)s_days_in_order",
                condition=Q(from_day__isnull=True) | Q(to_day__isnull=True) | Q(from_day__lte=models.F("to_day")),
                violation_error_message=_("The last day must not be before the first day."),
            ),
            models.CheckConstraint(
                name="%(class)s_least_day_lies_within",
                condition=Q(least_day__isnull=True)
                | (
                    (Q(from_day__isnull=True) | Q(least_day__gte=models.F("from_day")))
                    & (Q(to_day__isnull=True) | Q(least_day__lte=models.F("to_day")))
                ),
                violation_error_message=_("“At least” must lie between the first and the last day."),
            ),
            models.CheckConstraint(name="%(class)s_rule_is_filled", condition=~Q(rule="")),
        ]

    def __str__(self) -> str:
        return self.rule

    def clean(self) -> None:
        in_order(self, "from_day", "to_day")
        in_order(self, "from_day", "least_day")
        in_order(self, "least_day", "to_day")


class PreparationRule(CareRule):
    """A rule for the days before treatment; its days are 0 or negative."""

    part = "preparation"
    anchor = "before"

    to_day = models.SmallIntegerField(
        _("to day"), null=True, blank=True, help_text=_("0, the treatment day, or a negative number.")
    )

    class Meta(CareRule.Meta):
        verbose_name = _("preparation rule")
        verbose_name_plural = _("preparation")
        constraints = [
            *CareRule.Meta.constraints,
            models.CheckConstraint(
                name="preparation_ends_by_the_day",
                condition=Q(to_day__isnull=False, to_day__lte=0),
                violation_error_message=_("Preparation ends on day 0 at the latest."),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.to_day is None or self.to_day > 0:
            raise ValidationError({"to_day": _("Preparation needs a last day: 0, or a negative number.")})


class AftercareRule(CareRule):
    """A rule for the days after treatment; its days are 0 or positive."""

    part = "aftercare"
    anchor = "after"

    from_day = models.SmallIntegerField(
        _("from day"), null=True, blank=True, help_text=_("0, the treatment day, or a positive number.")
    )

    class Meta(CareRule.Meta):
        verbose_name = _("aftercare rule")
        verbose_name_plural = _("aftercare")
        constraints = [
            *CareRule.Meta.constraints,
            models.CheckConstraint(
                name="aftercare_starts_on_the_day",
                condition=Q(from_day__isnull=False, from_day__gte=0),
                violation_error_message=_("Aftercare starts on day 0 at the earliest."),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.from_day is None or self.from_day < 0:
            raise ValidationError({"from_day": _("Aftercare needs a first day: 0, or a positive number.")})


class RecoveryStage(Statement):
    """A stretch of the days after treatment, what is usual in it and what one can do."""

    part = "recovery"
    named_by = "title"
    anchor = "recovery"
    prose = {"usual": Prose.PLAIN, "can_do": Prose.PLAIN}
    worded_by = "days"

    title = models.CharField(_("title"), max_length=80)
    from_day = models.PositiveSmallIntegerField(_("from day"))
    to_day = models.PositiveSmallIntegerField(_("to day"))
    usual = models.TextField(_("what is usual"))
    can_do = models.TextField(_("what you can do"), blank=True)

    class Meta(Statement.Meta):
        verbose_name = _("recovery stage")
        verbose_name_plural = _("recovery")
        constraints = [
            *Statement.Meta.constraints,
            filled("recovery_stage", "title"),
            filled("recovery_stage", "usual"),
            ordered("recovery_stage", "from_day", "to_day"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        in_order(self, "from_day", "to_day")


class WarningLevel(models.TextChoices):
    EMERGENCY = "emergency", _("Emergency")
    TODAY = "doctor-today", _("See a doctor today")
    CALL = "call", _("Call us the same day")
    EXPECTED = "expected", _("What is usual")


class WarningSign(Statement):
    """Something after which a patient should not wait, and whom to turn to; or what is usual, and until which day."""

    part = "warning_signs"
    named_by = "sign"
    anchor = "sign"
    prose = {"sign": Prose.PLAIN}
    refers = {"yields_to": part}

    sign = models.TextField(_("sign"))
    brief = models.CharField(
        _("in brief"),
        max_length=160,
        blank=True,
        help_text=_("The sign in a few words, with everything that changes what somebody does."),
    )
    level = models.CharField(_("whom to turn to"), max_length=15, choices=WarningLevel.choices)
    last_day = models.PositiveSmallIntegerField(
        _("usual until day"), null=True, blank=True, help_text=_("Only of what is usual: its last day.")
    )
    yields_to = models.CharField(
        _("gives way to"),
        max_length=80,
        blank=True,
        help_text=_("Only of what is usual: the key of the warning sign that ends it."),
    )

    class Meta(Statement.Meta):
        verbose_name = _("warning sign")
        verbose_name_plural = _("warning signs")
        constraints = [
            *Statement.Meta.constraints,
            filled("warning_sign", "sign"),
            known("warning_sign", "level", WarningLevel),
        ]

    def __str__(self) -> str:
        return self.sign

    def clean(self) -> None:
        if self.level != WarningLevel.EXPECTED:
            for name in ("last_day", "yields_to"):
                if getattr(self, name) not in (None, ""):
                    raise ValidationError({name: _("Leave this empty: only what is usual has it.")})
