"""A receptionist answers what came in, on a phone and at the desk."""

import pytest

from treatments.tests.journeys import an_example_day, at_the_desk
from treatments.tests.journeys.hands import LATER, leave_by

pytestmark = pytest.mark.journey

LIST = "/admin/treatments/consultationrequest/"
#: Those whose screens are not looked at in test_what_there_is_to_do.
VERBS = ("cancel", "note", "resend", "revoke", "erase")
OTHER_SCREENS = (
    "/admin/treatments/clinic/1/change/",
    "/admin/treatments/treatment/",
    "/admin/treatments/treatment/1/change/?part=benefits",
    "/admin/treatments/treatment/1/publish/",
    "/admin/treatments/treatment/1/review/",
    "/admin/treatments/notice/",
    "/admin/auth/user/1/change/",
    "/admin/auth/group/1/change/",
)

#: Fields that stand beyond the edge of the screen, also in a part that scrolls by itself.
CUT_OFF = """() => [...document.querySelectorAll("#content :is(select, textarea, input:not([type=hidden]))")].filter(
  element => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth
).map(element => element.outerHTML)"""
#: What a thumb misses: less than 24 px wide or high, where a field's label counts as its own.
SMALL = """() => [...document.querySelectorAll(
  "#content :is(a, button, select, textarea, input:not([type=hidden]))"
)].filter(element => {
  if (!element.checkVisibility({ visibilityProperty: true })) return false;
  const { width, height } = (element.closest("label") ?? element).getBoundingClientRect();
  return width < 24 || height < 24;
}).map(element => element.outerHTML)"""


@pytest.fixture(scope="module")
def waiting(site):
    """A visit whose letter did not arrive and a request that was set apart; their ids."""
    with at_the_desk.desk(site.folder) as clinic:
        lost = clinic.submit(an_example_day.a_lost_letter, "Ivan", 31).result()
        return lost, clinic.submit(an_example_day.set_apart, "Lena", 34).result()


def enter_request(page, name, email):
    """Enter a request for the first time that is free; the address of its screen."""
    leave_by(page.get_by_role("link", name="Enter a request by phone or in person"))
    page.get_by_label("Time", exact=True).select_option(index=LATER)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("The patient agrees").check()
    leave_by(page.get_by_role("button", name="Enter the request"))
    return page.url[page.url.index("/admin") :]


@pytest.mark.parametrize("width", [360, 1280])
class TestAtTheFrontDesk:
    def test_a_request_is_entered_cancelled_and_brought_back(self, sign_in, width):
        page = sign_in(width=width)
        enter_request(page, "Farid", f"farid{width}@example.org")
        held = page.locator(".request__state").inner_text()
        assert "Confirmed" in held

        leave_by(page.get_by_role("link", name="Cancel…"))
        assert "is cancelled. You need not do anything." in page.locator(".letter").inner_text()
        leave_by(page.get_by_role("button", name="Confirm, and send this"))
        assert "Cancelled" in page.locator(".request__state").inner_text()

        leave_by(page.get_by_role("button", name="Undo"))
        assert page.locator(".request__state").inner_text() == held

    def test_every_screen_is_clean(self, visit, sign_in, complaints, width):
        page = sign_in(width=width)
        screen = enter_request(page, "Siti", f"siti{width}@example.org")
        verbs = [f"{screen.removesuffix('change/')}act/{verb}/" for verb in VERBS]

        for path in (
            "/admin/?list=today",
            "/admin/treatments/clinic/checklist/",
            f"{LIST}day/",
            "/admin/treatments/task/",
            LIST,
            screen,
            *verbs,
        ):
            visit(path, page=page)
            assert complaints(page) == [], path
            assert page.evaluate("violations") == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

    def test_what_there_is_to_do_is_clean_and_large_enough_for_a_thumb(
        self, visit, sign_in, complaints, waiting, width
    ):
        lost, apart = waiting
        page = sign_in(width=width)
        for path in (
            "/admin/",
            f"{LIST}to-check/",
            f"{LIST}{lost}/change/",
            f"{LIST}{apart}/change/",
            f"{LIST}{apart}/act/real/",
            f"{LIST}{lost}/act/called/",
            f"{LIST}{lost}/act/book/",
            f"{LIST}{lost}/act/offer/",
            f"{LIST}{lost}/act/correct/",
            f"{LIST}add/",
        ):
            visit(path, page=page)
            assert complaints(page) == [], path
            assert page.evaluate("violations") == [], path
            assert page.evaluate(SMALL) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

    @pytest.mark.parametrize("path", OTHER_SCREENS)
    def test_every_other_screen_is_clean_and_large_enough_for_a_thumb(self, visit, sign_in, complaints, width, path):
        page = visit(path, page=sign_in(width=width))

        assert complaints(page) == []
        assert page.evaluate(SMALL) == []
        assert page.evaluate(CUT_OFF) == []


def test_a_sheet_is_printed_over_the_whole_width(visit, sign_in):
    page = visit(f"{LIST}day/", page=sign_in())
    assert page.locator("#nav-sidebar").is_visible()

    page.emulate_media(media="print")

    assert not page.locator("#nav-sidebar").is_visible()
    assert page.locator("main").bounding_box()["width"] == 1280
