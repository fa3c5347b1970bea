"""Every way through a request and a comment by keyboard alone, on a phone's width, with scripts and without."""

import pytest

from treatments.tests.journeys.hands import Keyboard, heading, take_time

pytestmark = pytest.mark.journey


@pytest.fixture(params=[False, True], ids=["scripts off", "scripts on"])
def hands(visit, request):
    """Hands on the keyboard of a page that was just opened: hands(path)."""
    return lambda path: Keyboard(visit(path, width=360, scripts=request.param))


def slug(request):
    """The present test's own part of an address."""
    return request.node.callspec.id.replace(" ", "-")


class TestByKeyboardAlone:
    def test_a_time_is_chosen_changed_and_cancelled(self, hands, request):
        keyboard = hands("/consultation/")

        # The next day may have a single time left, late in the day or late in this run.
        keyboard.press("link", "16 times free")
        keyboard.choose_time()
        keyboard.press("button", "Continue with this time")
        keyboard.fill_in(Email=f"{slug(request)}@keys.example.org")
        keyboard.press("button", "Book this time")
        assert heading(keyboard.page) == "Your time is confirmed"
        held = keyboard.page.locator(".ticket__moment").inner_text()

        keyboard.press("link", "Change the time")
        keyboard.choose_time(further=2)
        keyboard.press("button", "Change to this time")
        assert keyboard.page.locator(".ticket__moment").inner_text() != held

        keyboard.press("link", "Cancel")
        keyboard.press("button", "Yes, cancel")
        assert heading(keyboard.page) == "This is cancelled"

    def test_a_call_is_asked_for_and_erased(self, hands):
        keyboard = hands("/consultation/")

        keyboard.press("link", "Ask us to call you")
        keyboard.fill_in(Phone="012 345 6780")
        keyboard.press("button", "Ask us to call")
        assert heading(keyboard.page) == "We will call you"

        keyboard.press("link", "See it, take it with you, or erase it now")
        keyboard.press("link", "Erase it now")
        keyboard.press("button", "Yes, erase it")
        assert heading(keyboard.page) == "It is erased"

    def test_a_time_that_was_taken_meanwhile_is_replaced_by_another(self, hands, request):
        patients = [hands("/consultation/") for _patient in range(3)]
        for keyboard in patients:
            keyboard.press("link", "16 times free")
            keyboard.choose_time()
            keyboard.press("button", "Continue with this time")
        # Two seats: the third patient is too late.
        for number, keyboard in enumerate(patients):
            keyboard.fill_in(Email=f"{number}@{slug(request)}.example.org")
            keyboard.press("button", "Book this time")

        assert patients[2].page.get_by_role("heading", name="This time has just been taken").is_visible()
        patients[2].choose_time()
        patients[2].press("button", "Book this time")
        assert heading(patients[2].page) == "Your time is confirmed"

    def test_the_link_is_sent_again(self, hands):
        keyboard = hands("/consultation/link/")

        keyboard.type("Email", "nobody@example.org")
        keyboard.press("button", "Send the link")

        assert heading(keyboard.page) == "Look into your mail"

    def test_a_comment_is_left_and_erased(self, hands, request):
        keyboard = hands("/treatments/pico-laser/comments/")

        keyboard.type("Your name", "Mei Ling")
        keyboard.type("Your comment", f"By keyboard, {slug(request)}.")
        take_time(keyboard.page)
        keyboard.press("button", "Send the comment")
        assert heading(keyboard.page) == "Thank you"

        keyboard.press("link", "Erase my comment")
        keyboard.press("button", "Yes, erase it")
        assert heading(keyboard.page) == "It is erased"
