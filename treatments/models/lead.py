"""Leads: what the page says first about a subject."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known
from treatments.models.overview import Place
from treatments.models.part import Prose, Statement


class Lead(Statement):
    """The one or two sentences under the heading of a chapter, before anything is opened."""

    part = "leads"
    named_by = "text"
    anchor = "lead"
    prose = {"text": Prose.PLAIN}
    said_once = "place"

    place = models.CharField(_("place on the page"), max_length=20, choices=Place.choices)
    text = models.TextField(_("text"), help_text=_("One or two short sentences. Nothing that the folds do not carry."))

    class Meta(Statement.Meta):
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            *Statement.Meta.constraints,
            filled("lead", "text"),
            known("lead", "place", Place),
            models.UniqueConstraint(
                name="lead_place_once_in_treatment",
                fields=["treatment", "place"],
                violation_error_message=_("Another lead stands in this place already."),
            ),
        ]

    def __str__(self) -> str:
        return self.text
