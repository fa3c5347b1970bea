"""A review belongs to the text that the reviewer saw: what is new, reworded or gone since waits for the next one."""

import datetime
import json
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from treatments.models import PARTS, ReviewedStatement, Source, Treatment, Waiver
from treatments.publication import document as documents
from treatments.publication import gate, publishing, review
from treatments.tests.builders import (
    bundled_article,
    canonical_document,
    changed_since_review,
    fit_document,
    full_document,
    make_clinic,
    make_clinician,
    make_edition_of,
    make_fit_treatment,
    make_full_treatment,
    reviewed,
)
from treatments.tests.meaning import parsed, words
from treatments.tests.screens import part_address, screen, typed
from treatments.tests.signing import make_staff
from treatments.tests.tables import one_in

TODAY = datetime.date.today()
A_DAY = datetime.timedelta(days=1)


def changed(data, then=None):
    """(kind, part, name) of what is not as it was when a reviewer saw this document, or the full one."""
    seen = review.statements_of(canonical_document(then or full_document()))
    return [(kind, *name) for kind, name, _words in review.changed(review.words_of(canonical_document(data)), seen)]


def with_row(part, number=0, **values):
    """The full document with other values in one row; None takes one out."""
    data = full_document()
    row = {**data[part][number], **values}
    data[part][number] = {name: value for name, value in row.items() if value is not None}
    return data


class TestAReview:
    def test_covers_every_medical_statement_and_the_page_itself(self):
        document = canonical_document(full_document())
        medical = [(part, row["key"]) for part in PARTS if part != Source.part for row in document.get(part, [])]

        covered = set(review.words_of(document))

        unclaimed = {("ask_at_consultation", "who"), ("glossary", "retinoid"), ("waivers", "painless")}
        assert covered - {("", "")} - {(Source.part, "R1"), (Source.part, "R2"), (Source.part, "R10")} == (
            set(medical) - unclaimed
        )

    @pytest.mark.parametrize(
        ("part", "values"),
        one_in(
            4,
            [
                ("risks", {"text": "Nearly nobody."}),
                ("risks", {"band": "rare"}),
                ("risks", {"lasts": None}),
                ("risks", {"sources": ["R2"]}),
                ("risks", {"sources": None, "basis": "proposed"}),
                ("risks", {"basis": "clinic"}),
                ("precautions", {"says": "See a doctor first, [here](https://example.org/)."}),
                ("precautions", {"boxed": None}),
                ("concerns", {"pain_score": 3.5}),
                ("preparation", {"from_day": -5}),
                ("benefits", {"events": 31}),
                ("key_facts", {"most": None}),
            ],
        ),
    )
    def test_does_not_cover_a_statement_that_says_something_else(self, part, values):
        key = full_document()[part][0]["key"]

        assert changed(with_row(part, **values)) == [("changed", part, key)]

    def test_does_not_cover_what_a_link_leads_to_now(self):
        then = with_row("benefits", text="See [the trial](https://example.org/a).")
        now = with_row("benefits", text="See [the trial](https://example.org/b).")

        assert changed(now, then) == [("changed", "benefits", "smoother")]

    @pytest.mark.parametrize(
        ("part", "values"),
        one_in(
            3,
            [
                ("risks", {"note": "For staff."}),
                ("risks", {"text": "Nearly\n**everyone**."}),
                ("sections", {"body": "It works on the outermost\u00ad layer."}),
                ("glossary", {"meaning": "Another vitamin A cream."}),
                ("ask_at_consultation", {"text": "Who else?"}),
                ("sources", {"checked_date": "2026-05-05"}),
                ("waivers", {"reason": "Another."}),
            ],
        ),
    )
    def test_covers_what_says_the_same_to_readers(self, part, values):
        assert changed(with_row(part, **values)) == []

    def test_covers_rows_in_another_order(self):
        data = full_document()
        data["risks"].reverse()

        assert changed(data) == []

    def test_does_not_cover_what_is_new_or_gone(self):
        data = full_document()
        data["risks"][1] = {"key": "burns", "name": "Burns", "band": "rare", "text": "Seldom.", "sources": ["R2"]}

        assert changed(data) == [("new", "risks", "burns"), ("gone", "risks", "dark-marks")]

    @pytest.mark.parametrize("name", ["name", "title", "answer", "description"])
    def test_does_not_cover_another_heading_of_the_page(self, name):
        assert changed(full_document(**{name: "Something else."})) == [("changed", "", "")]

    def test_does_not_cover_another_source_under_the_same_reference(self):
        assert changed(with_row("sources", title="Another trial")) == [("changed", "sources", "R1")]

    @pytest.mark.slow
    def test_of_the_bundled_article_covers_it_whole(self):
        article = bundled_article()

        assert changed(article, article) == []
        assert len(review.words_of(article)) > 250

    def test_is_shown_as_a_document_of_what_was_seen(self):
        found = review.document_of(review.words_of(canonical_document(full_document())))

        assert found["benefits"][0]["text"] == "Rough skin feels smoother.\nfor weeks\nnot for years"
        assert found["title"] == full_document()["title"]
        assert found["sources"][0]["reference"] == "R1"


class TestTheGate:
    def reasons(self, now, then):
        seen = review.statements_of(canonical_document(fit_document(**then)))
        return gate.reasons(canonical_document(fit_document(**now)), TODAY, seen)

    def test_names_each_row_that_is_new_reworded_or_gone(self):
        row = {"basis": "clinic"}
        then = {
            "benefits": [
                {"key": "a", "title": "A", "text": "Yes.", **row},
                {"key": "b", "title": "B", "text": "Yes.", **row},
            ]
        }
        now = {
            "benefits": [
                {"key": "c", "title": "C", "text": "Yes.", **row},
                {"key": "b", "title": "B", "text": "No.", **row},
            ]
        }

        found = self.reasons(now, then)

        assert [(str(reason.says), reason.part, reason.number) for reason in found] == [
            ("“C” is new since the review.", "benefits", 0),
            ("“B” was changed since the review.", "benefits", 1),
            ("“A” was taken out since the review.", "benefits", None),
        ]
        assert all(reason.is_of_review for reason in found)

    def test_has_nothing_against_the_very_words_that_were_reviewed(self):
        assert self.reasons({}, {}) == []

    def test_takes_dates_without_a_reviewed_text_for_no_review(self):
        (reason,) = gate.reasons(canonical_document(fit_document()), TODAY, {})

        assert "Nobody has reviewed it" in str(reason.says)


@pytest.mark.django_db
class TestPublishing:
    def test_is_stopped_until_the_changed_statement_is_reviewed(self):
        treatment = make_fit_treatment()
        publishing.publish(treatment)
        treatment.risk_rows.filter(key="redness").update(text="It is nothing.")

        with pytest.raises(publishing.Stopped, match="“Redness” was changed since the review"):
            publishing.publish(treatment)
        with pytest.raises(publishing.Stopped, match="since the review"):
            publishing.schedule(treatment, timezone.now(), by=make_staff("ed", "Editor"))

        assert publishing.publish(reviewed(treatment)).number == 2

    @pytest.mark.slow
    def test_goes_on_when_the_reviewed_words_are_back(self):
        treatment = make_fit_treatment()
        before = publishing.draft_of(treatment)
        treatment.risk_rows.all().update(text="It is nothing.")
        documents.write(before)

        assert publishing.publish(treatment).number == 1

    def test_does_not_take_words_of_an_earlier_review_for_reviewed(self):
        treatment = make_fit_treatment()
        before = publishing.draft_of(treatment)
        treatment.risk_rows.filter(key="redness").update(text="It can burn.")
        reviewed(treatment)
        documents.write(before)

        with pytest.raises(publishing.Stopped, match="Redness"):
            publishing.publish(treatment)


@pytest.mark.django_db
class TestAnUpgrade:
    def upgrade(self):
        migration = import_module("treatments.migrations.0013_reviews_see_statements")
        migration.see_newest_editions(apps, None)
        migration.merge_waivers(apps, None)

    def test_takes_the_newest_gated_edition_for_reviewed(self):
        treatment = make_fit_treatment()
        publishing.publish(treatment)
        ReviewedStatement.objects.all().delete()

        self.upgrade()

        assert list(changed_since_review(treatment)) == []
        assert publishing.publish(treatment).number == 1

    def test_takes_no_sample_for_reviewed(self):
        make_edition_of(fit_document())

        self.upgrade()

        assert not ReviewedStatement.objects.exists()

    def test_leaves_out_an_edition_that_nobody_can_read(self):
        treatment = make_fit_treatment()
        publishing.publish(treatment)
        ReviewedStatement.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE treatments_edition SET document = %s", [json.dumps({"format": 99})])

        self.upgrade()

        assert not ReviewedStatement.objects.exists()

    def test_merges_waivers_that_were_made_twice(self):
        treatment = make_full_treatment()
        first = treatment.waiver_rows.get()
        for key in ("painless-2", "painless-3"):
            treatment.waiver_rows.create(
                key=key, claim=first.claim, sentence=first.sentence, reason="Again.", clinician="Dr Lee"
            )

        self.upgrade()

        assert Waiver.objects.get() == first


@pytest.mark.slow
@pytest.mark.django_db
class TestTheScreen:
    @pytest.fixture
    def treatment(self):
        treatment = make_fit_treatment()
        publishing.publish(treatment)
        treatment.risk_rows.filter(key="redness").update(text="It fades in days.")
        treatment.risk_rows.create(key="burns", name="Burns", band="rare", text="Seldom.", basis="clinic", order=90)
        treatment.risk_rows.filter(key="dryness").delete()
        return treatment

    @pytest.fixture
    def lee(self, client):
        user = make_clinician(first_name="Lee", last_name="Mei")
        client.force_login(user)
        return client

    def address(self, treatment):
        return reverse("admin:treatments_treatment_review", args=[treatment.pk])

    def values(self, page):
        return {field["name"]: field.get("value", "") for field in page.select("form[method=post] input[name]")}

    def test_shows_what_was_and_what_is(self, lee, treatment):
        page = screen(lee, self.address(treatment))

        shown = {words(section.h2): section for section in page.select(".change")}
        assert list(shown) == ["Risks: redness changed", "Risks: burns new", "Risks: dryness taken out"]
        redness = shown["Risks: redness changed"]
        assert (words(redness.find("del")), words(redness.find("ins"))) == ("fades.", "fades in days.")

    def test_is_renewed_with_one_press(self, lee, treatment):
        page = screen(lee, self.address(treatment))

        response = lee.post(self.address(treatment), self.values(page))

        assert response.headers["Location"].endswith("/publish/")
        treatment.refresh_from_db()
        assert (treatment.reviewer, treatment.review_date) == ("Lee Mei", publishing.today_at_clinic())
        assert list(changed_since_review(treatment)) == []
        assert publishing.publish(treatment).number == 2

    def test_proposes_the_words_and_date_of_whoever_reviewed_it_before(self, lee, treatment):
        Treatment.objects.update(reviewer="Dr Lee Mei, dermatologist")

        values = self.values(screen(lee, self.address(treatment)))

        assert values["reviewer"] == "Dr Lee Mei, dermatologist"
        assert values["next_review_date"] == (TODAY + 100 * A_DAY).isoformat()

    def test_shows_the_whole_page_before_its_first_review(self, lee):
        page = screen(lee, self.address(make_full_treatment()))

        assert len(page.select(".change")) == len(review.words_of(canonical_document(full_document())))
        assert not page.select("del")

    def test_asks_again_if_someone_changes_the_page_meanwhile(self, lee, treatment):
        values = self.values(screen(lee, self.address(treatment)))
        treatment.risk_rows.filter(key="burns").update(text="Never.")

        response = lee.post(self.address(treatment), values)

        assert response.status_code == 409
        page = parsed(response.content)
        assert "while you read it" in words(page)
        assert "Never." in words(page)
        assert len(list(changed_since_review(treatment))) == 3
        assert lee.post(self.address(treatment), self.values(page)).status_code == 302
        assert list(changed_since_review(treatment)) == []

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"next_review_date": TODAY.isoformat()}, "must be after today"),
            ({"next_review_date": "2020-01-01"}, "must be after today"),
            ({"next_review_date": "0001-01-01"}, "must be after today"),
            ({"next_review_date": "9999-12-31"}, "within five years"),
            ({"next_review_date": "soon"}, "Enter a date like 2026-12-03."),
            ({"next_review_date": ""}, "required"),
            ({"reviewer": " "}, "required"),
            ({"reviewer": "x" * 161}, "at most 160"),
            ({"read": "x"}, "while you read it"),
        ],
    )
    def test_refuses_nonsense_in_words(self, lee, treatment, changes, says):
        make_clinic(time_zone="UTC")
        values = self.values(screen(lee, self.address(treatment)))

        response = lee.post(self.address(treatment), {**values, **changes})

        assert response.status_code in (409, 422)
        assert says in words(parsed(response.content))
        treatment.refresh_from_db()
        assert treatment.reviewer == "Dr Lee, dermatologist"

    def test_takes_the_day_of_the_clinic(self, lee, treatment):
        values = self.values(screen(lee, self.address(treatment)))

        lee.post(self.address(treatment), {**values, "review_date": "2099-01-01"})

        treatment.refresh_from_db()
        assert treatment.review_date == publishing.today_at_clinic()

    def test_leads_to_what_makes_no_page_yet(self, lee, treatment):
        treatment.risk_rows.update(text="\x01")

        assert lee.get(self.address(treatment)).headers["Location"].endswith("/publish/")

    def test_is_reached_from_what_stands_against_publishing(self, lee, treatment):
        page = screen(lee, reverse("admin:treatments_treatment_publish", args=[treatment.pk]))

        assert page.find("a", href=self.address(treatment))
        assert "“Redness” was changed since the review." in words(page)

    def test_of_a_source_leads_to_the_sources(self, lee):
        sources = [{"reference": reference, "title": "One", "evidence": "review"} for reference in ("R2", "R1")]
        row = {"key": "a", "title": "Gain", "text": "It helps.", "sources": ["R1"]}
        treatment = make_fit_treatment(sources=sources, benefits=[row])
        treatment.sources.filter(reference="R1").update(title="Another")

        page = screen(lee, reverse("admin:treatments_treatment_publish", args=[treatment.pk]))

        link = page.find("a", string="“Another” was changed since the review.")
        assert link["href"] == part_address(treatment, "sources")

    def test_is_not_for_editors(self, client, treatment):
        user = make_staff("ed", "Editor")
        client.force_login(user)

        assert client.get(self.address(treatment)).status_code == 403
        assert client.post(self.address(treatment)).status_code == 403
        page = screen(client, reverse("admin:treatments_treatment_publish", args=[treatment.pk]))
        assert "A clinician reviews what has changed." in words(page)


@pytest.mark.slow
@pytest.mark.django_db
class TestAClinicFigure:
    BENEFIT = {"key": "a", "title": "Smoother", "text": "For weeks.", "basis": "clinic", "sources": ["R1", "R2"]}

    @pytest.fixture
    def treatment(self):
        sources = [{"reference": f"R{n}", "title": f"T{n}", "evidence": "review"} for n in (1, 2)]
        return make_fit_treatment(benefits=[self.BENEFIT], sources=sources)

    def save(self, client, treatment, role, **changes):
        user = make_staff("person", role)
        client.force_login(user)
        address = part_address(treatment, "benefits")
        given = {f"benefit_rows-0-{name}": value for name, value in changes.items()}
        response = client.post(address, {**typed(screen(client, address)), **given}, follow=True)
        return treatment.benefit_rows.get(), words(parsed(response.content))

    @pytest.mark.parametrize(
        "changes", [{"text": "For years."}, {"title": "Best"}, {"people": "9", "events": "9"}, {"references": "R1"}]
    )
    def test_that_an_editor_rewords_is_proposed_again(self, client, treatment, changes):
        row, said = self.save(client, treatment, "Editor", **changes)

        assert row.basis == "proposed"
        assert "was the clinic's own" in said

    @pytest.mark.parametrize("changes", [{"note": "For staff."}, {"order": "70"}, {"references": "R2, R1"}, {}])
    def test_that_says_the_same_stays(self, client, treatment, changes):
        row, said = self.save(client, treatment, "Editor", **changes)

        assert row.basis == "clinic"
        assert "was the clinic's own" not in said

    @pytest.mark.parametrize("change", [{"basis": "proposed"}, {"text": "For days."}, {"DELETE": "on"}])
    def test_that_a_clinician_took_back_is_brought_back_by_no_editor(self, client, treatment, change):
        edition = publishing.publish(treatment)
        people = {role: make_staff(role, role) for role in ("Clinician", "Editor")}
        address = part_address(treatment, "benefits")

        client.force_login(people["Clinician"])
        given = {f"benefit_rows-0-{name}": value for name, value in change.items()}
        client.post(address, {**typed(screen(client, address)), **given})
        client.force_login(people["Editor"])
        client.post(reverse("admin:treatments_edition_restore", args=[edition.pk]))

        assert (treatment.benefit_rows.get().text, treatment.benefit_rows.get().basis) == ("For weeks.", "proposed")

    def test_that_a_clinician_rewords_stays_hers(self, client, treatment):
        row, _said = self.save(client, treatment, "Clinician", text="For years.")

        assert (row.text, row.basis) == ("For years.", "clinic")


@pytest.mark.slow
@pytest.mark.django_db
class TestACitedSource:
    def test_is_deleted_only_after_saying_what_rests_on_it(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "sources")
        values = {**typed(screen(desk, address)), "sources-0-DELETE": "on"}
        assert values["sources-0-reference"] == "R1"

        page = parsed(desk.post(address, values).content)

        assert treatment.sources.filter(reference="R1").exists()
        told = words(page.select_one(".errorlist"))
        for named in ("concern “Dull skin”", "risk “Redness”", "question “Does it hurt?”", "key fact “Course”"):
            assert named in told
        assert desk.post(address, {**typed(page), "sources-0-DELETE": "on"}).status_code == 302
        assert not treatment.sources.filter(reference="R1").exists()

    def test_is_told_of_again_if_another_one_goes_as_well(self, desk):
        treatment = make_full_treatment()
        address = part_address(treatment, "sources")
        page = parsed(desk.post(address, {**typed(screen(desk, address)), "sources-0-DELETE": "on"}).content)

        desk.post(address, {**typed(page), "sources-0-DELETE": "on", "sources-1-DELETE": "on"})

        assert treatment.sources.count() == 3

    def test_that_nothing_rests_on_goes_at_once(self, desk):
        sources = [{"reference": "R1", "title": "One", "evidence": "review"}]
        treatment = make_fit_treatment(sources=sources)
        address = part_address(treatment, "sources")

        desk.post(address, {**typed(screen(desk, address)), "sources-0-DELETE": "on"})

        assert not treatment.sources.exists()
