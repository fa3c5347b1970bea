"""Whom a treatment is for: concerns, precautions and alternatives."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known, ordered
from treatments.models.part import Prose, Statement, in_order


class Evidence(models.TextChoices):
    STRONG = "strong", _("Strong")
    MODERATE = "moderate", _("Moderate")
    LIMITED = "limited", _("Limited")
    NONE = "none", _("None found")


class ConcernAdvice(models.TextChoices):
    CAN_HELP = "can-help", _("Can help")
    ASK = "ask", _("Decided person by person")
    SOMETHING_ELSE = "something-else", _("Something else works better")
    DOCTOR_FIRST = "doctor-first", _("See a doctor first")


class Concern(Statement):
    """Something people come with, and how well the treatment answers it."""

    part = "concerns"
    named_by = "name"
    anchor = "concern"
    prose = {"honest": Prose.PLAIN, "lasting": Prose.PLAIN}
    worded_by = "evidence"

    name = models.CharField(_("name"), max_length=120)
    verdict = models.CharField(
        _("verdict"),
        max_length=90,
        blank=True,
        help_text=_("What to expect in a few words: “Softer and shallower, not gone”."),
    )
    brief = models.CharField(
        _("in brief"),
        max_length=60,
        blank=True,
        help_text=_("A short name for its row, or for the line of what the treatment is not for: “loose skin”."),
    )
    advice = models.CharField(_("advice"), max_length=20, choices=ConcernAdvice.choices)
    evidence = models.CharField(_("strength of evidence"), max_length=10, choices=Evidence.choices)
    honest = models.TextField(_("what to say honestly"), help_text=_("What it can and cannot do, in plain words."))
    lasting = models.TextField(_("does it last?"), blank=True)
    sessions_from = models.PositiveSmallIntegerField(_("sessions in studies, from"), null=True, blank=True)
    sessions_to = models.PositiveSmallIntegerField(_("to"), null=True, blank=True, help_text=_("Empty: “or more”."))
    weeks_apart_from = models.PositiveSmallIntegerField(_("weeks apart, from"), null=True, blank=True)
    weeks_apart_to = models.PositiveSmallIntegerField(_("to"), null=True, blank=True)
    pain_score = models.DecimalField(
        _("average pain score out of 10"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(10)],
    )

    class Meta(Statement.Meta):
        verbose_name = _("concern")
        verbose_name_plural = _("concerns")
        constraints = [
            *Statement.Meta.constraints,
            filled("concern", "name"),
            filled("concern", "honest"),
            known("concern", "advice", ConcernAdvice),
            known("concern", "evidence", Evidence),
            ordered("concern", "sessions_from", "sessions_to"),
            ordered("concern", "weeks_apart_from", "weeks_apart_to"),
            models.CheckConstraint(
                name="concern_pain_score_is_out_of_ten",
                condition=Q(pain_score__isnull=True) | Q(pain_score__range=(0, 10)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        in_order(self, "sessions_from", "sessions_to")
        in_order(self, "weeks_apart_from", "weeks_apart_to")
        for low, high in (("sessions_from", "sessions_to"), ("weeks_apart_from", "weeks_apart_to")):
            if getattr(self, high) is not None and getattr(self, low) is None:
                raise ValidationError({low: _("Give this number too, or leave out both.")})


class PrecautionAdvice(models.TextChoices):
    DOCTOR_FIRST = "doctor-first", _("See a doctor first")
    NOT_TREATED = "not-treated", _("Not with this treatment")
    WAIT = "wait", _("Wait")
    CLINICIAN_DECIDES = "clinician-decides", _("A clinician decides with you")
    TELL_US = "tell-us", _("Tell us before the day")


class Precaution(Statement):
    """Someone who should wait, or should not have the treatment, and what we say to them."""

    part = "precautions"
    named_by = "situation"
    anchor = "precaution"
    prose = {"says": Prose.MARKDOWN, "why": Prose.PLAIN}
    worded_by = "advice"

    situation = models.CharField(_("situation"), max_length=160)
    brief = models.CharField(
        _("in brief"),
        max_length=120,
        blank=True,
        help_text=_("The condition without its reason: “isotretinoin in the last 6 months”."),
    )
    advice = models.CharField(_("advice"), max_length=20, choices=PrecautionAdvice.choices)
    says = models.TextField(_("what the page says"), help_text=_("Markdown. Speak to the reader: “you”."))
    why = models.TextField(_("why"), blank=True)
    boxed = models.BooleanField(
        _("in its own box"), default=False, help_text=_("Stands before the list and the first booking link.")
    )
    ask_first = models.BooleanField(
        _("ask when booking"), default=False, help_text=_("The booking form asks the question below.")
    )
    question = models.CharField(_("question when booking"), max_length=200, blank=True)

    class Meta(Statement.Meta):
        verbose_name = _("precaution")
        verbose_name_plural = _("precautions")
        constraints = [
            *Statement.Meta.constraints,
            filled("precaution", "situation"),
            filled("precaution", "says"),
            known("precaution", "advice", PrecautionAdvice),
            models.CheckConstraint(
                name="precaution_asked_first_has_a_question",
                condition=Q(ask_first=False) | ~Q(question=""),
                violation_error_message=_("Write the question that the booking form asks."),
            ),
        ]

    def __str__(self) -> str:
        return self.situation

    def clean(self) -> None:
        if self.ask_first and not self.question:
            raise ValidationError({"question": _("Write the question that the booking form asks.")})


class Alternative(Statement):
    """Another way to treat the same concern, told fairly."""

    part = "alternatives"
    named_by = "name"
    anchor = "alternative"
    prose = {"good_at": Prose.PLAIN, "limits": Prose.PLAIN}

    name = models.CharField(_("name"), max_length=120)
    good_at = models.TextField(_("good at"))
    limits = models.TextField(_("limits"))

    class Meta(Statement.Meta):
        verbose_name = _("alternative")
        verbose_name_plural = _("alternatives")
        constraints = [
            *Statement.Meta.constraints,
            filled("alternative", "name"),
            filled("alternative", "good_at"),
            filled("alternative", "limits"),
        ]

    def __str__(self) -> str:
        return self.name
