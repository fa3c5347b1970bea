"""Publishing adds editions, visitors read the newest one, and no edition is ever changed."""

import datetime
import threading

import pytest
from django.db import connection, connections

from treatments.models import Edition, ReviewedStatement, Treatment, Waiver
from treatments.publication import document as documents
from treatments.publication import publishing, reading, review
from treatments.tests.builders import (
    canonical_document,
    fit_document,
    make_clinician,
    make_edition_of,
    make_fit_treatment,
    make_full_treatment,
    make_published_treatment,
    make_treatment,
    plain_document,
)
from treatments.tests.meaning import words
from treatments.values import document_format

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def change(treatment, **values):
    """Change the draft's own columns."""
    for name, value in values.items():
        setattr(treatment, name, value)
    treatment.save()


@pytest.mark.django_db
class TestPublishing:
    def test_numbers_editions_from_one(self):
        treatment = make_treatment()
        first = publishing.publish_sample(treatment)
        change(treatment, title="Another title")

        second = publishing.publish_sample(treatment)

        assert (first.number, second.number) == (1, 2)

    def test_numbers_the_editions_of_each_treatment_apart(self):
        publishing.publish_sample(make_treatment())

        assert publishing.publish_sample(make_treatment(slug="other")).number == 1

    def test_the_same_draft_again_makes_no_new_edition(self):
        treatment = make_full_treatment()
        first = publishing.publish_sample(treatment)

        again = publishing.publish_sample(treatment)

        assert again == first
        assert Edition.objects.count() == 1

    def test_going_back_to_an_older_text_makes_a_new_edition(self):
        treatment = make_treatment()
        first = publishing.publish_sample(treatment)
        change(treatment, title="Another title")
        publishing.publish_sample(treatment)
        change(treatment, title=plain_document()["title"])

        third = publishing.publish_sample(treatment)

        assert third.number == 3
        assert third.document == first.document

    def test_stores_the_whole_draft_as_canonical_text_with_its_digest(self):
        treatment = make_full_treatment()

        edition = publishing.publish_sample(treatment)

        document = publishing.draft_of(treatment)
        assert edition.document == documents.canonical(document)
        assert edition.digest == documents.digest(edition.document)
        assert edition.content() == document

    def test_is_canonical_however_the_rows_came_about(self):
        treatment = make_full_treatment()
        treatment.benefit_rows.update(text="One. \r\nTwo.\n")

        assert publishing.publish_sample(treatment).content()["benefits"][0]["text"] == "One.\nTwo."

    def test_notes_who_and_what_and_when_the_next_review_is_due(self, admin_user):
        treatment = make_treatment(reviewer="Dr Lee", review_date="2026-01-01", next_review_date="2027-01-01")

        publishing.publish_sample(treatment, by=admin_user, note="First text")

        edition = Edition.objects.get()
        assert edition.published_by == admin_user
        assert edition.note == "First text"
        assert edition.next_review_date == datetime.date(2027, 1, 1)

    def test_makes_a_sample_until_there_is_a_gate(self):
        assert publishing.publish_sample(make_treatment()).is_sample

    def test_refuses_a_draft_with_problems_and_stores_nothing(self):
        treatment = make_full_treatment()
        # Past every form: what the database takes and a document does not.
        Treatment.objects.filter(pk=treatment.pk).update(description="\x01")

        with pytest.raises(document_format.Refused) as refused:
            publishing.publish_sample(treatment)

        assert [problem.split(":")[0] for problem in refused.value.problems] == ["description"]
        assert not Edition.objects.exists()

    def test_refuses_with_every_reason_at_once(self):
        treatment = make_full_treatment()
        treatment.benefit_rows.update(title="\x01")
        treatment.risk_rows.update(text="\x02")

        with pytest.raises(document_format.Refused) as refused:
            publishing.publish_sample(treatment)

        places = {problem.split(":")[0] for problem in refused.value.problems}
        assert places == {"benefits[0].title", "risks[0].text", "risks[1].text"}


@pytest.mark.django_db
class TestAnEdition:
    def test_is_not_saved_again(self):
        edition = publishing.publish_sample(make_treatment())
        edition.note = "Changed"

        with pytest.raises(TypeError, match="never changed"):
            edition.save()
        with pytest.raises(TypeError, match="never changed"):
            edition.save(update_fields=["note"])

        assert Edition.objects.get().note == ""

    def test_is_not_updated(self):
        publishing.publish_sample(make_treatment())

        with pytest.raises(TypeError, match="never changed"):
            Edition.objects.update(note="Changed")
        with pytest.raises(TypeError, match="never changed"):
            Edition.objects.public().update(note="Changed")

        assert Edition.objects.get().note == ""

    def test_is_not_deleted(self):
        edition = publishing.publish_sample(make_treatment())

        with pytest.raises(TypeError, match="never deleted"):
            edition.delete()
        with pytest.raises(TypeError, match="never deleted"):
            Edition.objects.all().delete()

        assert Edition.objects.exists()

    def test_stays_when_the_draft_is_replaced(self):
        treatment = make_published_treatment()
        before = Edition.objects.get().document

        make_treatment(name="Another name")

        assert Edition.objects.get().document == before
        assert Edition.objects.get().treatment == treatment

    def test_in_a_format_that_nobody_knows_is_refused(self):
        edition = publishing.publish_sample(make_treatment())
        edition.document = '{"format":99}'

        with pytest.raises(document_format.Refused, match="reads formats 1 to 2"):
            edition.content()


@pytest.mark.django_db
class TestVisitors:
    def test_read_the_newest_edition(self, read):
        treatment = make_published_treatment()
        for title in ("Second title", "Third title"):
            change(treatment, name=title)
            publishing.publish_sample(treatment)

        assert words(read(treatment.get_absolute_url()).h1) == "Third title"

    def test_read_nothing_of_a_draft(self, read):
        treatment = make_full_treatment()

        page = read(treatment.get_absolute_url(), status=404)

        assert treatment.title not in words(page)

    def test_read_nothing_of_a_treatment_that_is_not_there(self, read):
        read("/treatments/no-such-treatment/", status=404)

    def test_are_told_that_a_withdrawn_treatment_is_gone_and_where_the_others_are(self, read):
        treatment = make_published_treatment()
        read(treatment.get_absolute_url())
        change(treatment, withdrawn_at=NOW)

        page = read(treatment.get_absolute_url(), status=410)

        assert words(page.h1) == "This page is gone"
        assert page.main.find("a", href="/treatments/")
        assert treatment.title not in words(page)

    def test_are_not_told_that_a_withdrawn_draft_was_ever_there(self, read):
        treatment = make_full_treatment()
        change(treatment, withdrawn_at=NOW)

        read(treatment.get_absolute_url(), status=404)

    def test_find_only_public_treatments_in_the_list(self, read):
        shown = make_edition_of(plain_document(slug="shown", name="Shown"))
        make_treatment(slug="draft", name="Draft")
        change(make_edition_of(plain_document(slug="gone", name="Gone")), withdrawn_at=NOW)

        for path in ("/", "/treatments/"):
            names = [words(heading) for heading in read(path).main.find_all("h3") if heading.find("a")]
            assert names == ["Shown"]
        assert [edition.treatment for edition in Edition.objects.newest_of_each()] == [shown]
        assert list(Treatment.objects.public()) == [shown]


@pytest.fixture
def shared_database(transactional_db, tmp_path):
    """A database in which several threads can write: the tests' own PostgreSQL, or a copy of SQLite's as a file."""
    if connection.vendor != "sqlite":
        yield
        return
    configured = connections.settings["default"]
    in_memory = configured["NAME"]
    configured["NAME"] = str(tmp_path / "clinic.sqlite3")
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [configured["NAME"]])
        yield
    finally:
        configured["NAME"] = in_memory


def in_thread(*functions):
    """Run each function in a thread with its own database connection; return what they return."""
    results: list[object] = [None] * len(functions)

    def run(place, function):
        try:
            results[place] = function()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=task) for task in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


@pytest.mark.slow
class TestTwoWhoPublishAtOnce:
    ROUNDS = 5

    def publish_often(self, monkeypatch, title_of):
        """Two threads publish side by side, each with its own title; return the editions that each got."""
        (treatment,) = in_thread(lambda: documents.write(canonical_document(plain_document())))
        both_ready = threading.Barrier(2)

        def publisher(who):
            def run():
                editions = []
                for turn in range(self.ROUNDS):
                    title = title_of(who, turn)
                    mine = Treatment(pk=treatment.pk, title=title)
                    both_ready.wait(timeout=60)
                    editions.append(publishing.publish_sample(mine))
                return editions

            return run

        draft_of = publishing.draft_of
        monkeypatch.setattr(publishing, "draft_of", lambda mine: {**draft_of(mine), "title": mine.title})
        return in_thread(publisher("first"), publisher("second"))

    def test_get_two_numbers_for_two_texts(self, shared_database, monkeypatch):
        published = self.publish_often(monkeypatch, lambda who, turn: f"Title of the {who}, {turn}")

        numbers = sorted(edition.number for editions in published for edition in editions)
        assert numbers == list(range(1, 2 * self.ROUNDS + 1))
        for who, editions in zip(("first", "second"), published, strict=True):
            assert [edition.content()["title"] for edition in editions] == [
                f"Title of the {who}, {turn}" for turn in range(self.ROUNDS)
            ]

    def test_get_one_edition_for_one_text(self, shared_database, monkeypatch):
        first, second = self.publish_often(monkeypatch, lambda who, turn: f"Title {turn}")

        assert [edition.number for edition in first] == list(range(1, self.ROUNDS + 1))
        assert [edition.pk for edition in first] == [edition.pk for edition in second]


@pytest.mark.slow
class TestTwoWhoWaiveAtOnce:
    CLICKS = 4

    def test_make_one_waiver(self, shared_database):
        def set_up():
            benefits = [{"title": "Gain", "text": "It is not painless.", "basis": "clinic"}]
            return make_fit_treatment(benefits=benefits), make_clinician()

        ((treatment, lee),) = in_thread(set_up)
        ready = threading.Barrier(self.CLICKS)

        def click():
            ready.wait(timeout=60)
            digest = reading.digest_of("It is not painless.")
            return publishing.waive(treatment, "painless", digest, why="It denies it.", by=lee)

        done = in_thread(*[click] * self.CLICKS)

        assert sorted(done) == [False] * (self.CLICKS - 1) + [True]
        assert in_thread(Waiver.objects.count) == [1]


@pytest.mark.slow
class TestAReviewAndAPublication:
    def test_at_once_never_publish_what_was_not_reviewed(self, shared_database):
        (treatment,) = in_thread(make_fit_treatment)
        ready = threading.Barrier(2)

        def publish():
            ready.wait(timeout=60)
            for turn in range(5):
                Treatment.objects.filter(pk=treatment.pk).update(title=f"Title {turn}")
                try:
                    publishing.publish(treatment)
                except publishing.Stopped:
                    continue

        def renew():
            ready.wait(timeout=60)
            for _turn in range(5):
                read = review.digest_of_all(review.words_of(publishing.draft_of(treatment)))
                try:
                    publishing.record_review(
                        treatment,
                        reviewer="Dr Lee",
                        next_review_date=datetime.date.today() + datetime.timedelta(days=9),
                        read=read,
                    )
                except publishing.ChangedMeanwhile:
                    continue
                reviewed_titles.append(ReviewedStatement.objects.get(treatment=treatment, part="").words["title"])

        reviewed_titles = [fit_document()["title"]]
        in_thread(publish, renew)

        (published,) = in_thread(lambda: [edition.content()["title"] for edition in Edition.objects.all()])
        assert set(published) <= set(reviewed_titles)
