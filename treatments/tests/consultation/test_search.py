"""Whoever is looked for at the desk is found by name, number, email or reference, among one request or a million."""

import importlib
import itertools
import re
import types

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from treatments import comments
from treatments.consultation import booking, search
from treatments.models import Comment, ConsultationRequest, SearchWord
from treatments.models.private_link import new_secret
from treatments.running import retention
from treatments.tests.builders import make_comment, make_open_clinic, make_request, make_treatment
from treatments.tests.many_visits import make_past_visits, next_free_time
from treatments.tests.meaning import words
from treatments.tests.tables import one_in
from treatments.times import holding

REQUESTS = "/admin/treatments/consultationrequest/"
COMMENTS = "/admin/treatments/comment/"
MESSAGES = "/admin/treatments/message/"
PERSON = {"name": "Zoë O’Brien", "email": "zoe.ob@mail.example.org", "phone": "+60123456789"}
FITTING = [
    "zoe",
    "ZOË",
    "o brien",
    "O'Brien zoe",
    "zoe.ob@mail.example.org",
    "@mail.exam",
    "012-345",
    "+60 12 345",
    "789",
]
NOT_FITTING = ["zoe tan", "brian", "oe", "ob@example.org", "012-346", "7890"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clinic(db):
    make_open_clinic()


def find(text, model=ConsultationRequest):
    """The ids of what is found by a text."""
    return search.find(model, text).ids


def stored_words():
    return {(word.request_id, word.comment_id, str(word)) for word in SearchWord.objects.all()}


class TestARequest:
    def test_is_found_by_whom_it_is_of_and_by_nothing_else(self):
        request = make_request(**PERSON)
        make_request(name="Tan Brianna", email="oe@example.com", phone="+60198765432")

        reference = f"ref {request.reference[:3].lower()} {request.reference[3:]}"

        assert {text: find(text) for text in (*FITTING, reference)} == dict.fromkeys(
            [*FITTING, reference], [request.pk]
        )
        assert [text for text in NOT_FITTING if request.pk in find(text)] == []

    def test_is_found_by_what_is_right_after_a_correction(self):
        request = make_request(**PERSON)
        request.name, request.phone = "Zoë Tan", "+60198765432"
        request.save()
        search.note(request)

        assert find("zoe tan") == find("019 876") == find("zoe.ob") == [request.pk]
        assert find("brien") == find("012 345") == []

    def test_is_found_by_nothing_once_it_is_erased(self):
        request = make_request(**PERSON)
        booking.erase(request)

        assert [find(text) for text in ("zoe", "012 345", request.reference, "example")] == [[], [], [], []]
        assert not SearchWord.objects.exists()

    def test_stores_no_word_when_it_is_not_stored_itself(self):
        time = next_free_time()
        make_request(time)
        before = stored_words()

        with pytest.raises(holding.TimeGone):
            make_request(time, **PERSON)

        assert stored_words() == before

    def test_stores_no_word_twice_when_it_is_sent_twice(self):
        key = new_secret()
        for _turn in range(2):
            request = booking.ask(PERSON, form_key=key)

        assert find("zoe") == [request.pk]


class TestAComment:
    def test_is_found_by_whom_it_is_of_and_no_request_is(self):
        comment = make_comment(name=PERSON["name"], email=PERSON["email"])
        make_comment(name="Tan Brianna")
        make_request(**PERSON)

        by_name = [text for text in FITTING if not any(sign.isdigit() for sign in text)]

        assert {text: find(text, Comment) for text in by_name} == dict.fromkeys(by_name, [comment.pk])
        assert find("012-345", Comment) == []

    @pytest.mark.parametrize("erase", [comments.erase, lambda comment: retention.erase_expired()])
    def test_leaves_no_word_once_it_is_erased(self, erase):
        long_ago = timezone.now() - 2 * comments.KEPT_REFUSED
        comment = comments.refuse(make_comment(name=PERSON["name"], email=PERSON["email"]), now=long_ago)
        erase(comment)

        assert not SearchWord.objects.exists()


class TestASearch:
    @pytest.mark.parametrize("text", ["", "a", "-"])
    def test_of_less_than_two_signs_is_refused(self, text):
        with pytest.raises(search.TooShort):
            find(text)

    def test_of_more_words_than_anyone_is_found_by_is_refused(self):
        with pytest.raises(search.TooLong):
            find("one " * (search.MOST_WORDS + 1))

    def test_says_which_words_nobody_has(self):
        make_request(**PERSON)

        assert search.find(ConsultationRequest, "Zoë Xyz 555 55").unknown == ["Xyz", "555 55"]

    @pytest.mark.slow
    def test_reads_on_by_the_rarest_word_where_the_others_are_common(self, monkeypatch):
        monkeypatch.setattr(search, "MOST", 3)
        wanted = make_request(name="Mohd Zulkifli")
        for _turn in range(5):
            make_request(name="Mohd Ali")

        assert find("mohd zulkifli") == [wanted.pk]
        assert not search.find(ConsultationRequest, "mohd zulkifli").is_cut

    @pytest.mark.slow
    def test_looks_through_the_newest_alone_where_every_word_is_common_and_says_so(self, monkeypatch):
        monkeypatch.setattr(search, "MOST", 3)
        names = ["Mohd Ali"] * 4 + ["Ali Mohd", "Omar", "Mohd Ali"]
        newest = [make_request(name=name) for name in names][-1]

        assert search.find(ConsultationRequest, "mohd ali") == search.Finding(
            [newest.pk - 2, newest.pk], [], is_cut=True
        )

    @pytest.mark.slow
    def test_finds_whoever_is_typed_as_written_also_where_every_word_is_common(self, monkeypatch):
        monkeypatch.setattr(search, "MOST", 3)
        wanted = make_request(name="Mohd Ali")
        for name in ["Mohd Omar", "Ali Tan"] * 4:
            make_request(name=name)

        assert search.find(ConsultationRequest, "mohd ali") == search.Finding([wanted.pk], [], is_cut=True)
        assert find("ali mohd") == []

    def test_looks_through_all_where_a_word_is_common_and_requests_are_few(self, monkeypatch):
        monkeypatch.setattr(search, "MOST", 3)
        request = make_request(phone="+60111111111")

        assert search.find(ConsultationRequest, "1111") == search.Finding([request.pk], [], is_cut=False)

    @pytest.mark.parametrize(
        "text", one_in(4, ["z_e", "z%e", "%oe", "_oe", "*oe", "z?e", "' OR 1=1 --", "[yz]oe", "%(zz)s", "{zz}"])
    )
    def test_takes_no_sign_for_a_pattern(self, text):
        make_request(name="Zoë Smith", email="", phone="+60123456789")

        assert find(text) == []


class TestNotingMany:
    def test_stores_the_words_that_noting_one_after_the_other_does(self):
        requests = [make_request(name=name, phone="+60123456789") for name in ("王小明", "O’Brien")]
        before = stored_words()
        SearchWord.objects.all().delete()

        search.note(*requests)
        search.note(*requests)

        assert stored_words() == before
        search.note()

    @pytest.mark.slow
    def test_is_what_the_upgrade_does_for_the_rows_that_there_are(self, monkeypatch):
        upgrade = importlib.import_module("treatments.migrations.0014_find_people_by_folded_words")
        monkeypatch.setattr(upgrade, "BATCH", 2)
        for name in ("王小明", "O’Brien", "Siti Nur", "Łukasz", "Mei-Ling"):
            make_request(name=name, phone="+60123456789")
            make_comment(name=name, email="a.b@example.org")
        booking.erase(make_request(**PERSON))
        before = stored_words()
        SearchWord.objects.all().delete()

        upgrade.note_all(apps, types.SimpleNamespace(connection=connection))

        assert stored_words() == before


@pytest.mark.slow
class TestTheDesk:
    def rows(self, client, address, **query):
        """What is said beside a list, and its rows, each as words."""
        page = BeautifulSoup(client.get(address, query).content, "html.parser")
        return [words(said) for said in page.select(".messagelist li")], [
            words(row) for row in page.select("#result_list tbody tr")
        ]

    def test_finds_requests_their_letters_and_comments(self, desk):
        make_request(**PERSON)
        make_request(name="Tan Brianna")
        make_comment(name=PERSON["name"])
        make_comment(name="Tan Brianna")

        for address in (REQUESTS, MESSAGES, COMMENTS):
            said, rows = self.rows(desk, address, q="o brien zo")
            assert said == []
            assert rows
            assert len(rows) < len(self.rows(desk, address)[1])

    @pytest.mark.parametrize("text", ["épilation", "EPILATION", "ÉPIL", "laser e", "  ", "épilation-laser"])
    def test_finds_treatments_and_staff_in_any_spelling(self, desk, text):
        make_treatment(name="Épilation laser", slug="epilation-laser")
        make_treatment(name="Peel", slug="peel")
        get_user_model().objects.create_user("epilation", first_name="Laser", last_name="Épilation-Laser")

        for address in ("/admin/treatments/treatment/", "/admin/auth/user/"):
            assert len(self.rows(desk, address, q=text)[1]) == (1 if text.strip() else 2)

    def test_keeps_the_filter_of_the_list_and_leads_out_of_it(self, desk):
        make_request(**PERSON)
        filtered = {"state__exact": "cancelled", "q": "Zoë O’Brien"}

        assert self.rows(desk, REQUESTS, **filtered)[1] == []
        page = BeautifulSoup(desk.get(REQUESTS, filtered).content, "html.parser")
        (way_out,) = [str(link["href"]) for link in page.select("#toolbar a") if "without the filter" in words(link)]
        assert len(self.rows(desk, REQUESTS + way_out)[1]) == 1

    def test_finds_what_was_set_apart_and_marks_it(self, desk):
        booking.ask(PERSON, form_key=new_secret(), looks_like_spam=True)
        make_request(name="Zoë Tan")

        page = BeautifulSoup(desk.get(REQUESTS, {"q": "zoe"}).content, "html.parser")

        names = [words(row.th) for row in page.select("tbody tr")]
        assert {name.split(",")[0]: "(set apart)" in name for name in names} == {"Zoë O’Brien": True, "Zoë Tan": False}

    @pytest.mark.parametrize("address", [REQUESTS, MESSAGES, COMMENTS])
    def test_says_why_nobody_is_found(self, desk, monkeypatch, address):
        for name in ("Zoë Smith", "Mei Ling"):
            make_request(name=name)
            make_comment(name=name)

        def said(text):
            (sentence,) = self.rows(desk, address, q=text)[0]
            return sentence

        assert "at least two letters or digits" in said("z")
        assert "Type fewer words" in said("zoe " * 20)
        assert "Nobody is found by “&lt”, “Xyz”" in said("zoe &lt;Xyz")
        assert "all of these words together" in said("Zoe Ling")
        monkeypatch.setattr(search, "MOST", 1)
        make_request(name="Zoë Tan")
        make_comment(name="Zoë Tan")
        assert "only the newest 1 were looked through" in said("zoe")


def plan_of(sql):
    """The lines of the plan by which the database answers a query that ran."""
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        cursor.execute(explain + sql.replace("%", "%%"))
        return [str(row[-1]) for row in cursor.fetchall()]


#: Of rare words, common words, both, and words that nobody has.
TEXTS = [
    *("Patient 0", "patient", "Nobody", "012 000", "patient nobody", "0@example.org", "pat", "p e", "example @0"),
    # Both “0” and “patient0” are there, and rare.
    *("patient 0 0@example.org", "example patient 1 6012"),
]
#: The table from which each list takes the newest.
NEWEST_OF = {
    REQUESTS: "treatments_consultationrequest",
    MESSAGES: "treatments_consultationrequest",
    COMMENTS: "treatments_comment",
}


@pytest.mark.slow
class TestAmongMany:
    @pytest.fixture
    def make_many(self, monkeypatch):
        """Make more requests and comments than the entries of one word that a search reads."""

        def make(number):
            make_past_visits(number, after=1)
            values = {"name": "Patient", "text": "Words", "treatment": Comment.objects.get().treatment}
            search.note(*Comment.objects.bulk_create(Comment(**values) for _comment in range(number)))
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")

        monkeypatch.setattr(search, "MOST", 50)
        make_past_visits(1)
        make_comment(name="Patient 0", email="0@example.org")
        return make

    def queries(self, client, address, text):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address, {"q": text}).status_code == 200
        return [query["sql"] for query in captured]

    def test_costs_the_same_queries_as_among_few(self, desk, make_many):
        searches = list(itertools.product(NEWEST_OF, TEXTS))
        few = {search: len(self.queries(desk, *search)) for search in searches}

        make_many(100)

        assert {search: len(self.queries(desk, *search)) for search in searches} == few

    def test_reads_no_whole_table(self, desk, make_many):
        # So many that a database goes by the index of its own accord.
        make_many(2_000)

        for address, text in itertools.product(NEWEST_OF, TEXTS):
            sizes, *ids = [sql for sql in self.queries(desk, address, text) if '"treatments_searchword"' in sql]
            # Each part of the first ends at a limit.
            assert sizes.count("LIMIT") == sizes.count("(SELECT COUNT(*)") + 1
            assert len(ids) < 2
            for sql in (sizes, *ids):
                assert [line for line in plan_of(sql) if reads_too_much(line)] == [], sql


#: Lines of a plan that lead by an index to words with one beginning, to the words of one request or comment, or to the
#: newest; and those that read what the others found.
BY_AN_INDEX = re.compile(
    r"SEARCH .* (search_word_to_(request|comment) \(word>\? AND word<\?\)"
    r"|search_word_of_(request|comment) \((request|comment)_id=\?( AND word>\? AND word<\?)?\)"
    r"|INTEGER PRIMARY KEY \(rowid>\?\))"
    r"|SCAN (CONSTANT ROW|read)|SCAN treatments_(consultationrequest|comment)$"
)


def reads_too_much(line):
    """Whether a line of a plan says that a table, or an index, is read from end to end.

    The newest alone are read without a condition, to a limit: SQLite calls that SCAN as well.
    """
    return "Seq Scan" in line or (line.startswith(("SCAN", "SEARCH")) and not BY_AN_INDEX.match(line))
