"""The URLs of a treatment's screens at the desk: its own, and one or more for each part."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from treatments.models import PARTS, Row, Treatment

#: Rows that one screen shows: each takes a hundredth of a second to draw, and a thousand would be ten megabytes.
ROWS_PER_SCREEN = 40


def change_screen(pk: int) -> str:
    """The URL of a treatment's own screen."""
    return reverse("admin:treatments_treatment_change", args=[pk])


def part_screen(treatment_id: int, part: str, number: int = 0) -> str:
    """The URL of the screen on which one kind of row of a treatment is edited.

    A long list has several screens: `number` says which, from 0.
    """
    url = f"{reverse('admin:treatments_treatment_change', args=[treatment_id])}?part={part}"
    return f"{url}&screen={number}" if number else url


def row_screen(pk: int, part: str, number: int) -> str:
    """The URL of one row, by its place in its list from 0, on the screen where it is edited."""
    screen, place = divmod(number, ROWS_PER_SCREEN)
    return f"{part_screen(pk, part, screen)}#{PARTS[part].related_name()}-{place}"


def screens_of(treatment: Treatment, model: type[Row], opened: int) -> list[tuple[int, int, str, bool]]:
    """(first row, last row, URL, whether it is open) of each screen of a list; none if one holds them all.

    Rows are counted from 1, as people do; `opened` is the number of a screen, from 0.
    """
    count = rows_of(model, treatment).count()
    if count <= ROWS_PER_SCREEN:
        return []
    return [
        (
            number * ROWS_PER_SCREEN + 1,
            min(count, (number + 1) * ROWS_PER_SCREEN),
            part_screen(treatment.pk, model.part, number),
            number == opened,
        )
        for number in range(-(-count // ROWS_PER_SCREEN))
    ]


def rows_of(model: type[Row], treatment: Treatment) -> QuerySet[Any]:
    """A treatment's rows of one kind."""
    rows: QuerySet[Any] = getattr(treatment, model.related_name()).all()
    return rows


def screen_number(request: HttpRequest) -> int:
    """Which screen of a list is asked for, from 0; the first for nonsense."""
    text = request.GET.get("screen", "")
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def rows_of_screen(rows: QuerySet[Any], number: int) -> QuerySet[Any]:
    """The rows of a queryset that the screen with this number shows, from 0."""
    first = number * ROWS_PER_SCREEN
    return rows[first : first + ROWS_PER_SCREEN]
