"""An editor changes a sentence, looks at it, is told what stands against it, and publishes it."""

import pytest

from treatments.tests.builders import canonical_document, fit_document
from treatments.tests.journeys import at_the_desk
from treatments.tests.journeys.hands import leave_by

pytestmark = pytest.mark.journey


class TestAnEditor:
    def test_changes_a_benefit_and_publishes_it(self, visit, sign_in, site):
        rows = [{"title": "Smoother feel", "text": "Rough skin feels painless.", "basis": "clinic"}]
        with at_the_desk.desk(site.folder) as staff:
            staff.submit(at_the_desk.write_draft, canonical_document(fit_document(benefits=rows))).result()
        desk = sign_in()
        leave_by(desk.get_by_role("link", name="Treatments", exact=True).first)
        leave_by(desk.locator("#result_list").get_by_role("link", name="Light peel"))

        leave_by(desk.get_by_role("link", name="Publish…"))
        leave_by(desk.get_by_role("link", name="“Rough skin feels painless.”"))
        desk.locator("#id_benefit_rows-0-text").fill("Rough skin feels smoother.")
        leave_by(desk.get_by_role("button", name="Save", exact=True))
        leave_by(desk.get_by_role("link", name="Review…"))
        desk.get_by_label("Reviewed by").fill("Dr Lee, dermatologist")
        leave_by(desk.get_by_role("button", name="I have read it: record my review"))
        desk.get_by_label("What changed").fill("A clearer first benefit")
        leave_by(desk.get_by_role("button", name="Publish"))

        reader = visit("/treatments/light-peel/")
        reader.get_by_text("Benefits, in figures").click()
        assert reader.get_by_text("Rough skin feels smoother.").is_visible()
        assert "A clearer first benefit" in reader.locator("#edition").text_content()
        assert "sample" not in reader.locator("#edition").text_content()

    def test_is_told_what_stands_between_the_sample_and_its_publication(self, visit, sign_in, complaints):
        desk = visit("/admin/treatments/treatment/1/publish/", page=sign_in())

        assert desk.get_by_text("Nobody has reviewed it").first.is_visible()
        assert desk.get_by_text("promise").count() == 0
        assert desk.get_by_role("button", name="Publish").count() == 0
        assert complaints(desk) == []
        for path in ("/admin/treatments/edition/1/compare/", "/admin/treatments/edition/1/restore/"):
            assert complaints(visit(path, page=desk)) == []

    def test_meets_no_violation_of_the_content_policy(self, visit, sign_in):
        page = sign_in()
        for path in (
            "/admin/",
            "/admin/treatments/treatment/",
            "/admin/treatments/treatment/1/change/",
            "/admin/treatments/treatment/1/change/?part=benefits",
            "/admin/treatments/treatment/1/change/?part=photos",
            "/admin/treatments/treatment/1/preview/",
            "/admin/treatments/treatment/1/publish/",
            "/admin/treatments/clinic/1/change/",
            "/admin/treatments/consultationrequest/",
        ):
            visit(path, page=page).wait_for_load_state("networkidle")

            assert page.evaluate("violations") == [], path
            assert "Log in" not in page.title(), path
