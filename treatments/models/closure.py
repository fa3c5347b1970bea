"""When the clinic is closed although it would be open."""

import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from treatments.models.clinic import Clinic, check_sensible_year
from treatments.models.constraints import filled
from treatments.values.moments import title_of


class ClosureQuerySet(models.QuerySet["Closure"]):
    def between(self, start: datetime.datetime, end: datetime.datetime) -> Self:
        """Closures that share some time with the stretch from one moment to another."""
        return self.filter(ends_at__gt=start, starts_at__lt=end)


class Closure(models.Model):
    """A stretch of time in which the clinic is closed although its hours say open."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="closures", default=Clinic.ONLY)
    starts_at = models.DateTimeField(_("from"), validators=[check_sensible_year])
    ends_at = models.DateTimeField(_("until"), db_index=True, validators=[check_sensible_year])
    reason = models.CharField(
        _("reason"), max_length=120, help_text=_("Patients see it, for example “Public holiday”.")
    )

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="closure_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A closure must end after it starts."),
            ),
            filled("closure", "reason"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}, {title_of(self.starts_at)}"
