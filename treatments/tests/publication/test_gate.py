"""The gate lets nothing out that no source, no clinic and no clinician stands behind."""

import datetime

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.urls import reverse

from treatments.article.basis import tag_of
from treatments.models import PARTS, Edition, Waiver
from treatments.publication import gate, publishing, reading, review
from treatments.tests.builders import (
    SOURCES,
    bundled_article,
    canonical_document,
    fit_document,
    full_document,
    make_fit_treatment,
)
from treatments.tests.meaning import parsed, words
from treatments.tests.signing import make_staff
from treatments.tests.tables import one_in

TODAY = datetime.date.today()
DAY = datetime.timedelta(days=1)


def reasons(**changes):
    """What stands against a document that is fit but for these changes."""
    document = canonical_document(fit_document(**changes))
    return list(gate.reasons(document, TODAY, review.statements_of(document)))


def benefit(text, **changes):
    return [{"title": "Smoother feel", "text": text, "basis": "clinic", **changes}]


def waive_address(treatment, claim="painless", sentence="It is not painless."):
    return reverse("admin:treatments_treatment_waive", args=[treatment.pk, claim, reading.digest_of(sentence)])


class TestTheGate:
    def test_lets_a_fit_document_through(self):
        assert reasons() == []

    @pytest.mark.parametrize(
        ("changes", "says"),
        one_in(
            3,
            [
                ({"reviewer": None, "review_date": None, "next_review_date": None}, "Nobody has reviewed it"),
                ({"next_review_date": None}, "Nobody has reviewed it"),
                ({"next_review_date": TODAY.isoformat()}, "has run out"),
                ({"review_date": (TODAY + DAY).isoformat()}, "still to come"),
                ({"risks": []}, "fewer than three risks"),
                ({"precautions": []}, "who should wait"),
                ({"warning_signs": []}, "when to call"),
                ({"benefits": benefit("Yes.", basis="evidence")}, "neither a source nor"),
                ({"benefits": benefit("Yes.", basis="proposed")}, "only proposed"),
                ({"benefits": benefit("Yes.", basis="proposed", sources=["R1"]), "sources": SOURCES}, "only proposed"),
            ],
        ),
    )
    def test_says_what_is_missing(self, changes, says):
        (reason,) = reasons(**changes)

        assert says in str(reason.says)

    @pytest.mark.parametrize("missing", ["last_day", "yields_to"])
    def test_wants_the_end_of_what_is_called_usual(self, missing):
        pus = {"key": "pus", "sign": "Pus.", "level": "call", "basis": "clinic"}
        usual = {"sign": "Redness is usual.", "level": "expected", "last_day": 2, "yields_to": "pus", "basis": "clinic"}
        assert reasons(warning_signs=[pus, usual]) == []

        del usual[missing]

        (reason,) = reasons(warning_signs=[pus, usual])
        assert (
            reason.says == "“Redness is usual.” is called usual: give its last day, and the warning sign that ends it."
        )

    def test_takes_nothing_that_is_usual_for_a_warning(self):
        usual = {"sign": "Redness is usual.", "level": "expected", "basis": "clinic"}

        assert "It does not say when to call." in [reason.says for reason in reasons(warning_signs=[usual])]

    def test_takes_a_source_for_an_answer(self):
        assert reasons(benefits=benefit("Yes.", basis="evidence", sources=["R1"]), sources=SOURCES) == []

    def test_names_the_row_that_a_reason_is_about(self):
        rows = benefit("Yes.") + benefit("No.", key="other", basis="evidence")

        (reason,) = reasons(benefits=rows)

        assert (reason.part, reason.number) == ("benefits", 1)

    def test_finds_nothing_to_check_in_a_note_or_a_source(self):
        sources = [{"reference": "R1", "title": "The best painless laser", "evidence": "review"}]

        assert reasons(benefits=benefit("Yes.", note="Is it painless?"), sources=sources) == []


class TestAClaim:
    def test_says_what_is_wrong_and_what_is_safe(self):
        (reason,) = reasons(benefits=benefit("It helps. It is painless."))

        assert (reason.claim.id, reason.sentence) == ("painless", "It is painless.")
        assert str(reason.says) == f"{reason.claim.why} {reason.claim.say}"

    def test_in_the_heading_of_the_page_is_found(self):
        (reason,) = reasons(title="The best peel")

        assert (reason.part, reason.sentence) == ("", "The best peel")

    def test_is_found_whatever_the_language_of_the_page(self):
        assert [reason.claim.id for reason in reasons(language="ms", answer="Skin without any pain.")] == ["painless"]

    @pytest.mark.parametrize(
        ("question", "answer", "sentences"),
        [
            ("Are the results permanent?", "Yes. Ask us.", ["Are the results permanent? Yes."]),
            ("Side effects?", "None.", ["Side effects? None."]),
            ("Are the results permanent?", "No, they fade.", []),
            ("Does it hurt?", "Yes, to some degree.", []),
            ("Can a mole be dangerous?", "Yes, see a doctor.", []),
        ],
    )
    def test_is_found_in_an_answer_that_says_yes_to_it(self, question, answer, sentences):
        rows = [{"key": "one", "basis": "clinic", "question": question, "answer": answer}]

        assert [reason.sentence for reason in reasons(questions=rows)] == sentences

    @pytest.mark.parametrize("text", ["N O P A I N", "T A N P A S A K I T", "It has N O  R I S K."])
    def test_cannot_hide_in_letters_that_stand_apart(self, text):
        (reason,) = reasons(benefits=benefit(text))

        assert "Write the letters of a word together" in reason.says

    def test_is_found_in_words_explained_and_in_questions_to_ask(self):
        glossary = [{"key": "peel", "term": "peel", "meaning": "A painless acid."}]
        asked = [{"key": "one", "text": "Is it risk-free?"}]

        found = reasons(glossary=glossary, ask_at_consultation=asked)

        assert [(reason.part, reason.claim.id) for reason in found] == [
            ("ask_at_consultation", "no-side-effects"),
            ("glossary", "painless"),
        ]


class TestAWaiver:
    WAIVED = {"claim": "painless", "sentence": "It is not painless.", "reason": "A denial.", "clinician": "Dr Lee"}

    def test_lets_its_sentence_stand(self):
        assert reasons(benefits=benefit("It helps. It is not painless."), waivers=[self.WAIVED]) == []

    @pytest.mark.parametrize(
        ("kept", "text"),
        [
            ("It is not painless.", "It is *not* painless."),
            ("It is **not** painless.", "It is not painless."),
            ("It is not\u00ad painless.", "It is not pain\u200bless."),
            ("- It is not painless.", "There is this:\n\n- It is not painless."),
        ],
    )
    def test_is_for_the_words_and_not_for_how_they_are_set(self, kept, text):
        assert reasons(benefits=benefit(text), waivers=[{**self.WAIVED, "sentence": kept}]) == []

    @pytest.mark.parametrize("text", ["It is not quite painless.", "It is painless."])
    def test_ends_when_the_sentence_changes(self, text):
        assert len(reasons(benefits=benefit(text), waivers=[self.WAIVED])) == 1

    def test_is_for_one_claim_alone(self):
        waived = {**self.WAIVED, "claim": "guarantee"}

        assert len(reasons(benefits=benefit("It is not painless."), waivers=[waived])) == 1


class TestSourcesThatNobodyHasChecked:
    def test_for_a_year_are_listed_with_what_rests_on_them(self):
        checked = (TODAY - 366 * DAY).isoformat()
        sources = [{**SOURCES[0], "checked_date": checked}, {**SOURCES[2], "checked_date": TODAY.isoformat()}]
        document = canonical_document(fit_document(sources=sources, benefits=benefit("Yes.", sources=["R1", "R10"])))

        ((source, resting),) = gate.stale_sources(document, TODAY)

        assert (source["reference"], resting) == ("R1", [("benefits", 0)])


class TestWhatClaimsNothing:
    def test_needs_neither_source_nor_clinician(self):
        glossary = [{"key": "peel", "term": "peel", "meaning": "An acid.", "basis": "evidence"}]
        asked = [{"key": "one", "text": "Who will treat me?", "basis": "proposed"}]

        assert reasons(glossary=glossary, ask_at_consultation=asked) == []

    @pytest.mark.parametrize("model", one_in(4, [model for model in PARTS.values() if model.carries_sources()]))
    def test_has_no_basis_on_the_page_and_everything_else_has(self, model):
        (row, *_others) = canonical_document(full_document())[model.part]

        tag = tag_of(model, {**row, "basis": "proposed", "citations": []})

        assert (tag is not None) == model.is_medical


class TestTheBundledArticle:
    @pytest.mark.slow
    def test_waits_for_a_clinician_and_nothing_else(self):
        found = list(gate.reasons(bundled_article(), TODAY, {}))

        assert [reason.sentence for reason in found if reason.claim] == []
        others = [str(reason.says) for reason in found]
        assert all("only proposed" in says or "Nobody has reviewed" in says for says in others)


@pytest.mark.django_db
class TestPublishing:
    def test_stores_an_edition_that_is_no_sample(self):
        edition = publishing.publish(make_fit_treatment())

        assert (edition.number, edition.is_sample) == (1, False)

    def test_that_is_stopped_stores_nothing_and_says_why(self):
        treatment = make_fit_treatment(risks=[])

        with pytest.raises(publishing.Stopped, match="three risks"):
            publishing.publish(treatment)

        assert not Edition.objects.exists()

    def test_makes_an_edition_of_what_was_a_sample(self):
        treatment = make_fit_treatment()
        publishing.publish_sample(treatment)

        assert (publishing.publish(treatment).number, publishing.publish(treatment).number) == (2, 2)


@pytest.mark.django_db
@pytest.mark.slow
class TestTheGatesScreen:
    @pytest.fixture
    def lee(self, client):
        """A clinician, signed in."""
        names = ["view_treatment", "change_treatment", "publish_treatment", "add_waiver"]
        user = make_staff("lee", may=names, first_name="Lee", last_name="Mei")
        client.force_login(user)
        return user

    @pytest.fixture
    def treatment(self):
        return make_fit_treatment(benefits=benefit("It is not painless."))

    def page(self, client, treatment):
        response = client.get(reverse("admin:treatments_treatment_publish", args=[treatment.pk]))
        return BeautifulSoup(response.content, "html.parser")

    def test_links_each_reason_to_its_row(self, client, lee, treatment):
        link = self.page(client, treatment).select_one(".gate a")

        assert words(link) == "“It is not painless.”"
        assert link["href"].endswith("?part=benefits#benefit_rows-0")

    def test_publishes_nothing_while_something_stands_against_it(self, client, lee, treatment):
        client.post(reverse("admin:treatments_treatment_publish", args=[treatment.pk]))

        assert not Edition.objects.exists()

    def test_lets_a_clinician_waive_with_a_reason(self, client, lee, treatment):
        address = self.page(client, treatment).select(".gate a")[1]["href"]

        assert words(parsed(client.get(address).content).blockquote) == "It is not painless."
        assert client.post(address, {"why": " "}).status_code == 422
        client.post(address, {"why": "It denies the claim."})

        waiver = Waiver.objects.get()
        assert (waiver.claim, waiver.reason, waiver.clinician) == ("painless", "It denies the claim.", "Lee Mei")
        assert publishing.publish(treatment).content()["waivers"][0]["sentence"] == "It is not painless."

    def test_waives_nothing_that_is_not_in_the_way(self, client, lee, treatment):
        for claim, sentence in (("painless", "Anything."), ("guarantee", "It is not painless.")):
            client.post(waive_address(treatment, claim, sentence), {"why": "Because."})

        assert not Waiver.objects.exists()

    def test_waives_once_and_says_so_to_whoever_presses_twice(self, client, lee, treatment):
        address = waive_address(treatment)

        client.post(address, {"why": "It denies the claim."})
        again = client.post(address, {"why": "It denies the claim."}, follow=True)

        assert "not in the way any more" in again.content.decode()
        assert Waiver.objects.count() == 1

    @pytest.mark.parametrize("sentence", ["painless " + "a" * 2900, "没有疤痕，" * 900 + "painless。"])
    def test_waives_a_sentence_of_any_length(self, client, lee, treatment, sentence):
        treatment.benefit_rows.update(text=sentence)

        links = [link["href"] for link in self.page(client, treatment).select(".gate a") if "/waive/" in link["href"]]

        assert links
        assert max(map(len, links)) < 120
        for link in links:
            client.post(link, {"why": "It is a test."})
        assert {waiver.sentence for waiver in Waiver.objects.all()} == {sentence}

    @pytest.mark.parametrize(("screen", "permission"), [("waive", "add_waiver"), ("publish", "publish_treatment")])
    def test_is_not_for_others(self, client, lee, treatment, screen, permission):
        lee.user_permissions.remove(Permission.objects.get(codename=permission))
        publish = reverse("admin:treatments_treatment_publish", args=[treatment.pk])
        address = waive_address(treatment) if screen == "waive" else publish

        assert client.get(address).status_code == client.post(address).status_code == 403


class TestADocument:
    def test_carries_its_waivers(self):
        assert canonical_document(full_document())["waivers"][0]["clinician"] == "Dr Lee"
