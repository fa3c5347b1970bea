"""The desk: every screen opens, saves what was typed, and costs the same queries for one row and for many."""

import datetime
import hashlib
import os
import re

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from treatments.admin.treatment_screens import part_screen
from treatments.models import PARTS, Benefit, Clinic, Edition, Notice, OpeningHours, Photo, Source, Treatment
from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.tests.builders import (
    canonical_document,
    full_disk,
    full_document,
    make_clinic,
    make_fit_treatment,
    make_full_treatment,
    make_picture,
    make_published_treatment,
    picture_bytes,
)
from treatments.tests.meanwhile import after_first_read
from treatments.tests.screens import page_of, part_address, screen, typed
from treatments.text import pictures

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

#: What a form may send in the place of a version.
NO_VERSIONS = ["", "x", "{}", "text answer", "text: answer:", ":::", "text:0123456789abcdef answer:0123456789abcdef"]


class TestEveryModel:
    """That its screens open is tried for each role in test_roles."""

    @pytest.mark.parametrize("model", [*apps.get_app_config("treatments").get_models()])
    def test_is_registered(self, model):
        assert admin.site.is_registered(model)


class TestALookupInTheAddressOfAList:
    LISTS = ("consultationrequest", "task", "message", "comment", "edition", "notice", "treatment")

    @pytest.mark.parametrize("path", [*(f"treatments/{name}" for name in LISTS), "auth/user", "auth/group"])
    @pytest.mark.parametrize("lookup", ["pk__regex=(", "id__gte=1", "key__startswith=a", "text__contains=x"])
    def test_is_refused_where_no_filter_shows_it(self, desk, path, lookup):
        assert desk.get(f"/admin/{path}/?{lookup}").status_code == 400

    @pytest.mark.parametrize("lookup", ["requested_at__year=99999999", "nonce__startswith=a", "state__regex=("])
    def test_finds_nothing_that_the_list_does_not_show(self, desk, lookup):
        assert desk.get(f"/admin/treatments/consultationrequest/?{lookup}").status_code == 400

    @pytest.mark.parametrize("lookup", ["state__exact=nonsense", "state__exact=%00", "is_set_apart__exact=x"])
    def test_may_have_a_value_that_no_row_has(self, desk, lookup):
        assert desk.get(f"/admin/treatments/consultationrequest/?{lookup}").status_code in (200, 302, 400)


class TestTheWorkbench:
    def test_lists_the_parts_with_their_counts(self, desk):
        treatment = make_full_treatment()

        page = screen(desk, reverse("admin:treatments_treatment_change", args=[treatment.pk]))

        counts = {row.a["href"].split("=")[1]: int(row.td.text) for row in page.select(".desk-parts tbody tr")}
        assert counts == {part: len(full_document().get(part, [])) for part in PARTS}

    @pytest.mark.slow
    @pytest.mark.parametrize("part", PARTS)
    def test_saves_a_part_that_nobody_touched_without_changing_it(self, desk, part):
        treatment = make_full_treatment()
        before = publishing.draft_of(treatment)
        page = screen(desk, part_address(treatment, part))

        response = desk.post(part_address(treatment, part), typed(page))

        assert response.status_code == 302, BeautifulSoup(response.content, "html.parser").select(".errorlist")
        assert publishing.draft_of(treatment) == before

    def test_adds_a_row_with_a_key_and_sources(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")
        values = typed(screen(desk, address))
        values |= {
            "benefit_rows-1-title": "Even tone",
            "benefit_rows-1-text": "Yes.",
            "benefit_rows-1-references": "R10, R1",
        }

        desk.post(address, values)

        row = publishing.draft_of(treatment)["benefits"][1]
        assert (row["key"], row["title"], row["sources"]) == ("even-tone", "Even tone", ["R1", "R10"])

    def test_says_which_source_is_unknown_and_keeps_what_was_typed(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")
        values = typed(screen(desk, address)) | {"benefit_rows-0-references": "R1 R99"}

        page = page_of(desk.post(address, values))

        assert "There is no source R99" in page.select_one(".errorlist li").text
        assert page.find("input", {"name": "benefit_rows-0-references"})["value"] == "R1 R99"

    def test_never_changes_a_key(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")

        desk.post(address, typed(screen(desk, address)) | {"benefit_rows-0-title": "Another title"})

        assert Benefit.objects.get().key == "smoother"

    def test_has_one_kind_of_line_end(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")

        desk.post(address, typed(screen(desk, address)) | {"benefit_rows-0-text": "One.\r\n\r\nTwo."})

        assert Benefit.objects.get().text == "One.\n\nTwo."

    @pytest.mark.parametrize(
        ("typed_text", "kept"),
        [
            ("One,\vtwo\u2028three.", "One,\ntwo\nthree."),
            ("Two  blanks  within, and at the end \r\n of a line.  ", "Two blanks within, and at the end\n of a line."),
            ("SPF\u00a050\u200b \u202eback", "SPF\u00a050 back"),
        ],
    )
    def test_keeps_a_text_in_the_form_in_which_it_is_published(self, desk, typed_text, kept):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")

        desk.post(address, typed(screen(desk, address)) | {"benefit_rows-0-text": typed_text})
        edition = publishing.publish_sample(treatment)

        assert Benefit.objects.get().text == edition.content()["benefits"][0]["text"] == kept

    def test_refuses_a_sign_that_cannot_be_shown_where_it_was_typed(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "sections")

        page = page_of(desk.post(address, typed(screen(desk, address)) | {"section_rows-0-body": "It doesn\x92t."}))

        assert "The sign U+0092 after “doesn” cannot be shown" in page.select_one(".field-body .errorlist").text

    def test_compares_what_an_earlier_version_saved_as_if_it_were_typed_now(self, desk):
        treatment = make_published_treatment()
        treatment.benefit_rows.update(text="Rough  skin feels smoother. \n\n- for weeks\n- not for years")
        address = reverse("admin:treatments_edition_compare", args=[treatment.editions.get().pk])

        assert screen(desk, address).select("ins, del, .change") == []

    @pytest.mark.parametrize(
        "references", ["R10，R1", "r1, r10", "[R1] [R10]", "R1. R10.", "R1、R10；R1", "Ｒ１ Ｒ１０"]
    )
    def test_reads_references_as_people_write_them(self, desk, references):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")

        desk.post(address, typed(screen(desk, address)) | {"benefit_rows-0-references": references})

        assert publishing.draft_of(treatment)["benefits"][0]["sources"] == ["R1", "R10"]

    def test_keeps_the_draft_from_the_public(self, desk, read):
        treatment = make_published_treatment()
        address = part_address(treatment, "benefits")

        desk.post(address, typed(screen(desk, address)) | {"benefit_rows-0-title": "Another title"})

        assert read(treatment.get_absolute_url()).select_one("#benefit-smoother .entries__name").text == "Smoother feel"

    @pytest.mark.slow
    def test_costs_the_same_queries_for_one_row_and_for_a_hundred(self, desk):
        few = make_full_treatment()
        data = full_document(slug="many")
        data["benefits"] = [{"title": f"Benefit {n}", "text": "Yes.", "sources": ["R1"]} for n in range(100)]
        many = documents.write(canonical_document(data))
        # Django remembers content types from the first screen on.
        screen(desk, part_address(few, "risks"))

        counts = []
        for treatment in (few, many):
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(part_address(treatment, "benefits")).status_code == 200
            counts.append(len(queries))

        assert counts[0] == counts[1] < 20

    def test_that_was_never_published_goes_with_its_parts(self, desk):
        treatment = make_full_treatment()

        response = desk.post(reverse("admin:treatments_treatment_delete", args=[treatment.pk]), {"post": "yes"})

        assert response.status_code == 302
        assert not Treatment.objects.exists()
        assert not Benefit.objects.exists()

    def test_offers_no_deletion_of_what_was_published(self, desk):
        treatment = make_published_treatment()

        response = desk.post(reverse("admin:treatments_treatment_delete", args=[treatment.pk]), {"post": "yes"})

        assert response.status_code == 403
        assert Treatment.objects.exists()


class TestTwoWhoEditOnePart:
    @pytest.fixture
    def treatment(self):
        rows = [{"key": key, "title": key.title(), "text": f"{key} text."} for key in ("first", "second")]
        return make_fit_treatment(benefits=rows)

    def test_each_keep_their_own_rows(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))

        desk.post(address, anna | {"benefit_rows-0-text": "By Anna."})
        desk.post(address, ben | {"benefit_rows-1-text": "By Ben."})

        assert [row.text for row in treatment.benefit_rows.all()] == ["By Anna.", "By Ben."]

    def test_lose_nothing_that_one_saves_while_the_screen_of_the_other_is_drawn(self, desk, treatment):
        address = part_address(treatment, "benefits")
        first = treatment.benefit_rows.filter(key="first")
        with after_first_read(Benefit, lambda: first.update(text="By Anna.")):
            ben = typed(screen(desk, address))

        desk.post(address, ben | {"benefit_rows-1-text": "By Ben."})

        assert [row.text for row in treatment.benefit_rows.all()] == ["By Anna.", "By Ben."]

    def test_are_told_of_a_row_that_both_changed_and_the_second_may_insist(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-text": "By Anna.", "benefit_rows-1-text": "Anna's too."})

        page = page_of(desk.post(address, ben | {"benefit_rows-0-text": "By Ben."}))

        assert [row.text for row in treatment.benefit_rows.all()] == ["By Anna.", "Anna's too."]
        assert "same rows meanwhile" in page.select_one(".errorlist.nonform").text
        assert "It has now: Text “By Anna.”." in page.select_one("#benefit_rows-0 .errorlist").text
        assert not page.select("#benefit_rows-1 .errorlist")
        assert page.select_one("#id_benefit_rows-0-text").text.strip() == "By Ben."
        desk.post(address, typed(page))
        assert [row.text for row in treatment.benefit_rows.all()] == ["By Ben.", "Anna's too."]

    def test_may_both_save_the_same(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))

        for values in (anna, ben):
            response = desk.post(address, values | {"benefit_rows-0-text": "The same."})
            assert response.status_code == 302

    def test_are_asked_whether_a_row_that_one_removed_should_come_back(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-DELETE": "on"})

        page = page_of(
            desk.post(address, ben | {"benefit_rows-0-text": "By Ben.", "benefit_rows-1-text": "Ben's too."})
        )

        assert [row.key for row in treatment.benefit_rows.all()] == ["second"]
        assert "same rows meanwhile" in page.select_one(".errorlist.nonform").text
        assert "removed this row" in page.select_one("#benefit_rows-0 .errorlist").text
        assert page.select_one("#id_benefit_rows-0-text").text.strip() == "By Ben."
        assert desk.post(address, typed(page)).status_code == 302
        rows = [(row.key, row.text) for row in treatment.benefit_rows.all()]
        assert rows == [("first", "By Ben."), ("second", "Ben's too.")]

    def test_leave_a_row_away_that_only_one_removed(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-DELETE": "on"})

        # A mistake elsewhere does not bring it back either.
        page = page_of(desk.post(address, ben | {"benefit_rows-1-text": "By Ben.", "benefit_rows-1-title": ""}))
        assert "This field is required" in page.select_one("#benefit_rows-1 .errorlist").text
        assert desk.post(address, typed(page) | {"benefit_rows-1-title": "Ben's"}).status_code == 302

        assert [row.text for row in treatment.benefit_rows.all()] == ["By Ben."]

    def test_see_their_mistakes_at_the_rows_that_they_opened(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-order": "20", "benefit_rows-1-order": "10"})

        page = page_of(desk.post(address, ben | {"benefit_rows-0-text": ""}))

        assert page.select_one("#benefit_rows-0 .inline_label").text.strip() == "First"

    def test_may_both_remove_a_row(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))

        for values in (anna, ben):
            assert desk.post(address, values | {"benefit_rows-0-DELETE": "on"}).status_code == 302

        assert [row.key for row in treatment.benefit_rows.all()] == ["second"]

    @pytest.mark.parametrize("part", sorted(PARTS))
    def test_leave_away_what_one_removed_of_every_part(self, desk, part):
        treatment = make_full_treatment()
        address = part_address(treatment, part)
        ben = typed(screen(desk, address))
        to_treatment = PARTS[part]._meta.get_field("treatment")  # type: ignore[misc]  # Every kind of row has it.
        prefix = to_treatment.remote_field.related_name
        rows = getattr(treatment, prefix).all()
        rows.all().delete()

        response = desk.post(address, ben)

        assert response.status_code == 302
        assert not rows.all().exists()

    def test_of_the_sources_too(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "sources")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"sources-0-title": "By Anna"})

        response = desk.post(address, ben | {"sources-0-title": "By Ben"})

        assert response.status_code == 200
        titles = [source.title for source in treatment.sources.all()]
        assert "By Anna" in titles
        assert "By Ben" not in titles

    @pytest.mark.parametrize("version", NO_VERSIONS)
    def test_whose_screen_has_no_version_lose_nothing(self, desk, treatment, version):
        address = part_address(treatment, "benefits")
        ben = typed(screen(desk, address)) | {"benefit_rows-0-version": version, "benefit_rows-0-text": "By Ben."}
        treatment.benefit_rows.filter(key="first").update(text="By Anna.")

        page = page_of(desk.post(address, ben))

        assert "Text “By Anna.”" in page.select_one("#benefit_rows-0 .errorlist").text
        assert treatment.benefit_rows.get(key="first").text == "By Anna."
        assert desk.post(address, typed(page)).status_code == 302
        assert treatment.benefit_rows.get(key="first").text == "By Ben."

    def test_whose_screen_has_the_version_of_another_row_lose_nothing(self, desk, treatment):
        address = part_address(treatment, "benefits")
        ben = typed(screen(desk, address)) | {"benefit_rows-0-text": "By Ben."}
        ben["benefit_rows-0-version"] = ben["benefit_rows-1-version"]

        assert desk.post(address, ben).status_code == 200

        assert treatment.benefit_rows.get(key="first").text == "first text."

    def test_lose_nothing_of_a_version_that_one_has_made_up(self, desk, treatment):
        address = part_address(treatment, "benefits")
        treatment.benefit_rows.filter(key="first").update(text="By Anna.")
        named = typed(screen(desk, address))["benefit_rows-0-version"]
        digest = hashlib.sha256(b'"By Anna."').hexdigest()[:16]
        forged = re.sub(r"text:\w+", f"text:{digest}", named)

        response = desk.post(
            address, typed(screen(desk, address)) | {"benefit_rows-0-version": forged, "benefit_rows-0-text": "Ben."}
        )

        assert forged != named
        assert response.status_code == 200
        assert treatment.benefit_rows.get(key="first").text == "By Anna."

    def test_whose_screen_has_no_version_of_a_removed_row_do_not_bring_it_back_unasked(self, desk, treatment):
        address = part_address(treatment, "benefits")
        ben = typed(screen(desk, address)) | {"benefit_rows-0-version": ""}
        treatment.benefit_rows.filter(key="first").delete()

        assert desk.post(address, ben).status_code == 200

        assert [row.key for row in treatment.benefit_rows.all()] == ["second"]

    def test_of_which_one_removed_a_row_and_changed_another(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-DELETE": "on", "benefit_rows-1-text": "By Anna."})
        new = {"benefit_rows-2-title": "Third", "benefit_rows-2-text": "Ben's new one."}

        assert desk.post(address, ben | new).status_code == 302

        assert [row.text for row in treatment.benefit_rows.all()] == ["By Anna.", "Ben's new one."]

    def test_are_told_of_both_if_one_removed_a_row_and_changed_another(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-DELETE": "on", "benefit_rows-1-text": "By Anna."})

        page = page_of(desk.post(address, ben | {f"benefit_rows-{row}-text": f"By Ben: {row}." for row in (0, 1)}))

        assert "removed this row" in page.select_one("#benefit_rows-0 .errorlist").text
        assert "Text “By Anna.”" in page.select_one("#benefit_rows-1 .errorlist").text
        assert desk.post(address, typed(page) | {"benefit_rows-0-DELETE": "on"}).status_code == 302
        assert [(row.key, row.text) for row in treatment.benefit_rows.all()] == [("second", "By Ben: 1.")]

    def test_may_both_add_a_row_of_the_same_name(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))

        for values, name in ((anna, "Anna"), (ben, "Ben")):
            new = {"benefit_rows-2-title": "Third", "benefit_rows-2-text": f"By {name}."}
            assert desk.post(address, values | new).status_code == 302

        rows = {row.key: row.text for row in treatment.benefit_rows.all()[2:]}
        assert rows == {"third": "By Anna.", "third-2": "By Ben."}

    def test_are_told_of_a_row_that_one_changed_and_the_other_removes(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-text": "By Anna."})

        page = page_of(desk.post(address, ben | {"benefit_rows-0-DELETE": "on"}))

        assert treatment.benefit_rows.get(key="first").text == "By Anna."
        assert "Text “By Anna.”" in page.select_one("#benefit_rows-0 .errorlist").text
        assert desk.post(address, typed(page)).status_code == 302
        assert [row.key for row in treatment.benefit_rows.all()] == ["second"]

    def test_are_told_of_a_row_that_one_moved_and_the_other_changed(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-order": "30"})

        page = page_of(desk.post(address, ben | {"benefit_rows-0-text": "By Ben."}))

        assert "Place “30”" in page.select_one("#benefit_rows-0 .errorlist").text
        assert treatment.benefit_rows.get(key="first").order == 30

    def test_are_told_of_each_row_again_that_changes_once_more(self, desk, treatment):
        address = part_address(treatment, "benefits")
        ben = typed(screen(desk, address)) | {"benefit_rows-0-text": "By Ben."}
        first = treatment.benefit_rows.filter(key="first")

        for words in ("By Anna.", "By Anna, again."):
            first.update(text=words)
            page = page_of(desk.post(address, ben))
            assert f"Text “{words}”" in page.select_one("#benefit_rows-0 .errorlist").text
            ben = typed(page)

        assert desk.post(address, ben).status_code == 302
        assert first.get().text == "By Ben."

    def test_see_what_is_there_also_beside_a_mistake(self, desk, treatment):
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-text": "By Anna.", "benefit_rows-1-text": "Anna's too."})

        page = page_of(desk.post(address, ben | {"benefit_rows-0-title": "", "benefit_rows-0-text": "By Ben."}))

        said = [fault.text for fault in page.select("#benefit_rows-0 .errorlist")]
        assert len(said) == 2
        assert "Text “By Anna.”" in said[0]
        assert desk.post(address, typed(page) | {"benefit_rows-0-title": "First"}).status_code == 302
        assert [row.text for row in treatment.benefit_rows.all()] == ["By Ben.", "Anna's too."]

    def test_are_not_held_up_by_what_a_removed_row_rested_on(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")
        ben = typed(screen(desk, address)) | {"benefit_rows-1-title": "New", "benefit_rows-1-text": "By Ben."}
        treatment.benefit_rows.all().delete()
        treatment.sources.all().delete()

        assert desk.post(address, ben).status_code == 302

        assert [row.text for row in treatment.benefit_rows.all()] == ["By Ben."]

    def test_are_told_of_the_sources_of_a_row(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"benefit_rows-0-references": "R10 R1"})

        page = page_of(desk.post(address, ben | {"benefit_rows-0-text": "By Ben."}))

        assert "Sources “R1 R10”" in page.select_one("#benefit_rows-0 .errorlist").text

    def test_are_told_of_a_picture_that_both_replaced(self, desk):
        treatment = make_full_treatment()
        photo = treatment.photo_rows.create(key="a", picture=make_picture().name, width=1, height=1, alt="Skin")
        address = part_address(treatment, "photos")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        red, blue = (SimpleUploadedFile("a.png", picture_bytes(colour=colour)) for colour in ("red", "blue"))
        desk.post(address, anna | {"photo_rows-0-file": red})
        photo.refresh_from_db()

        page = page_of(desk.post(address, ben | {"photo_rows-0-file": blue}))

        assert "It has now: File “the one shown here”." in page.select_one("#photo_rows-0 .errorlist").text
        assert treatment.photo_rows.get().picture == photo.picture

    def test_leave_a_picture_alone_that_only_one_replaced_and_described(self, desk):
        treatment = make_full_treatment()
        treatment.photo_rows.create(key="a", picture=make_picture().name, width=1, height=1, alt="Skin")
        address = part_address(treatment, "photos")
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        file = SimpleUploadedFile("a.png", picture_bytes(colour="red"))
        desk.post(address, anna | {"photo_rows-0-file": file, "photo_rows-0-alt": "Red skin"})

        assert desk.post(address, ben).status_code == 302

        assert treatment.photo_rows.get().alt == "Red skin"


class TestTwoWhoEditOneTreatment:
    @pytest.fixture
    def treatment(self):
        return make_fit_treatment(title="Before", answer="It fades marks.")

    @pytest.fixture
    def address(self, treatment):
        return reverse("admin:treatments_treatment_change", args=[treatment.pk])

    def test_each_keep_their_own_fields(self, desk, treatment, address):
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))

        desk.post(address, anna | {"title": "By Anna", "description": "Anna's words."})
        desk.post(address, ben | {"answer": "By Ben."})

        treatment.refresh_from_db()
        assert (treatment.title, treatment.answer) == ("By Anna", "By Ben.")
        assert treatment.description == "Anna's words."

    def test_are_told_of_a_field_that_both_changed_and_the_second_may_insist(self, desk, treatment, address):
        Treatment.objects.update(order=7)
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"title": "By Anna", "answer": "Anna's too.", "order": "0"})

        page = page_of(desk.post(address, ben | {"title": "By Ben", "order": "9"}))

        treatment.refresh_from_db()
        assert treatment.title == "By Anna"
        assert "meanwhile, to “By Anna”" in page.select_one(".field-title .errorlist").text
        assert "meanwhile, to “0”" in page.select_one(".field-order .errorlist").text
        assert not page.select(".field-answer .errorlist")
        assert desk.post(address, typed(page)).status_code == 302
        treatment.refresh_from_db()
        assert (treatment.title, treatment.answer) == ("By Ben", "Anna's too.")

    def test_may_both_save_the_same(self, desk, treatment, address):
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))

        for values in (anna, ben):
            assert desk.post(address, values | {"title": "The same"}).status_code == 302

    @pytest.mark.parametrize("part", ["", "?part=benefits"])
    def test_take_nothing_back_that_another_did_while_they_saved(self, desk, treatment, address, part):
        values = typed(screen(desk, address + part))
        treatments = Treatment.objects.filter(pk=treatment.pk)

        with after_first_read(Treatment, lambda: treatments.update(withdrawn_at=timezone.now())):
            assert desk.post(address + part, values).status_code == 302

        treatment.refresh_from_db()
        assert treatment.withdrawn_at

    @pytest.mark.parametrize("version", NO_VERSIONS)
    def test_whose_screen_has_no_version_lose_nothing(self, desk, treatment, address, version):
        ben = typed(screen(desk, address)) | {"version": version, "answer": "By Ben."}
        Treatment.objects.update(answer="By Anna.")

        page = page_of(desk.post(address, ben))

        assert "meanwhile, to “By Anna.”" in page.select_one(".field-answer .errorlist").text
        assert len(page.select(".errorlist")) == 1
        treatment.refresh_from_db()
        assert treatment.answer == "By Anna."
        assert desk.post(address, typed(page)).status_code == 302
        treatment.refresh_from_db()
        assert treatment.answer == "By Ben."

    def test_are_told_also_beside_a_mistake_in_the_same_field(self, desk, treatment, address):
        anna, ben = typed(screen(desk, address)), typed(screen(desk, address))
        desk.post(address, anna | {"title": "By Anna"})
        page = page_of(desk.post(address, ben | {"title": ""}))
        assert "required" in page.select_one(".field-title .errorlist").text

        page = page_of(desk.post(address, typed(page) | {"title": "By Ben"}))

        assert "meanwhile, to “By Anna”" in page.select_one(".field-title .errorlist").text


@pytest.mark.slow
class TestAPicture:
    def test_is_cleaned_and_named_by_its_content_at_upload(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "photos")
        file = SimpleUploadedFile("holiday.png", picture_bytes())
        values = typed(screen(desk, address)) | {"photo_rows-0-file": file, "photo_rows-0-alt": "A tan square."}

        desk.post(address, values)

        photo = Photo.objects.get()
        assert (photo.width, photo.height) == (640, 480)
        assert pictures.is_there(photo.picture)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a whole JPEG"),
            (picture_bytes()[:60], "not a whole JPEG"),
            (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not a whole JPEG"),
        ],
    )
    def test_is_refused_with_a_clear_message(self, desk, data, message):
        treatment = make_full_treatment()
        address = part_address(treatment, "photos")
        file = SimpleUploadedFile("picture.jpg", data, content_type="image/jpeg")
        values = typed(screen(desk, address)) | {"photo_rows-0-file": file, "photo_rows-0-alt": "A trick."}

        page = page_of(desk.post(address, values))

        assert message in page.select_one(".errorlist li").text
        assert not Photo.objects.exists()

    def test_is_asked_for_in_a_form_that_phones_turn_their_photos_into(self, desk):
        page = screen(desk, part_address(make_full_treatment(), "photos"))

        accepted = page.select_one("input[type=file]")["accept"].split(",")

        assert accepted == ["image/jpeg", "image/png", "image/webp", "image/avif"]

    def test_for_which_there_is_no_room_is_refused_and_stored_by_the_next_try(self, desk, monkeypatch):
        treatment = make_full_treatment()
        address = part_address(treatment, "photos")
        new = typed(screen(desk, address)) | {"photo_rows-0-alt": "A tan square."}
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full_disk)
            file = SimpleUploadedFile("a.png", picture_bytes())
            page = page_of(desk.post(address, new | {"photo_rows-0-file": file}))

        assert "There is no room for the picture on the server" in page.select_one(".errorlist li").text
        assert not Photo.objects.exists()
        desk.post(address, new | {"photo_rows-0-file": SimpleUploadedFile("a.png", picture_bytes())})
        assert pictures.is_whole(Photo.objects.get().picture)

    def test_is_withdrawn_knowing_how_long_browsers_show_it(self, desk):
        treatment = make_full_treatment()
        photo = treatment.photo_rows.create(key="a", picture=make_picture().name, width=1, height=1, alt="Skin")

        page = screen(desk, reverse("admin:treatments_photo_withdraw", args=[photo.pk]))

        assert "A browser that has shown it may show it for up to one more hour" in page.text
        assert pictures.KEPT_SECONDS == 3600

    def test_can_be_withdrawn(self, desk, read):
        treatment = make_full_treatment()
        address = part_address(treatment, "photos")
        file = SimpleUploadedFile("a.png", picture_bytes())
        desk.post(
            address, typed(screen(desk, address)) | {"photo_rows-0-file": file, "photo_rows-0-alt": "A tan square."}
        )
        publishing.publish_sample(treatment)
        assert read(treatment.get_absolute_url()).find("img", alt="A tan square.")

        desk.post(reverse("admin:treatments_photo_withdraw", args=[Photo.objects.get().pk]))

        page = read(treatment.get_absolute_url())
        assert page.main.find("img") is None
        assert "A tan square." in page.select_one(".photo__text").text


class TestPublishing:
    def test_makes_an_edition_with_its_note_and_publisher(self, desk):
        treatment = make_fit_treatment()

        desk.post(reverse("admin:treatments_treatment_publish", args=[treatment.pk]), {"note": "First edition"})

        edition = Edition.objects.get()
        assert (edition.number, edition.note, edition.published_by.username) == (1, "First edition", "staff")
        assert not edition.is_sample

    def test_shows_each_reason_against_it_with_the_screen_that_mends_it(self, desk):
        treatment = make_full_treatment()
        Source.objects.filter(reference="R1").update(url="not an address")

        page = screen(desk, reverse("admin:treatments_treatment_publish", args=[treatment.pk]))

        link = page.select_one("#content li a")
        assert link["href"] == part_address(treatment, "sources")
        assert link.text.startswith("sources[0].url:")

    def test_shows_a_problem_of_the_page_itself_with_its_own_screen(self, desk):
        treatment = make_full_treatment()
        Treatment.objects.filter(pk=treatment.pk).update(title="Signs\x07")

        page = screen(desk, reverse("admin:treatments_treatment_publish", args=[treatment.pk]))

        link = page.select_one("#content li a")
        assert link["href"] == reverse("admin:treatments_treatment_change", args=[treatment.pk])
        assert link.text.startswith("title:")

    def test_is_previewed_in_the_public_template_and_never_cached(self, desk):
        treatment = make_full_treatment(title="The draft's title")

        response = desk.get(reverse("admin:treatments_treatment_preview", args=[treatment.pk]))

        page = BeautifulSoup(response.content, "html.parser")
        assert page.title.text == "The draft's title"
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"

    def test_and_preview_are_for_staff_alone(self, client):
        treatment = make_full_treatment()

        for name in ("preview", "publish"):
            response = client.get(reverse(f"admin:treatments_treatment_{name}", args=[treatment.pk]))
            assert response.status_code == 302
            assert response["Location"].startswith("/admin/login/")


class TestASession:
    def test_lasts_while_someone_works_and_ends_two_hours_after_the_last_click(self, desk, time_machine):
        now = timezone.now()
        for hours, status in ((1.5, 200), (3, 200), (5.1, 302)):
            time_machine.move_to(now + datetime.timedelta(hours=hours), tick=False)

            assert desk.get("/admin/").status_code == status

    def test_is_no_matter_for_readers(self, client, read):
        assert not read("/consultation/").response.cookies


class TestTheClinic:
    def test_gives_public_pages_a_new_name_when_it_is_saved(self, desk, read):
        make_published_treatment()
        address = reverse("admin:treatments_clinic_change", args=[Clinic.objects.current().pk])
        assert "No. 1" not in read("/").select_one("footer").text

        desk.post(address, typed(screen(desk, address)) | {"address": "No. 1, First Street"})

        assert "No. 1, First Street" in read("/").select_one("footer").text

    def test_keeps_its_phone_numbers_as_they_are_typed(self, desk):
        address = reverse("admin:treatments_clinic_change", args=[Clinic.objects.current().pk])
        numbers = {"phone": "+60 (0)3-2345 6789 ext. 12", "emergency_number": "9 9 9"}

        desk.post(address, typed(screen(desk, address)) | numbers)

        assert Clinic.objects.values(*numbers).get() == numbers

    @pytest.mark.parametrize(
        ("stored", "said"),
        [
            ({"phone": "call us"}, "“call us” stays as it was, and pages show it without a link. Write one phone"),
            ({"emergency_number": "112 or 999"}, "“112 or 999” stays as it was, and pages show it without a link."),
            ({"notice_hours": 480, "horizon_days": 14}, "no time can ever be chosen"),
        ],
    )
    def test_saves_the_rest_beside_what_an_earlier_version_took(self, desk, stored, said):
        make_clinic(**stored)
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])

        response = desk.post(address, typed(screen(desk, address)) | {"name": "Nexus", "country": "SG"}, follow=True)

        assert Clinic.objects.values("name", *stored).get() == {"name": "Nexus", **stored}
        assert said in page_of(response).select_one(".messagelist").text

    def test_keeps_its_numbers_callable_when_the_country_changes(self, desk):
        make_clinic(phone="03-2345 6789")
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])

        response = desk.post(address, typed(screen(desk, address)) | {"country": "SG"})

        assert "Write one phone number and nothing else" in page_of(response).text
        assert Clinic.objects.get().country == "MY"

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"notice_hours": 99999999}, "less than or equal to 8784"),
            ({"keep_visit_days": 99999999999}, "less than or equal to 10980"),
            ({"keep_request_days": 0}, "greater than or equal to 14"),
            ({"country": "ZZ"}, "is no country"),
            ({"phone": "03-2345 6789 / 6780"}, "Write one phone number and nothing else"),
            ({"out_of_hours_phone": "WhatsApp 012-345 6789"}, "Write one phone number and nothing else"),
            ({"emergency_number": "112 or 999"}, "Write one number and nothing else, such as 999"),
            ({"whatsapp": "999"}, "Write one phone number and nothing else"),
            ({"phone": "03-2345 6789", "country": "SG"}, "Write one phone number and nothing else"),
            ({"opening_hours-0-closes": "13:00", "opening_hours-1-weekday": 1}, "Hours on Monday overlap"),
            ({"opening_hours-0-opens": "9:02"}, "multiple of five minutes"),
            ({"closures-0-starts_at_0": "0001-01-01", "closures-0-starts_at_1": "0:00"}, "a year from 2000 on"),
        ],
    )
    def test_takes_nothing_that_pages_cannot_reckon_with(self, desk, read, changes, said):
        make_clinic()
        address = reverse("admin:treatments_clinic_change", args=[Clinic.ONLY])
        hours = {"opening_hours-TOTAL_FORMS": 2, "opening_hours-0-weekday": 1, "opening_hours-0-opens": "9:00"}
        hours |= {
            "opening_hours-0-closes": "12:00",
            "opening_hours-1-opens": "12:30",
            "opening_hours-1-closes": "17:00",
        }
        hours |= {"opening_hours-1-weekday": 2}
        closure = {
            "closures-0-ends_at_0": "2026-12-25",
            "closures-0-ends_at_1": "12:00",
            "closures-0-reason": "Holiday",
        }
        closed = closure if any(name.startswith("closures") for name in changes) else {}

        response = desk.post(address, typed(screen(desk, address)) | hours | closed | changes)

        assert said in BeautifulSoup(response.content, "html.parser").text
        assert not OpeningHours.objects.exists()
        assert read("/consultation/")

    @pytest.mark.parametrize("pk", ["x", "9" * 30, "-1"])
    def test_has_no_row_with_an_id_that_there_cannot_be(self, desk, pk):
        assert desk.get(f"/admin/treatments/openinghours/{pk}/change/").status_code == 404

    def test_cannot_be_added_twice_or_deleted(self, desk):
        clinic = Clinic.objects.current()

        assert desk.get(reverse("admin:treatments_clinic_add")).status_code == 403
        assert desk.get(reverse("admin:treatments_clinic_delete", args=[clinic.pk])).status_code == 403


class TestADate:
    @pytest.mark.parametrize("typed_date", ["30 Feb 2026", "tomorrow", "12/28/2026"])
    def test_that_cannot_be_read_is_told_how_to_write_it(self, desk, typed_date):
        address = part_screen(make_full_treatment().pk, "sources")

        filled_in = typed(screen(desk, address))
        field = next(name for name in filled_in if name.endswith("-checked_date"))

        response = desk.post(address, filled_in | {field: typed_date})

        assert "Write a date such as 28/12/2026" in page_of(response).text


class TestViewOnSite:
    def test_leads_only_to_what_visitors_can_read(self, desk):
        treatment = make_published_treatment()
        draft = make_full_treatment(slug="another")

        shown = {row.pk: links_to_site(desk, row) for row in (treatment, draft)}
        publishing.withdraw(treatment)

        assert shown == {treatment.pk: [treatment.get_absolute_url()], draft.pk: []}
        assert links_to_site(desk, treatment) == []


def links_to_site(desk, treatment):
    page = screen(desk, reverse("admin:treatments_treatment_change", args=[treatment.pk]))
    return [link["href"] for link in page.select(".viewsitelink")]


class TestANotice:
    def test_is_added_and_never_changed(self, desk):
        desk.post(reverse("admin:treatments_notice_add"), {"kind": "privacy", "text": "Our own words."})

        notice = Notice.objects.get()
        response = desk.post(reverse("admin:treatments_notice_change", args=[notice.pk]), {"text": "Other words."})

        assert response.status_code == 403
        assert Notice.objects.get().text == "Our own words."
