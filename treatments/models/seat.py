"""The times that are held."""

import collections

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import on_five_minutes
from treatments.values.moments import title_of


class SeatCellQuerySet(models.QuerySet):
    def taken(self, start, end, *, but=None):
        """What is held from one moment to another, as `availability` takes it: seat numbers by the start of a cell.

        `but` is a request whose own cells are left out.
        """
        held = self.filter(starts_at__gte=start, starts_at__lt=end)
        if but is not None and but.pk:
            held = held.exclude(request=but)
        found = collections.defaultdict(set)
        for seat, cell in held.values_list("seat", "starts_at"):
            found[cell].add(seat)
        return found


class SeatCell(models.Model):
    """Five minutes of one visit, under the seat number that it has in them.

    Writers count the cells of a moment with the clinic's row locked; that no number is given twice is the second guard.
    """

    request = models.ForeignKey(
        "treatments.ConsultationRequest",
        models.CASCADE,
        related_name="cells",
        # The constraint below serves it.
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
        constraints = [
            models.UniqueConstraint(name="seat_cell_held_once", fields=["seat", "starts_at"]),
            # Also the way to the first and the last cell of a request.
            models.UniqueConstraint(name="seat_cell_once_a_visit", fields=["request", "starts_at"]),
            # Else two cells could overlap without being one.
            on_five_minutes("seat_cell_starts_on_whole_five_minutes", "starts_at"),
        ]

    def __str__(self):
        return f"{title_of(self.starts_at)}, seat {self.seat + 1}"
