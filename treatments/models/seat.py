"""The times that are held."""

import collections
import datetime
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import on_five_minutes
from treatments.values.moments import title_of

if TYPE_CHECKING:
    # A request counts its cells, so that its module imports this one.
    from treatments.models import ConsultationRequest


class SeatCellQuerySet(models.QuerySet["SeatCell"]):
    def taken(
        self, start: datetime.datetime, end: datetime.datetime, *, but: "ConsultationRequest | None" = None
    ) -> dict[datetime.datetime, set[int]]:
        """What is held from one moment to another, as `availability` takes it: seat numbers by the start of a cell.

        Cells in which nothing is held give the empty set. `but` is a request whose own cells are left out.
        """
        held = self.filter(starts_at__gte=start, starts_at__lt=end)
        if but is not None and but.pk:
            held = held.exclude(request=but)
        found: dict[datetime.datetime, set[int]] = collections.defaultdict(set)
        for seat, cell in held.values_list("seat", "starts_at"):
            found[cell].add(seat)
        return found


class SeatCell(models.Model):
    """Five minutes of one visit, under the seat number that it has in them.

    Whoever takes a time counts the cells with the clinic's row locked; that no seat number is held twice is the second
    guard.
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
            # Two cells of a seat are equal or apart; otherwise those of 9:00 and 9:02 would overlap, and both be taken.
            on_five_minutes("seat_cell_starts_on_whole_five_minutes", "starts_at"),
        ]

    def __str__(self) -> str:
        return _("%(moment)s, seat %(number)s") % {"moment": title_of(self.starts_at), "number": self.seat + 1}
