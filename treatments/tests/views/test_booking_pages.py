"""Where a consultation is asked for: the two ways, the strip of days, and beside them what one asks for."""

import datetime

import pytest
from bs4 import BeautifulSoup

from treatments.models import Clinic, OpeningHours
from treatments.tests.builders import make_form_key, make_request
from treatments.tests.meaning import field, words
from treatments.tests.monday import NOW

TIMES, DETAILS = "/consultation/", "/consultation/details/"
#: The Wednesday after, ten o'clock at the clinic.
TIME = "2026-06-03T02:00Z"
KNOWN = {"address": "1 Jalan Satu\nKuala Lumpur", "access": "Lift to level 3.", "bring": "Your medicines"}
TYPED = {
    "name": "Aisha",
    "phone": "012 345 6789",
    "email": "a@example.org",
    "message": "Evenings.",
    "consent": "on",
    "best_time": "any",
}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning", "clinic")]


def days(page):
    """The days of the strip: (what is drawn over and in it, what it says)."""
    return [(day["data-weekday"], day.find(["a", "p"])["data-day"], words(day)) for day in page.select(".days > .day")]


def summary(page):
    """What stands beside the form: {term: what is said}."""
    (box,) = page.select(".summary")
    return {words(row.dt): words(row.dd) for row in box.select("dl > div")}


class TestTheTwoWays:
    def test_stand_side_by_side_each_with_what_follows(self, read):
        ways = read(TIMES).select_one(".ways").find_all("li")

        assert [(words(way.a), way.a["href"], words(way.span)) for way in ways] == [
            ("Choose a time", "#choose", "It is yours at once."),
            ("Ask us to call you", DETAILS, "By Monday 1 June, 13:00."),
        ]

    def test_do_not_promise_a_time_at_once_where_it_is_confirmed_by_hand(self, read):
        Clinic.objects.update(confirms_by_hand=True)

        assert words(read(TIMES).select_one(".ways li span")) == "We write to confirm it."

    def test_are_one_where_there_are_no_hours(self, read):
        OpeningHours.objects.all().delete()

        ways = read(TIMES).select_one(".ways").find_all("li")

        assert [words(way) for way in ways] == ["Ask us to call you As soon as we open."]


class TestTheStripOfDays:
    def test_has_two_weeks_whose_weekdays_and_numbers_are_drawn_and_whose_words_are_whole(self, read):
        found = days(read(TIMES))

        assert len(found) == 14
        assert found[0] == ("Mon", "1", "Monday 1 June 16 times free")
        assert found[5] == ("Sat", "6", "Saturday 6 June closed")
        assert [weekday for weekday, *_rest in found[:7]] == [weekday for weekday, *_rest in found[7:]]

    def test_names_a_month_where_it_begins(self, read):
        page = read(f"{TIMES}?from=2026-06-24")

        named = [(day["data-day"], day["data-month"]) for day in page.select(".days [data-month]")]

        assert named == [("24", "Jun"), ("1", "Jul")]


class TestNothingFree:
    def test_because_all_is_taken_says_so(self, read):
        Clinic.objects.update(visit_minutes=480, seats=1, unheard_share=12, horizon_days=0)
        OpeningHours.objects.exclude(weekday=1).delete()
        make_request(NOW.replace(hour=9), email="b@example.org")

        text = words(read(TIMES).main)

        assert "Every time on these days is taken. Ask us to call you." in text
        assert "all times taken" in text

    def test_because_it_is_closed_says_so_and_leads_on(self, read, clinic):
        clinic.closures.create(
            starts_at=NOW - datetime.timedelta(days=1), ends_at=NOW + datetime.timedelta(days=20), reason="Holiday"
        )

        text = words(read(TIMES).main)

        assert "We are closed on these days, or they are too soon. Look at later days, or ask us to call you." in text

    def test_on_the_chosen_day_says_so(self, read):
        assert "No time is free on this day." in words(read(f"{TIMES}?day=2026-06-06").main)


class TestWhatStandsBesideTheForm:
    def test_is_as_much_as_is_known(self, read):
        Clinic.objects.update(**KNOWN, phone="+60 3-2345 6789")

        assert summary(read(f"{DETAILS}?time={TIME}")) == {
            "When": "Wednesday 3 June 2026, 10:00",
            "How long": "30 minutes",
            "Cost": "Free",
            "Where": "1 Jalan Satu Kuala Lumpur Lift to level 3.",
            "Bring": "Your medicines",
            "Phone": "+60 3-2345 6789",
        }

    def test_has_no_gaps_for_what_is_not_known(self, read):
        assert summary(read(f"{DETAILS}?time={TIME}")) == {
            "When": "Wednesday 3 June 2026, 10:00",
            "How long": "30 minutes",
            "Cost": "Free",
        }

    def test_says_beside_the_times_how_long_it_takes_and_where(self, read):
        Clinic.objects.update(**KNOWN)

        said = summary(read(f"{TIMES}?day=2026-06-03"))

        assert (said["When"], said["How long"]) == ("Wednesday 3 June", "30 minutes")
        assert said["Where"].startswith("1 Jalan Satu")

    def test_names_no_day_without_times(self, read):
        assert "When" not in summary(read(f"{TIMES}?day=2026-06-06"))

    def test_names_no_time_for_a_call(self, read):
        assert "When" not in summary(read(DETAILS))


class TestAnotherTime:
    def post(self, client, **changes):
        answers = {**TYPED, "form_key": make_form_key(), "time": TIME, **changes}
        response = client.post(f"{DETAILS}?time={TIME}", answers)
        return response.status_code, BeautifulSoup(response.content, "html.parser")

    def test_is_chosen_with_everything_kept_that_was_typed(self, client):
        status, page = self.post(client, other_time="1")

        assert status == 200
        assert field(page, "Another time").name == "select"
        assert [field(page, label)["value"] for label in ("Your name", "Phone", "Email")] == [
            *("Aisha", "012 345 6789", "a@example.org")
        ]
        assert words(field(page, "Anything we should know (optional)")) == "Evenings."
        assert "When" not in summary(page)

    def test_is_not_what_the_enter_key_asks_for(self, read):
        page = read(f"{DETAILS}?time={TIME}")
        form = page.select_one("main form")

        # The first button of a form, by its place in the page, is the one that Enter presses.
        first, *others = [
            button
            for button in page.select("button")
            if button.find_parent("form") is form or button.get("form", "-") == form.get("id")
        ]
        assert not first.get("name")
        assert [button["name"] for button in others if button.get("name")] == ["other_time"]
