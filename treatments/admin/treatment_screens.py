"""The addresses of a treatment's screens at the desk: its own, and one or more for each part."""

from django.urls import reverse

from treatments.models import PARTS

#: Rows that one screen shows: drawing takes a hundredth of a second for each, and a thousand would be ten megabytes.
ROWS_PER_SCREEN = 40


def change_screen(pk):
    """The address of a treatment's own screen."""
    return reverse("admin:treatments_treatment_change", args=[pk])


def part_screen(treatment_id, part, number=0):
    """The address of the screen on which one kind of row of a treatment is edited; of a long list, one of several."""
    address = f"{reverse('admin:treatments_treatment_change', args=[treatment_id])}?part={part}"
    return f"{address}&screen={number}" if number else address


def row_screen(pk, part, number):
    """The address of one row on its screen of its part."""
    screen, place = divmod(number, ROWS_PER_SCREEN)
    return f"{part_screen(pk, part, screen)}#{PARTS[part].related_name()}-{place}"


def screens_of(treatment, model, opened):
    """(first row, last row, address, whether it is open) of each screen of a part; none if one holds them all."""
    count = model.objects.filter(treatment=treatment).count()
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


def screen_number(request):
    """Which screen of a list is asked for, from 0; the first for nonsense."""
    text = request.GET.get("screen", "")
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def rows_of_screen(rows, number):
    """The rows of a queryset that the screen with this number shows, from 0."""
    first = number * ROWS_PER_SCREEN
    return rows[first : first + ROWS_PER_SCREEN]
