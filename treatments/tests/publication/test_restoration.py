"""An edition of any age comes back as far as it can, and the screen says what cannot."""

import json

import pytest
from django.urls import reverse

from treatments.models import Edition, ReviewedStatement
from treatments.publication import document as documents
from treatments.publication import publishing, restoration, review
from treatments.tests.builders import (
    canonical_document,
    changed_since_review,
    fit_document,
    full_document,
    make_edition_of,
    make_fit_treatment,
    make_picture,
    plain_document,
)
from treatments.tests.meaning import parsed, words
from treatments.tests.signing import make_staff
from treatments.text import pictures
from treatments.values import document_format

BENEFIT = {"key": "one", "title": "Gain", "text": "It helps.", "basis": "clinic"}


def restored(data, draft=None, seen=None, *, may_confirm=True):
    """What would come back of an edition with exactly this text."""
    edition = Edition(document=documents.canonical(data))
    return restoration.of(edition, canonical_document(draft or plain_document()), seen or {}, may_confirm=may_confirm)


class TestAnEdition:
    def test_comes_back_whole(self):
        document = canonical_document(full_document())

        found = restored(document, draft=document)

        assert (found.document, found.said) == (document, [])

    def test_comes_back_with_its_clinic_figures_as_proposed_from_who_may_not_confirm(self):
        document = canonical_document(plain_document(benefits=[BENEFIT]))

        found = restored(document, may_confirm=False)

        assert found.document["benefits"][0]["basis"] == "proposed"
        assert found.said == ["“Gain” is not the clinic's own figure but proposed."]

    def test_comes_back_with_the_clinic_figures_that_the_draft_has_word_for_word(self):
        document = canonical_document(plain_document(benefits=[BENEFIT]))

        found = restored(document, draft=document, may_confirm=False)

        assert (found.document, found.said) == (document, [])

    def test_comes_back_with_the_clinic_figures_that_the_newest_review_has_seen(self):
        document = canonical_document(plain_document(benefits=[BENEFIT]))
        seen = review.statements_of(document)

        found = restored(document, seen=seen, may_confirm=False)
        reworded = {**document, "benefits": [{**BENEFIT, "text": "It helps a lot."}]}

        assert (found.document, found.said) == (document, [])
        assert restored(reworded, seen=seen, may_confirm=False).document["benefits"][0]["basis"] == "proposed"

    def test_leaves_out_waivers_that_a_clinician_took_back(self):
        waiver = full_document()["waivers"][0]
        document = canonical_document(plain_document(waivers=[waiver]))

        found = restored(document, may_confirm=False)

        assert "waivers" not in found.document
        assert found.said == ["“It is not painless.” may not stand: its waiver is left out."]
        assert restored(document).document["waivers"] == document["waivers"]

    def test_leaves_out_waivers_against_patterns_that_are_not_sought_any_more(self):
        waiver = {**full_document()["waivers"][0], "claim": "of-another-age"}

        found = restored(canonical_document(plain_document(waivers=[waiver])))

        assert "waivers" not in found.document
        assert found.said == ["“It is not painless.” needs no waiver any more: it is left out."]

    def test_does_not_bring_back_its_review(self):
        then = {"reviewer": "Dr Old", "review_date": "2020-01-10", "next_review_date": "2021-01-10"}
        now = {"reviewer": "Dr New", "review_date": "2026-01-10", "next_review_date": "2027-01-10"}

        found = restored(canonical_document(plain_document(**then)), plain_document(**now))

        assert found.document == canonical_document(plain_document(**now))
        assert found.said == [
            "The review by Dr Old of 10 January 2020 does not come back: the newest review of the draft holds."
        ]

    def test_says_which_sources_come_back_or_are_others_by_now(self):
        sources = full_document()["sources"][:2]
        now = [{**sources[0], "title": "Another review"}]

        found = restored(canonical_document(plain_document(sources=sources)), plain_document(sources=now))

        assert found.document["sources"] == canonical_document(plain_document(sources=sources))["sources"]
        assert found.said == [
            "The source R1 was another one since: it becomes again what it was.",
            "The source R2, which is not in the draft any more, comes back.",
        ]

    def test_leaves_out_rows_that_are_refused_today(self):
        document = canonical_document(full_document())
        document["benefits"].append({"key": "loud", "title": "A\x07", "text": "It beeps.", "basis": "evidence"})
        document["sources"][0]["evidence"] = "rumour"

        found = restored(document, draft=full_document())

        assert [row["key"] for row in found.document["benefits"]] == ["smoother"]
        assert [source["reference"] for source in found.document["sources"]] == ["R2", "R10"]
        assert found.document["concerns"][0]["sources"] == ["R10"]
        assert any("benefits[1].title" in said for said in found.said)
        assert any("sources[0].evidence" in said for said in found.said)
        assert canonical_document(found.document) == found.document

    @pytest.mark.parametrize("change", [{"format": 99}, {"title": "\x07"}, {"benefits": "None."}, {"format": None}])
    def test_that_cannot_be_read_is_refused(self, change):
        with pytest.raises(document_format.Refused):
            restored({**canonical_document(plain_document()), **change})

    @pytest.mark.slow
    @pytest.mark.django_db
    def test_says_which_pictures_were_withdrawn(self):
        photos = [
            {"key": name, "picture": make_picture(colour=name).name, "width": 1, "height": 1, "alt": f"In {name}"}
            for name in ("red", "blue")
        ]
        pictures.withdraw(photos[0]["picture"])

        found = restored(canonical_document(plain_document(photos=photos)))

        assert found.said == ["The picture “In red” was withdrawn: pages show its text instead."]


@pytest.mark.slow
@pytest.mark.django_db
class TestTheScreen:
    @pytest.fixture
    def editor(self, client):
        client.force_login(make_staff("ed", "Editor"))
        return client

    def test_says_what_does_not_come_back_and_what_will_stand_against_it(self, editor):
        treatment = make_fit_treatment(benefits=[BENEFIT])
        edition = publishing.publish(treatment)
        treatment.benefit_rows.update(basis="evidence")
        review.forget(treatment, "benefits", "one")
        address = reverse("admin:treatments_edition_restore", args=[edition.pk])

        page = words(parsed(editor.get(address).content))
        response = editor.post(address, follow=True)

        assert "“Gain” is not the clinic's own figure but proposed." in page
        assert "2 reasons will stand against publishing it then." in page
        assert "“Gain” is not the clinic's own figure but proposed." in words(parsed(response.content))
        assert treatment.benefit_rows.get().basis == "proposed"

    def test_brings_back_the_very_words_that_were_reviewed(self, editor):
        treatment = make_fit_treatment()
        edition = publishing.publish(treatment)
        treatment.risk_rows.update(text="It is nothing.")
        seen = ReviewedStatement.objects.count()

        editor.post(reverse("admin:treatments_edition_restore", args=[edition.pk]))

        assert list(changed_since_review(treatment)) == []
        assert ReviewedStatement.objects.count() == seen
        assert publishing.publish(treatment) == edition

    @pytest.mark.parametrize("change", [{"format": 99}, {"title": "\x07"}])
    def test_refuses_in_words_what_cannot_be_read(self, editor, change):
        treatment = make_edition_of(fit_document())
        document = {**treatment.editions.get().content(), **change}
        edition = Edition.objects.create(
            treatment=treatment, number=2, document=json.dumps(document), digest="0" * 64, is_sample=True
        )
        address = reverse("admin:treatments_edition_restore", args=[edition.pk])

        for response in (editor.get(address, follow=True), editor.post(address, follow=True)):
            assert "This edition cannot be brought back" in words(parsed(response.content))
