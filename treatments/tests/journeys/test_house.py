"""The pages around the article keep their shape on a small phone, with large text and under a patient's keys."""

import pytest

from treatments.tests.journeys.hands import heading, leave_by

pytestmark = pytest.mark.journey

DETAILS = "/consultation/details/"
#: How far each of these elements stands below the upper edge of the page, as a script.
TOPS = "(selector) => [...document.querySelectorAll(selector)].map((found) => found.getBoundingClientRect().top)"


@pytest.mark.parametrize("width", [320, 360])
class TestOnAPhone:
    def test_the_masthead_is_one_row(self, visit, width):
        page = visit("/treatments/", width=width)

        assert page.get_by_role("link", name="Worried?").is_visible()
        assert page.locator(".masthead__row").bounding_box()["height"] <= 60

    def test_a_week_of_days_stands_in_a_row_each_large_enough_for_a_thumb(self, visit, width):
        page = visit("/consultation/", width=width)

        tops = page.evaluate(TOPS, ".day")
        free = page.locator(".day a").first.bounding_box()

        assert len(set(tops[:7])) == len(set(tops[7:])) == 1
        assert tops[7] > tops[0]
        assert (free["width"] >= 36, free["height"] >= 44) == (True, True)

    def test_the_trap_for_machines_reaches_over_no_edge_where_text_is_twice_as_large(self, visit, width):
        page = visit(DETAILS, width=width)
        page.evaluate("document.documentElement.style.fontSize = '200%'")

        rights = page.evaluate(
            "[...document.querySelectorAll('.hidden, .hidden *')].map((found) => found.getBoundingClientRect().right)"
        )

        assert max(rights) <= width


class TestTheEnterKey:
    def test_sends_the_form_whose_time_is_chosen(self, visit):
        page = visit("/consultation/")
        leave_by(page.get_by_role("link", name="16 times free").first)
        page.locator("#times input[type=radio]").last.check()
        leave_by(page.get_by_role("button", name="Continue with this time"))

        page.get_by_label("Your name").fill("Mei Ling")
        with page.expect_navigation():
            page.keyboard.press("Enter")

        assert page.title().startswith("Error:")
        assert heading(page) == "About you"
        assert page.get_by_role("button", name="Choose another time").is_visible()
        assert page.get_by_label("Your name").input_value() == "Mei Ling"
