"""An editor changes a sentence, looks at it and publishes it."""

import pytest

pytestmark = pytest.mark.journey


class TestAnEditor:
    def test_changes_a_benefit_and_publishes_it(self, visit, sign_in):
        desk = sign_in()
        desk.get_by_role("link", name="Treatments", exact=True).first.click()
        desk.locator("#result_list").get_by_role("link", name="Pico laser").click()
        desk.get_by_role("link", name="Benefits").click()
        desk.locator("#id_benefit_rows-0-title").fill("Works on more than one thing")
        desk.get_by_role("button", name="Save", exact=True).click()
        assert visit("/treatments/pico-laser/").get_by_role("heading", name="Works on more than one thing").count() == 0

        desk.get_by_role("link", name="Publish…").click()
        desk.get_by_label("What changed").fill("A clearer first benefit")
        desk.get_by_role("button", name="Publish").click()

        reader = visit("/treatments/pico-laser/")
        assert reader.get_by_role("heading", name="Works on more than one thing").count() == 1
        assert "A clearer first benefit" in reader.locator("#edition").text_content()

    @pytest.mark.parametrize(
        "path",
        [
            "/admin/",
            "/admin/treatments/treatment/",
            "/admin/treatments/treatment/1/change/",
            "/admin/treatments/treatment/1/change/?part=benefits",
            "/admin/treatments/treatment/1/change/?part=photos",
            "/admin/treatments/treatment/1/preview/",
            "/admin/treatments/treatment/1/publish/",
            "/admin/treatments/clinic/1/change/",
            "/admin/treatments/consultationrequest/",
        ],
    )
    def test_meets_no_violation_of_the_content_policy(self, visit, sign_in, path):
        page = visit(path, page=sign_in())
        page.wait_for_load_state("networkidle")

        assert page.evaluate("violations") == []
        assert "Log in" not in page.title()
