"""A closure is entered as staff would say it: a day and why; more only where it is needed."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from treatments.models import Clinic, Closure, OpeningHours
from treatments.tests.builders import make_open_clinic
from treatments.tests.screens import screen, typed

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

ZONE = ZoneInfo("Asia/Kuala_Lumpur")


@pytest.fixture
def enter(desk):
    """Type into the row of the first closure, or of `number`, and send the clinic's screen."""
    make_open_clinic(time_zone="Asia/Kuala_Lumpur")
    address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])

    def send(number=0, **fields):
        values = {f"closures-{number}-{name}": value for name, value in fields.items()}
        return desk.post(address, typed(screen(desk, address)) | values)

    return send


def at(year, month, day, hour=0, minute=0):
    return datetime.datetime(year, month, day, hour, minute, tzinfo=ZONE)


class TestAClosure:
    @pytest.mark.parametrize("day", ["28/12/2026", "2026-12-28", "28.12.2026", "28 December 2026", "28 Dec 2026"])
    def test_of_a_whole_day_needs_no_more_than_the_day_and_why(self, enter, day):
        enter(starts_at_0=day, reason="Public holiday")

        closure = Closure.objects.get()
        assert (closure.starts_at, closure.ends_at) == (at(2026, 12, 28), at(2026, 12, 29))

    def test_reads_the_day_before_the_month(self, enter):
        enter(starts_at_0="3/12/2026", reason="Public holiday")

        assert Closure.objects.get().starts_at == at(2026, 12, 3)

    @pytest.mark.parametrize(("opens", "closes"), [("9am", "5.30pm"), ("09:00", "17:30"), ("9:00", "5:30 PM")])
    def test_of_hours_needs_one_day_and_takes_times_as_people_write_them(self, enter, opens, closes):
        enter(starts_at_0="28/12/2026", starts_at_1=opens, ends_at_1=closes, reason="Training")

        closure = Closure.objects.get()
        assert (closure.starts_at, closure.ends_at) == (at(2026, 12, 28, 9), at(2026, 12, 28, 17, 30))

    def test_of_several_days_ends_with_the_last(self, enter):
        enter(starts_at_0="28/12/2026", ends_at_0="31/12/2026", reason="Holidays")

        assert Closure.objects.get().ends_at == at(2027, 1, 1)

    def test_is_shown_as_it_was_entered_and_saved_again_as_it_was(self, desk, enter):
        enter(starts_at_0="28/12/2026", ends_at_0="31/12/2026", reason="Holidays")
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])
        values = typed(screen(desk, address))

        desk.post(address, values)

        days = [values[f"closures-0-{name}"] for name in ("starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1")]
        assert days == ["2026-12-28", "", "2026-12-31", ""]
        closure = Closure.objects.get()
        assert (closure.starts_at, closure.ends_at) == (at(2026, 12, 28), at(2027, 1, 1))

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"starts_at_0": "28th of Dec"}, "Write a date such as 28/12/2026"),
            ({"starts_at_0": "12/28/2026"}, "Write a date such as 28/12/2026"),
            ({"starts_at_0": "28/12/2026", "starts_at_1": "nine"}, "Write a time such as 9:00, 9am"),
            ({"starts_at_1": "9am"}, "Say from which day"),
            ({"starts_at_0": "28/12/2026", "ends_at_0": "27/12/2026"}, "must end after it starts"),
            ({"starts_at_0": "31/12/9999"}, "a year from 2000 on"),
        ],
    )
    def test_says_how_to_write_what_it_cannot_read(self, enter, fields, said):
        response = enter(reason="Holiday", **fields)

        assert said in BeautifulSoup(response.content, "html.parser").text
        assert not Closure.objects.exists()


class TestOpeningHours:
    def test_take_times_as_people_write_them(self, desk, enter):
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])
        number = OpeningHours.objects.count()
        row = {"weekday": 6, "opens": "9am", "closes": "1.30pm"}

        desk.post(
            address,
            typed(screen(desk, address)) | {f"opening_hours-{number}-{name}": value for name, value in row.items()},
        )

        saturday = OpeningHours.objects.get(weekday=6)
        assert (saturday.opens, saturday.closes) == (datetime.time(9), datetime.time(13, 30))

    def test_say_how_to_write_what_they_cannot_read(self, desk, enter):
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])

        response = desk.post(address, typed(screen(desk, address)) | {"opening_hours-0-opens": "noon"})

        assert "Write a time such as 9:00, 9am" in BeautifulSoup(response.content, "html.parser").text

    def test_do_not_overlap_what_someone_else_has_added_meanwhile(self, desk, enter):
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])
        number = OpeningHours.objects.count()
        mine = typed(screen(desk, address)) | {
            f"opening_hours-{number}-weekday": 6,
            f"opening_hours-{number}-opens": "9:00",
            f"opening_hours-{number}-closes": "13:00",
        }
        Clinic.objects.current().opening_hours.create(weekday=6, opens=datetime.time(9), closes=datetime.time(12))

        response = desk.post(address, mine)

        assert "Hours on Saturday overlap" in BeautifulSoup(response.content, "html.parser").text
        assert OpeningHours.objects.get(weekday=6).closes == datetime.time(12)

    def test_are_no_row_twice(self, desk, enter):
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])
        before = list(OpeningHours.objects.order_by("pk").values())
        sent = typed(screen(desk, address))

        response = desk.post(address, sent | {"opening_hours-1-id": sent["opening_hours-0-id"]})

        assert "overlap" in BeautifulSoup(response.content, "html.parser").text
        assert list(OpeningHours.objects.order_by("pk").values()) == before
