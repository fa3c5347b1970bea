"""Key facts and sections: the numbers and the prose of a treatment."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known, ordered
from treatments.models.part import Prose, Statement, in_order


class Measure(models.TextChoices):
    """What a key fact's numbers count, and in which unit."""

    APPOINTMENT_MINUTES = "appointment-minutes", _("Length of an appointment, minutes")
    SESSIONS = "sessions", _("Sessions in a course")
    WEEKS_APART = "weeks-apart", _("Between sessions, weeks")
    FIRST_CHANGE_WEEKS = "first-change-weeks", _("First change after the first session, weeks")
    JUDGED_MONTHS = "judged-months", _("Result judged after the last session, months")
    LASTING_MONTHS = "lasting-months", _("How long it lasts, months")
    UPKEEP_MONTHS = "upkeep-months", _("Between upkeep sessions, months")
    PAIN_SCORE = "pain-score", _("Pain, out of 10")
    RECOVERY_DAYS = "recovery-days", _("Recovery, days")


class KeyFact(Statement):
    """A label and its value; where `measure` is given the value is the numbers, in the measure's unit."""

    part = "key_facts"
    named_by = "label"
    anchor = "fact"
    prose = {"detail": Prose.PLAIN}
    worded_by = "measure"
    said_once = "measure"

    label = models.CharField(_("label"), max_length=60)
    value = models.CharField(
        _("value in words"), max_length=120, blank=True, help_text=_("Leave empty if the numbers say it.")
    )
    measure = models.CharField(_("what the numbers count"), max_length=30, choices=Measure.choices, blank=True)
    least = models.PositiveSmallIntegerField(_("least"), null=True, blank=True)
    most = models.PositiveSmallIntegerField(_("most"), null=True, blank=True, help_text=_("Empty: “or more”."))
    detail = models.CharField(_("detail"), max_length=240, blank=True)
    at_top = models.BooleanField(_("shown at the top of the page"), default=False)

    class Meta(Statement.Meta):
        verbose_name = _("key fact")
        verbose_name_plural = _("key facts")
        constraints = [
            *Statement.Meta.constraints,
            filled("key_fact", "label"),
            known("key_fact", "measure", Measure, blank=True),
            ordered("key_fact", "least", "most"),
            models.CheckConstraint(
                name="key_fact_says_words_or_numbers",
                condition=(~Q(value="") & Q(measure="", least__isnull=True, most__isnull=True))
                | (Q(value="", least__isnull=False) & ~Q(measure="")),
            ),
            models.CheckConstraint(
                name="key_fact_pain_is_out_of_ten",
                condition=~Q(measure=Measure.PAIN_SCORE)
                | (Q(least__lte=10) & (Q(most__lte=10) | Q(most__isnull=True))),
            ),
            models.UniqueConstraint(
                name="key_fact_measure_once_in_treatment",
                fields=["treatment", "measure"],
                condition=~Q(measure=""),
                violation_error_message=_("Another key fact already gives this measure."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        has_numbers = bool(self.measure) and self.least is not None
        if bool(self.value) == has_numbers or (
            self.value and (self.measure or self.least is not None or self.most is not None)
        ):
            raise ValidationError(
                {"value": _("Give either a value in words, or what the numbers count together with the least.")}
            )
        in_order(self, "least", "most")
        for name in ("least", "most"):
            if self.measure == Measure.PAIN_SCORE and (getattr(self, name) or 0) > 10:
                raise ValidationError({name: _("Pain is out of 10: give a number from 0 to 10.")})


class Place(models.TextChoices):
    """Where on the page a section of prose stands."""

    SUITABILITY = "suitability", _("Is it for me")
    HOW_IT_WORKS = "how-it-works", _("How it works")
    BENEFITS = "benefits", _("Benefits")
    RISKS = "risks", _("Risks")
    PREPARATION = "preparation", _("Before")
    APPOINTMENT = "appointment", _("The appointment")
    RECOVERY = "recovery", _("Recovery")
    AFTERCARE = "aftercare", _("Aftercare")
    RESULTS = "results", _("Results")
    COST = "cost", _("Cost")
    CONSULTATION = "consultation", _("The consultation")


class Illustration(models.TextChoices):
    """Our own line drawings, one template each in templates/illustrations/."""

    LASER_PULSE = "laser-pulse", _("A pulse of light enters the skin")
    SHATTER = "shatter", _("A grain in the skin breaks up")
    CARRY_OFF = "carry-off", _("The skin carries fragments off")
    REMODEL = "remodel", _("New fibres form in the skin")
    NEEDLE = "needle", _("A fine needle enters the skin")
    SURFACE = "surface", _("The surface of the skin is renewed")
    HEAT = "heat", _("Warmth below the surface")
    HANDPIECE = "handpiece", _("A handpiece")
    CALENDAR = "calendar", _("A calendar")
    SUN = "sun", _("The sun")


class Section(Statement):
    """A titled piece of prose, standing in one place of the page."""

    part = "sections"
    named_by = "title"
    anchor = "section"
    prose = {"body": Prose.MARKDOWN}

    place = models.CharField(_("place on the page"), max_length=20, choices=Place.choices)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), help_text=_("Markdown: paragraphs, lists, links, emphasis."))
    illustration = models.CharField(_("illustration"), max_length=20, choices=Illustration.choices, blank=True)

    class Meta(Statement.Meta):
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            *Statement.Meta.constraints,
            filled("section", "title"),
            filled("section", "body"),
            known("section", "place", Place),
            known("section", "illustration", Illustration, blank=True),
        ]

    def __str__(self) -> str:
        return self.title
