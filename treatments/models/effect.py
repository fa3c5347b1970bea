"""What a treatment may do: benefits and risks, with the counts they rest on."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known
from treatments.models.part import Prose, Statement, in_order


class Counted(Statement):
    """A statement that may rest on a count: `events` among `people`, for example 2 of 42."""

    worded_by = "count"

    events = models.PositiveIntegerField(_("how many had it"), null=True, blank=True)
    people = models.PositiveIntegerField(_("out of how many"), null=True, blank=True, validators=[MinValueValidator(1)])
    counted = models.CharField(
        _("counted were"), max_length=80, blank=True, help_text=_("For example “people treated for acne scars”.")
    )

    class Meta(Statement.Meta):
        abstract = True
        constraints = [
            *Statement.Meta.constraints,
            models.CheckConstraint(
                name="%(class)s_count_is_whole",
                condition=Q(events__isnull=True, people__isnull=True)
                | Q(events__isnull=False, people__isnull=False, people__gte=1, events__lte=models.F("people")),
                violation_error_message=_("Give both numbers of the count, the first not larger than the second."),
            ),
        ]

    def clean(self) -> None:
        if (self.events is None) != (self.people is None):
            raise ValidationError({"people": _("Give both numbers of the count, or neither.")})
        in_order(self, "events", "people")


class Benefit(Counted):
    """Something the treatment can do for people."""

    part = "benefits"
    named_by = "title"
    anchor = "benefit"
    prose = {"text": Prose.MARKDOWN, "finding": Prose.PLAIN}

    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), help_text=_("Markdown."))
    finding = models.TextField(_("what was measured"), blank=True, help_text=_("The figure, and in how many people."))

    class Meta(Counted.Meta):
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        constraints = [*Counted.Meta.constraints, filled("benefit", "title"), filled("benefit", "text")]

    def __str__(self) -> str:
        return self.title


class RiskBand(models.TextChoices):
    COMMON = "common", _("Common")
    UNCOMMON = "uncommon", _("Uncommon")
    RARE = "rare", _("Rare")


class Risk(Counted):
    """Something unwanted that can happen."""

    part = "risks"
    named_by = "name"
    anchor = "risk"
    prose = {"text": Prose.MARKDOWN}

    name = models.CharField(_("name"), max_length=120)
    brief = models.CharField(
        _("in brief"), max_length=120, blank=True, help_text=_("Its name in one line with others: “redness for hours”.")
    )
    band = models.CharField(_("how often"), max_length=10, choices=RiskBand.choices)
    text = models.TextField(_("text"), help_text=_("Markdown."))
    lasts = models.CharField(_("how long it lasts"), max_length=160, blank=True)

    class Meta(Counted.Meta):
        verbose_name = _("risk")
        verbose_name_plural = _("risks")
        constraints = [
            *Counted.Meta.constraints,
            filled("risk", "name"),
            filled("risk", "text"),
            known("risk", "band", RiskBand),
        ]

    def __str__(self) -> str:
        return self.name
