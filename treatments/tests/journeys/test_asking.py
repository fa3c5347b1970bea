"""A patient asks for a free consultation, with scripts or without, and makes mistakes on the way."""

import pytest

from treatments.tests.journeys.hands import heading, leave_by, take_time

pytestmark = pytest.mark.journey


def choose_a_time(page):
    page.locator("#times input[type=radio]").first.check()
    leave_by(page.get_by_role("button", name="Continue with this time"))


def fill_in(page, **answers):
    for label, text in {"Your name": "Mei Ling", **answers}.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("You may use what I write").check()
    take_time(page)


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [1280])
class TestAskingForAConsultation:
    """On a wide screen with a mouse; test_keyboard goes the same ways on a phone's width."""

    def test_from_the_article_takes_a_time_changes_it_and_cancels_it(self, visit, width, scripts):
        page = visit("/treatments/pico-laser/", width=width, scripts=scripts)

        leave_by(page.get_by_role("main").get_by_role("link", name="Free consultation").first)
        # The next day may have a single time left, late in the day or late in this run.
        leave_by(page.get_by_role("link", name="16 times free").first)
        choose_a_time(page)
        assert page.get_by_label("What is it about?").locator("option:checked").inner_text() == "Pico laser"
        fill_in(page, Email=f"{width}{scripts}@example.org")
        leave_by(page.get_by_role("button", name="Book this time"))
        assert heading(page) == "Your time is confirmed"
        held = page.locator(".ticket__moment").inner_text()

        leave_by(page.get_by_role("link", name="Change the time"))
        page.locator("#times input[type=radio]").last.check()
        leave_by(page.get_by_role("button", name="Change to this time"))
        assert page.locator(".ticket__moment").inner_text() != held

        leave_by(page.get_by_role("link", name="Cancel"))
        leave_by(page.get_by_role("button", name="Yes, cancel"))
        assert heading(page) == "This is cancelled"

    def test_to_be_called_and_erasing_it_again(self, visit, width, scripts):
        page = visit("/consultation/", width=width, scripts=scripts)

        leave_by(page.get_by_role("link", name="Ask us to call you"))
        fill_in(page, Phone="012 345 6789")
        leave_by(page.get_by_role("button", name="Ask us to call"))
        assert heading(page) == "We will call you"
        assert page.get_by_text("Save or print this page").is_visible()

        leave_by(page.get_by_role("link", name="See it, take it with you, or erase it now"))
        leave_by(page.get_by_role("link", name="Erase it now"))
        leave_by(page.get_by_role("button", name="Yes, erase it"))
        assert heading(page) == "It is erased"

    def test_shows_a_mistake_first_and_leads_to_it(self, visit, width, scripts):
        page = visit("/consultation/details/", width=width, scripts=scripts)
        page.get_by_label("Your name").fill("Mei Ling")
        leave_by(page.get_by_role("button", name="Ask us to call"))

        assert page.title().startswith("Error:")
        assert page.get_by_label("Your name").input_value() == "Mei Ling"
        page.get_by_role("link", name="Tick the box").click()

        assert page.evaluate("document.activeElement.name") == "consent"

    def test_for_the_link_again_says_to_look_into_the_mail(self, visit, width, scripts):
        page = visit("/consultation/link/", width=width, scripts=scripts)

        page.get_by_label("Email").fill("nobody@example.org")
        leave_by(page.get_by_role("button", name="Send the link"))

        assert heading(page) == "Look into your mail"


class TestATimeThatSomeoneElseTook:
    def test_is_told_with_others_to_take_and_nothing_typed_is_lost(self, visit, complaints):
        slow, quick = visit("/consultation/"), visit("/consultation/")
        for page in (slow, quick):
            leave_by(page.get_by_role("link", name="times free").last)
            # Two seats: the third patient is too late.
            choose_a_time(page)
        other = visit(slow.url[slow.url.index("/consultation") :])
        for number, page in enumerate((quick, other)):
            fill_in(page, Email=f"quick-{number}@example.org")
            leave_by(page.get_by_role("button", name="Book this time"))
            assert heading(page) == "Your time is confirmed"

        fill_in(slow, Email="slow@example.org")
        leave_by(slow.get_by_role("button", name="Book this time"))

        assert slow.get_by_role("heading", name="This time has just been taken").is_visible()
        assert slow.get_by_label("Your name").input_value() == "Mei Ling"
        assert complaints(slow) == []
        leave_by(slow.get_by_role("button", name="Book this time"))
        assert heading(slow) == "Your time is confirmed"


class TestAFormWithAMistake:
    def test_gives_the_focus_to_its_summary(self, visit):
        page = visit("/consultation/details/")

        leave_by(page.get_by_role("button", name="Ask us to call"))

        assert page.evaluate("document.activeElement.className") == "error-summary"

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 1280])
    def test_has_nothing_that_axe_complains_of(self, visit, complaints, width, scheme):
        page = visit("/consultation/details/", width=width, scheme=scheme)

        leave_by(page.get_by_role("button", name="Ask us to call"))

        assert complaints(page) == []


class TestThePagesOfARequest:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 1280])
    def test_have_nothing_that_axe_complains_of(self, visit, complaints, width, scheme):
        page = visit("/consultation/details/", width=width, scheme=scheme)
        fill_in(page, Phone="+60 12 345 6789", Email=f"axe-{width}-{scheme}@example.org")
        leave_by(page.get_by_role("button", name="Ask us to call"))
        path = page.url[page.url.index("/consultation") :]

        for way in ("", "change/", "cancel/", "held/", "erase/"):
            assert complaints(visit(path + way, page=page)) == []
