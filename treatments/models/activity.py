"""Activities: when a patient can do again what people ask about."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.care import AftercareRule
from treatments.models.constraints import filled
from treatments.models.part import Statement


class Activity(Statement):
    """Something to do again, from one day after the treatment on, and how the skin must be by then.

    Never earlier than the end of the aftercare rule that it comes from, as `publication.between_rows` checks.
    """

    part = "activities"
    named_by = "activity"
    anchor = "activity"
    worded_by = "when"
    refers = {"rule": AftercareRule.part}

    activity = models.CharField(_("activity"), max_length=80, help_text=_("After “When can I”: “wear make-up”."))
    applies_to = models.CharField(
        _("only for"), max_length=60, blank=True, help_text=_("For example “face”, where the day differs.")
    )
    from_day = models.PositiveSmallIntegerField(
        _("from day"), help_text=_("0 is the treatment day; 7 means “after 7 days”.")
    )
    condition = models.CharField(
        _("condition of the skin"), max_length=120, blank=True, help_text=_("“if no crust or blister is left”")
    )
    rule = models.CharField(
        _("key of the aftercare rule"), max_length=80, blank=True, help_text=_("The rule that this day comes from.")
    )

    class Meta(Statement.Meta):
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [*Statement.Meta.constraints, filled("activity", "activity")]

    def __str__(self) -> str:
        return self.activity
