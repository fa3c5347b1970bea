"""A patient asks for a free consultation, and makes a mistake on the way."""

import pytest

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [360, 1280])
class TestAskingForAConsultation:
    def test_is_done_from_the_article_with_a_few_answers(self, visit, width, scripts):
        page = visit("/treatments/pico-laser/", width=width, scripts=scripts)

        page.get_by_role("link", name="Ask for a free consultation").first.click()
        assert page.get_by_label("What is it about?").evaluate("field => field.selectedOptions[0].text") == "Pico laser"
        page.get_by_label("Your name").fill("Mei Ling")
        page.get_by_label("Email").fill("mei@example.org")
        page.get_by_label("You may use what I write").check()
        page.get_by_role("button", name="Send").click()

        assert page.get_by_role("heading", level=1).inner_text() == "Thank you"

    def test_shows_a_mistake_first_and_leads_to_it(self, visit, width, scripts):
        page = visit("/consultation/", width=width, scripts=scripts)
        page.get_by_label("Your name").fill("Mei Ling")
        page.get_by_role("button", name="Send").click()

        assert page.title().startswith("Error:")
        assert page.get_by_label("Your name").input_value() == "Mei Ling"
        page.get_by_role("link", name="Tick the box").click()

        assert page.evaluate("document.activeElement.name") == "consent"


class TestAFormWithAMistake:
    def test_gives_the_focus_to_its_summary(self, visit):
        page = visit("/consultation/")

        page.get_by_role("button", name="Send").click()

        assert page.evaluate("document.activeElement.className") == "error-summary"

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 1280])
    def test_has_nothing_that_axe_complains_of(self, visit, complaints, width, scheme):
        page = visit("/consultation/", width=width, scheme=scheme)

        page.get_by_role("button", name="Send").click()

        assert complaints(page) == []
