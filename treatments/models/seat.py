"""The times that are held."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import FIVES


class SeatCellQuerySet(models.QuerySet):
    def between(self, start, end):
        """(seat, start) of every cell held from one moment to another, as `availability` takes them."""
        return set(self.filter(starts_at__gte=start, starts_at__lt=end).values_list("seat", "starts_at"))


class SeatCell(models.Model):
    """Five minutes of one seat, held for one request. The database gives each to one request alone."""

    request = models.ForeignKey(
        "treatments.ConsultationRequest",
        models.CASCADE,
        related_name="cells",
        # The index below serves it.
        db_index=False,
        verbose_name=_("request"),
    )
    seat = models.PositiveSmallIntegerField(_("seat"), validators=[MaxValueValidator(99)])
    starts_at = models.DateTimeField(_("starts"), db_index=True)

    objects = SeatCellQuerySet.as_manager()

    class Meta:
        verbose_name = _("held five minutes")
        verbose_name_plural = _("held five minutes")
        ordering = ["starts_at", "seat"]
        # The first and the last cell of a request, also for a database that knows nothing yet of its million rows.
        indexes = [models.Index(fields=["request", "starts_at"], name="seat_cell_of_request")]
        constraints = [
            models.UniqueConstraint(name="seat_cell_held_once", fields=["seat", "starts_at"]),
            # Else two cells could overlap without being one.
            models.CheckConstraint(
                name="seat_cell_starts_on_whole_five_minutes",
                condition=Q(starts_at__minute__in=FIVES, starts_at__second=0),
            ),
        ]

    def __str__(self):
        return f"{self.starts_at:%Y-%m-%d %H:%M}, seat {self.seat + 1}"
