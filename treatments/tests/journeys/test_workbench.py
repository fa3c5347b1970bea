"""An editor puts rows in another order and looks at what is typed, with hands on the keyboard, on a phone's width."""

import pytest
from playwright.sync_api import expect

from treatments.tests.journeys.hands import Keyboard, leave_by

pytestmark = pytest.mark.journey

BENEFITS = "/admin/treatments/treatment/1/change/?part=benefits"


def titles(page):
    """The titles of the rows in the order of their numbers."""
    rows = page.locator(".inline-related.has_original").all()
    found = [[row.locator(f"[name$=-{name}]").input_value() for name in ("order", "title")] for row in rows]
    return [title for _order, title in sorted(found, key=lambda row: int(row[0]))]


class TestTheOrderOfRows:
    def test_is_changed_by_keyboard_alone_and_kept(self, visit, sign_in):
        page = visit(BENEFITS, page=sign_in(width=360))
        first, second, third, *others = titles(page)
        hands = Keyboard(page)
        down = page.get_by_role("button", name="Move down").first

        hands.reach(down)
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")

        assert titles(page)[:3] == [second, third, first]
        assert "Now in place 3 of" in page.locator("#row-words").inner_text()
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == f"Move down: {first}"
        leave_by(page.get_by_role("button", name="Save and continue editing"))
        assert titles(page) == [second, third, first, *others]
        # As it was, for whoever comes next.
        for _step in range(2):
            page.get_by_role("button", name=f"Move up: {first}").click()
        leave_by(page.get_by_role("button", name="Save and continue editing"))
        assert titles(page)[:3] == [first, second, third]

    def test_stops_at_both_ends(self, visit, sign_in):
        page = visit(BENEFITS, page=sign_in())
        before = titles(page)

        page.get_by_role("button", name="Move up").first.click()
        page.get_by_role("button", name="Move down").last.click()

        assert titles(page) == before

    def test_is_a_number_without_scripts(self, visit, sign_in):
        page = visit(BENEFITS, page=sign_in(scripts=False))

        assert page.locator(".row-mover").count() == 0
        assert page.locator("input[name$=-order]").first.is_visible()


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
def test_what_is_typed_is_previewed_in_a_new_tab(visit, sign_in, scripts):
    page = visit(BENEFITS, page=sign_in(width=360, scripts=scripts))
    page.locator("#id_benefit_rows-0-title").fill("Typed and not saved")

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview without saving").click()

    opened.value.get_by_text("Benefits, in figures").click()
    expect(opened.value.get_by_text("Typed and not saved").first).to_be_visible()
    assert page.locator("#id_benefit_rows-0-title").input_value() == "Typed and not saved"
    assert visit(BENEFITS, page=page).locator("#id_benefit_rows-0-title").input_value() != "Typed and not saved"


@pytest.mark.parametrize("width", [360, 1280])
def test_its_screens_are_clean(visit, sign_in, complaints, width):
    page = sign_in(width=width)

    treatment = "/admin/treatments/treatment/1/"
    for path in (f"{treatment}change/", BENEFITS, f"{treatment}publish/", f"{treatment}withdraw/"):
        visit(path, page=page)
        # First: what axe adds to a page counts as well.
        assert page.evaluate("violations") == [], path
        assert complaints(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
