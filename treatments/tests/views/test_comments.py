"""Visitors comment on a treatment; nothing shows that nobody has read, and whoever wrote it can take it away."""

import functools

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic_site.logs import TOKEN
from treatments import comments
from treatments.consultation import limits
from treatments.models import Comment
from treatments.models.private_link import new_secret
from treatments.running import retention
from treatments.tests import monday
from treatments.tests.builders import (
    make_clinic,
    make_comment,
    make_edition_of,
    make_form_key,
    make_treatment,
    plain_document,
)
from treatments.tests.many_visits import shortest_time
from treatments.tests.meaning import field, words
from treatments.tests.monday import DAY, HOUR
from treatments.tests.signing import make_staff
from treatments.web import pages

pytestmark = pytest.mark.slow

NOW = monday.TEN
PAGE = "/treatments/light-peel/comments/"
LIST = "/admin/treatments/comment/"
TYPE_ANEW = "Delete that place and type it anew."
WORDS = {"name": "Aisha", "text": "It helped me.\nAfter two weeks.", "email": ""}
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</textarea></li></ol><h1>",
    "{{ 7 * 7 }}{% now 'Y' %}",
    "\u202eanother way about",
    "مرحبا <b>",
    "x" * 3000,
]


@pytest.fixture(autouse=True)
def _monday_morning(time_machine, db):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def treatment():
    return make_edition_of(plain_document())


@pytest.fixture
def send(client, treatment):
    """Send the form with these changes; return the response."""

    def post(path=PAGE, **changes):
        values = {"form_key": make_form_key(), **WORDS, **changes}
        return client.post(path, {name: value for name, value in values.items() if value is not None})

    return post


def shown(number=1, **changes):
    """So many comments that show; the last of them."""
    for place in range(number):
        comment = comments.show(make_comment(**{"text": f"Comment {place + 1}", **changes}))
    return comment


def texts(page):
    """The comments of a page, in order."""
    return [words(item.select_one(".prose")) for item in page.select(".comment")]


def summary(page):
    """The errors in the summary: (id of the field, message)."""
    (box,) = page.select("[role=alert]")
    return [(link["href"][1:], words(link)) for link in box.find_all("a")]


class TestThePage:
    def test_shows_the_newest_first_and_nothing_that_waits_or_was_refused(self, read, treatment):
        shown(text="The first", name="Mei Ling")
        make_comment(text="Waits")
        comments.refuse(make_comment(text="Refused"))
        shown(text="The second")

        page = read(PAGE)

        assert texts(page) == ["The second", "The first"]
        assert words(page.h1) == "Comments on Light peel"
        assert "Mei Ling 1 June 2026" in words(page.select(".comment")[1])

    def test_shows_no_comment_on_another_treatment(self, read, treatment):
        shown(treatment=make_edition_of(plain_document(slug="other", name="Other")))

        assert texts(read(PAGE)) == []

    def test_shows_the_answer_under_the_clinics_name(self, read, treatment):
        make_clinic(name="Nexus Clinic")
        comments.answer(make_comment(), "Thank you.\nCome again.")

        answer = read(PAGE).select_one(".comment__answer")

        assert words(answer) == "Nexus Clinic answers 1 June 2026 Thank you. Come again."

    def test_keeps_lines_and_paragraphs(self, read, treatment):
        shown(text="One\ntwo\n\nthree")

        text = read(PAGE).select_one(".comment .prose")

        assert [piece.decode_contents() for piece in text.select("p")] == ["One<br/>two", "three"]

    @pytest.mark.parametrize("text", HOSTILE)
    def test_shows_as_text_whatever_was_typed(self, read, treatment, text):
        comments.answer(make_comment(text=text, name=text[:80]), text)

        page = read(PAGE)

        (item,) = page.select(".comment")
        assert [piece.get_text() for piece in item.select(".prose p")] == [text, text]
        assert item.strong.get_text() == text[:80]
        assert not item.select("script, img, b, h1, [onerror]")

    def test_never_shows_an_email(self, client, treatment):
        comments.answer(make_comment(email="aisha@example.org"), "Thank you.")

        assert "aisha@example.org" not in client.get(PAGE).content.decode()

    def test_says_what_happens_and_where_worries_belong(self, read, treatment):
        make_clinic(phone="+60 3-2345 6789")

        page = read(PAGE)

        said = words(page.main)
        assert "A person at the clinic reads each comment before it shows." in said
        assert "Leave out what others must not know about you." in said
        assert page.main.select("a[href='/treatments/light-peel/#warning-signs']")
        assert page.main.select("a[href='tel:+60323456789']")

    def test_is_kept_by_nobody_on_the_way(self, read, treatment):
        policy = read(PAGE).response.headers["Cache-Control"]

        assert set(policy.split(", ")) == {"private", "no-cache"}

    def test_answers_head_and_refuses_other_methods(self, client, treatment):
        assert client.head(PAGE).status_code == 200
        assert client.put(PAGE).status_code == 405

    def test_is_there_for_public_treatments_alone(self, client):
        make_treatment()
        gone = make_edition_of(plain_document(slug="gone"))
        gone.withdrawn_at = NOW
        gone.save()
        values = {"form_key": make_form_key(), **WORDS}

        for slug, status in {"light-peel": 404, "none": 404, "gone": 410}.items():
            assert client.get(f"/treatments/{slug}/comments/").status_code == status
            assert client.post(f"/treatments/{slug}/comments/", values).status_code == status
        assert not Comment.objects.exists()

    def test_is_linked_once_from_the_article_and_never_from_the_sitemap(self, client, read):
        make_edition_of(plain_document())

        assert words(read("/treatments/light-peel/").select_one(f"a[href='{PAGE}']")) == "Comments"
        assert client.get("/treatments/light-peel/").content.decode().count("/comments/") == 1
        assert "comments" not in client.get("/sitemap.xml").content.decode()

    def test_never_changes_the_kept_page_of_the_article(self, client, treatment):
        make_clinic()
        before = client.get("/treatments/light-peel/").headers["ETag"]

        shown()

        assert client.get("/treatments/light-peel/").headers["ETag"] == before


class TestTurningPages:
    def follow(self, read, page, name):
        return read(PAGE + page.find("a", string=name)["href"])

    def test_goes_to_the_oldest_and_back_without_losing_any(self, read, treatment):
        shown(45)
        first = read(PAGE)
        second = self.follow(read, first, "Older comments")
        third = self.follow(read, second, "Older comments")

        assert texts(first) + texts(second) + texts(third) == [f"Comment {number}" for number in range(45, 0, -1)]
        assert not first.find("a", string="Newer comments")
        assert not third.find("a", string="Older comments")
        assert texts(self.follow(read, third, "Newer comments")) == texts(second)
        assert texts(self.follow(read, second, "Newer comments")) == texts(first)

    @pytest.mark.parametrize(("number", "has_older"), [(20, False), (21, True)])
    def test_leads_on_only_where_there_is_more(self, read, treatment, number, has_older):
        shown(number)

        page = read(PAGE)

        assert len(texts(page)) == 20
        assert bool(page.find("a", string="Older comments")) == has_older

    def test_begins_with_the_newest_for_any_other_address(self, read, treatment):
        shown(2)

        odd = ["x", "%00", "", "-1", "9" * 40, "9" * 5000]
        for query in [f"{name}={value}" for name in ("before", "after") for value in odd]:
            assert texts(read(f"{PAGE}?{query}")) == ["Comment 2", "Comment 1"]

    def test_says_so_beyond_the_oldest(self, read, treatment):
        shown()

        assert "There is nothing older." in words(read(PAGE + "?before=0"))


class TestLeavingAComment:
    def test_stores_it_and_leads_to_its_own_page(self, send, treatment, read):
        response = send(email="aisha@example.org")

        comment = Comment.objects.get()
        assert (response.status_code, response.headers["Location"]) == (302, comment.private_path())
        assert (comment.treatment, comment.name, comment.text) == (treatment, "Aisha", WORDS["text"])
        assert (comment.email, comment.state, comment.is_set_apart) == ("aisha@example.org", "waiting", False)
        assert comment.added_at == NOW
        assert texts(read(PAGE)) == []

    def test_twice_with_one_form_gives_one_comment(self, send):
        key = make_form_key()

        first, second = send(form_key=key), send(form_key=key)

        assert first.headers["Location"] == second.headers["Location"]
        assert Comment.objects.count() == 1

    def test_with_a_form_that_was_sent_with_other_words_is_told(self, send):
        key = make_form_key()
        send(form_key=key)

        response = send(form_key=key, text="Another")

        assert response.status_code == 409
        assert Comment.objects.get().private_path() in response.content.decode()
        assert Comment.objects.get().text == WORDS["text"]

    @pytest.mark.parametrize(
        "changes", [{"leave_empty": "x"}, {"form_key": ""}, {"form_key": "forged"}, {"form_key": make_form_key(age=0)}]
    )
    def test_as_a_machine_does_sets_it_apart(self, send, changes, time_machine):
        if len(changes.get("form_key", "")) > 22:
            changes = {"form_key": make_form_key(age=1)}

        assert send(**changes).status_code == 302

        assert Comment.objects.get().is_set_apart

    def test_very_often_from_one_address_sets_apart_and_then_refuses(self, monkeypatch, send, time_machine):
        monkeypatch.setattr(limits, "MANY_FROM_CLIENT", 2)
        monkeypatch.setattr(limits, "MOST_FROM_CLIENT", 3)

        answers = [send() for _comment in range(4)]

        assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
        assert answers[-1].headers["Retry-After"] == "3600"
        assert list(Comment.objects.order_by("pk").values_list("is_set_apart", flat=True)) == [False, False, True]
        time_machine.move_to(NOW + HOUR, tick=False)
        assert send().status_code == 302

    def test_too_often_loses_nothing_that_was_typed(self, monkeypatch, send):
        monkeypatch.setattr(limits, "MOST_FROM_CLIENT", 0)

        page = BeautifulSoup(send().content, "html.parser")

        assert words(page.title).startswith("Error: Comments on Light peel")
        assert field(page, "Your comment").string.strip() == WORDS["text"].strip()

    @pytest.mark.parametrize("text", HOSTILE)
    def test_takes_any_words(self, send, text):
        send(text=text, name=text[:80])

        kept = text.replace("\u202e", "")
        assert (Comment.objects.get().text, Comment.objects.get().name) == (kept, kept[:80])

    def test_counts_a_new_line_as_one_letter(self, send):
        assert send(text="\r\n".join(["x"] * 1500)).status_code == 302
        assert len(Comment.objects.get().text) == 2999


class TestAMistake:
    @pytest.mark.parametrize(
        ("changes", "place", "message"),
        [
            ({"name": ""}, "id_name", "Enter a name."),
            ({"name": "x" * 81}, "id_name", "Shorten your name to 80 letters."),
            ({"text": " \n "}, "id_text", "Write your comment."),
            ({"text": None}, "id_text", "Write your comment."),
            ({"text": "x" * 3001}, "id_text", "Shorten your comment to 3,000 letters."),
            ({"email": "aisha"}, "id_email", "Enter an email address like name@example.com, or leave it empty."),
            ({"text": "a\x07b"}, "id_text", "The sign U+0007 after “a” cannot be shown. " + TYPE_ANEW),
            ({"name": "\0b"}, "id_name", "The sign U+0000 cannot be shown. " + TYPE_ANEW),
        ],
    )
    def test_is_told_with_a_link_to_its_field(self, send, changes, place, message):
        response = send(**changes)
        page = BeautifulSoup(response.content, "html.parser")

        assert response.status_code == 422
        assert not Comment.objects.exists()
        assert summary(page) == [(place, message)]
        assert page.find(id=place)["aria-invalid"] == "true"
        assert words(page.title).startswith("Error: Comments on Light peel")

    def test_loses_nothing_that_was_typed(self, send):
        page = BeautifulSoup(send(name="", email="a@example.org").content, "html.parser")

        assert field(page, "Email (optional)")["value"] == "a@example.org"
        assert field(page, "Your comment").string.strip() == WORDS["text"].strip()

    def test_is_shown_as_text_whatever_was_typed(self, send):
        page = BeautifulSoup(send(name="", text="</textarea><script>alert(1)</script>").content, "html.parser")

        assert field(page, "Your comment").string.strip() == "</textarea><script>alert(1)</script>"
        assert not page.find_all("script")


class TestThePrivatePage:
    @pytest.mark.parametrize("way", ["", "erase/"])
    def test_is_kept_by_nobody_and_not_indexed(self, client, way):
        comment = make_comment()

        response = client.get(comment.private_path() + way)

        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Robots-Tag"] == "noindex"

    @pytest.mark.parametrize("way", ["", "erase/"])
    def test_opens_with_no_other_link(self, client, way):
        mine, other = make_comment(), make_comment()
        forged = mine.private_path().replace(mine.signature(), other.signature())

        assert client.get(forged + way).status_code == 404
        assert client.post(forged + way).status_code in (404, 405)
        assert Comment.objects.count() == 2

    def test_opens_no_request(self, client):
        path = make_comment().private_path().replace("/comments/", "/consultation/")

        assert client.get(path).status_code == 404

    def test_thanks_and_shows_the_link(self, read, settings):
        comment = make_comment(text="<b>My</b> words", email="aisha@example.org")

        page = read(comment.private_path())

        assert words(page.h1) == "Thank you"
        assert settings.SITE_URL + comment.private_path() in words(page.main)
        assert "<b>My</b> words" in words(page.main)
        assert "aisha@example.org" in words(page.main)

    def test_says_what_became_of_it(self, read):
        shows, refused = comments.answer(make_comment(), "Thanks."), comments.refuse(make_comment())

        assert words(read(shows.private_path()).h1) == "Your comment shows"
        assert "We have answered it." in words(read(shows.private_path()).main)
        said = words(read(refused.private_path()).main)
        assert "We erase it by ourselves on Wednesday 1 July 2026." in said

    def test_asks_first_and_then_erases_the_row(self, client, read):
        comment = comments.answer(make_comment(), "Thanks.")
        path = comment.private_path()

        for method in (client.head, client.get):
            for way in ("", "erase/"):
                method(path + way)
        assert words(read(path + "erase/").h1) == "Erase your comment?"
        assert Comment.objects.count() == 1

        assert client.post(path + "erase/").headers["Location"] == "/comments/erased/"
        assert not Comment.objects.exists()
        assert client.get(path).status_code == 404
        assert words(read("/comments/erased/").h1) == "It is erased"
        assert texts(read(PAGE)) == []

    def test_is_erased_once_when_that_is_sent_twice_at_once(self, client, monkeypatch):
        path = make_comment().private_path()
        monkeypatch.setattr(Comment, "opens_with", lambda comment, _signature: Comment.objects.all().delete())

        assert client.post(path + "erase/").headers["Location"] == "/comments/erased/"

    @pytest.mark.parametrize("dot", [".", "%2E", "%252e", "/", "%2f"])
    def test_never_stands_in_a_log(self, dot):
        path = make_comment().private_path().replace(".", dot)

        assert TOKEN.sub("…", f"Not Found: {path}erase/") == "Not Found: /comments/…/erase/"


class TestTheEndOfAComment:
    def test_comes_thirty_days_after_it_was_refused(self, time_machine):
        comments.refuse(make_comment(text="Refused"))
        shown(text="Shown")
        make_comment(text="Waits")

        time_machine.move_to(NOW + 30 * DAY, tick=False)
        assert (retention.number_expired(), retention.erase_expired()) == (0, 0)
        time_machine.move_to(NOW + 30 * DAY + HOUR, tick=False)
        assert (retention.number_expired(), retention.erase_expired(), retention.erase_expired()) == (1, 1, 0)
        assert set(Comment.objects.values_list("text", flat=True)) == {"Shown", "Waits"}

    def test_comes_thirty_days_after_it_was_set_apart_and_nobody_read_it(self, time_machine):
        Comment.objects.filter(pk=make_comment().pk).update(is_set_apart=True)

        time_machine.move_to(NOW + 30 * DAY - HOUR, tick=False)
        assert retention.erase_expired() == 0
        time_machine.move_to(NOW + 30 * DAY + HOUR, tick=False)
        assert retention.erase_expired() == 1

    def test_begins_anew_when_it_is_refused_again(self, time_machine):
        comment = comments.refuse(make_comment())
        time_machine.move_to(NOW + 20 * DAY, tick=False)
        comments.refuse(comments.show(comment))

        time_machine.move_to(NOW + 31 * DAY, tick=False)

        assert retention.erase_expired() == 0

    def test_of_where_it_came_from_comes_in_the_next_night(self, send, time_machine):
        send()
        time_machine.move_to(NOW + HOUR / 2, tick=False)
        retention.erase_expired()
        assert Comment.objects.get().client_digest

        time_machine.move_to(NOW + 2 * HOUR, tick=False)
        retention.erase_expired()

        assert Comment.objects.get().client_digest == ""


class TestAnActOfStaff:
    def test_shows_a_comment_that_looked_like_spam(self):
        comment = comments.leave(make_comment().treatment, WORDS, form_key=new_secret(), looks_like_spam=True)

        assert (comment.is_set_apart, comments.show(comment).is_set_apart) == (True, False)

    def test_of_answering_shows_a_comment_that_waits(self):
        comment = comments.answer(make_comment(), "Thanks.", now=NOW)

        assert (comment.state, comment.decided_at, comment.answered_at) == ("shown", NOW, NOW)

    def test_of_answering_can_be_taken_back(self):
        comment = comments.answer(comments.answer(make_comment(), "Thanks."), "")

        assert (comment.state, comment.answer, comment.answered_at) == ("shown", "", None)

    def test_of_answering_what_was_refused_is_not_possible(self):
        with pytest.raises(comments.NotPossible):
            comments.answer(comments.refuse(make_comment()), "Thanks.")

    @pytest.mark.parametrize("act", [comments.show, comments.refuse, comments.erase])
    @pytest.mark.parametrize("first", [comments.show, comments.refuse, functools.partial(comments.answer, text="Hm.")])
    def test_that_comes_second_is_told_and_changes_nothing(self, first, act):
        comment = make_comment()
        first(comment)
        before = Comment.objects.values().get()

        with pytest.raises(comments.Overtaken):
            act(comment, seen=comment.version)

        assert Comment.objects.values().get() == before

    def test_that_comes_after_another_answer_is_told(self):
        comment = comments.show(make_comment())
        comments.answer(comment, "Thanks.")

        with pytest.raises(comments.Overtaken):
            comments.refuse(comment, seen=comment.version)

    def test_on_what_is_gone_is_told(self):
        comment = make_comment()
        comments.erase(comment)

        for act in (comments.show, comments.refuse, comments.erase):
            with pytest.raises(comments.Overtaken):
                act(comment, seen="None None")


def count_queries(client, path):
    pages.store.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def make_many(treatment, number, **changes):
    values = {"name": "Aisha", "text": "Words", "treatment": treatment, **changes}
    Comment.objects.bulk_create([Comment(**values) for _comment in range(number)])


class TestManyComments:
    def test_cost_the_page_the_same_queries(self, client, treatment):
        shown()
        paths = [PAGE, f"{PAGE}?before={Comment.objects.get().pk + 999}", f"{PAGE}?after=0"]
        one = [count_queries(client, path) for path in paths]

        make_many(treatment, 1000, state="shown", decided_at=NOW, answer="Thanks.", answered_at=NOW)

        assert [count_queries(client, path) for path in paths] == [one[0], one[1], one[0]]
        assert max(one) <= 6

    @pytest.mark.parametrize("query", ["", "?before=500", "?after=500"])
    def test_are_found_by_an_index_and_never_counted(self, client, treatment, query):
        make_many(treatment, 1000, state="shown", decided_at=NOW)

        assert_flat(client, PAGE + query, "comment_of_treatment")

    @pytest.mark.prove
    def test_cost_the_first_page_and_the_last_the_same_time_when_they_are_a_hundred_thousand(self, treatment):
        make_many(treatment, 21, state="shown", decided_at=NOW)
        oldest = Comment.objects.earliest("pk").pk
        paths = [PAGE, f"{PAGE}?before={oldest + 21}", f"{PAGE}?after={oldest}"]
        times = {path: shortest_time(path) for path in paths}

        make_many(treatment, 100_000, state="shown", decided_at=NOW)

        ratios = {path: round(shortest_time(path) / times[path], 2) for path in paths}
        print("Times what it took with 21:", ratios)
        assert max(ratios.values()) < 1.5


def assert_flat(client, path, index):
    """The page asks for comments only up to a limit, sorts none of them, and finds its own by this index."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    asked = [query["sql"] for query in queries if 'FROM "treatments_comment"' in query["sql"]]
    assert asked
    assert all("LIMIT" in sql for sql in asked)
    # PostgreSQL rightly reads a table as small as this one from end to end.
    if connection.vendor == "sqlite":
        plans = [plan_of(sql) for sql in asked]
        assert any(index in plan for plan in plans), plans
        assert not any("TEMP B-TREE" in plan for plan in plans), plans


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join(row[-1] for row in cursor.fetchall())


@pytest.fixture
def rosa(client):
    """A member of staff who may do everything with comments, signed in."""
    user = make_staff("rosa", may=["view_comment", "change_comment", "delete_comment"])
    client.force_login(user)
    return user


@pytest.fixture
def open_page(read, rosa):
    """Get a page of the desk and parse it."""
    return read


def screen_of(comment):
    return f"{LIST}{comment.pk}/change/"


@pytest.fixture
def act(client, rosa):
    """Send a verb from the screen as it is now, or as it was `seen`; return the response."""

    def post(comment, verb, *, seen=None, **values):
        seen = Comment.objects.get(pk=comment.pk).version if seen is None else seen
        return client.post(f"{LIST}{comment.pk}/{verb}/", {"seen": seen, **values}, follow=True)

    return post


def told(response):
    """What the desk says above the screen."""
    page = BeautifulSoup(response.content, "html.parser")
    return [words(line) for line in page.select(".messagelist li, .errornote")]


class TestTheDesksList:
    def test_has_what_waits_first_and_then_the_newest(self, open_page, treatment):
        comments.refuse(make_comment(text="Refused"))
        make_comment(text="Waits")
        shown(text="Older")
        comments.leave(treatment, {**WORDS, "text": "Spam"}, form_key=new_secret(), looks_like_spam=True)
        shown(text="Newer")

        rows = open_page(LIST).select("#result_list tbody tr")

        assert [words(row.select_one(".field-begins")) for row in rows] == [
            "Waits",
            "Spam",
            "Newer",
            "Older",
            "Refused",
        ]

    @pytest.mark.parametrize("term", ["aisha", "Aisha ", "AISHA@example.org"])
    def test_finds_a_whole_name_or_email(self, open_page, term):
        make_comment(email="aisha@example.org")
        make_comment(name="Mei Ling")

        assert len(open_page(f"{LIST}?q={term}").select("#result_list tbody tr")) == 1

    def test_costs_the_same_with_one_and_with_many(self, client, rosa, treatment):
        make_comment()
        paths = [LIST, f"{LIST}?state__exact=waiting&is_set_apart__exact=0", "/admin/", f"{LIST}?_facets=True"]
        one = [count_queries(client, path) for path in paths]

        make_many(treatment, 1000)

        assert [count_queries(client, path) for path in paths] == one
        assert_flat(client, LIST, "comment_at_the_desk")
        assert_flat(client, f"{LIST}?_facets=True", "comment_at_the_desk")
        assert_flat(client, "/admin/", "comment_at_the_desk")


class TestTheFrontPage:
    def test_says_how_many_comments_there_are_to_read(self, open_page, treatment):
        make_many(treatment, 2)
        shown()
        assert "Comments to read: 2" in words(open_page("/admin/"))
        assert "Comments set apart" not in words(open_page("/admin/"))

        make_many(treatment, 3, is_set_apart=True)

        assert "Comments to read: 2 Comments set apart: 3" in words(open_page("/admin/"))

    def test_counts_no_further_than_the_others(self, open_page, treatment):
        make_many(treatment, 120)

        assert "Comments to read: 99+" in words(open_page("/admin/"))

    def test_says_nothing_to_those_who_may_not_read_them(self, client):
        make_comment()
        client.force_login(get_user_model().objects.create_user("desk", is_staff=True))

        assert "Comments to read" not in client.get("/admin/").content.decode()


class TestTheScreenOfAComment:
    def test_shows_everything_as_text(self, open_page):
        comment = make_comment(text="<script>x</script>\nmore", name="<b>A</b>", email="a@example.org")

        page = open_page(screen_of(comment))

        assert "<script>x</script> more" in words(page)
        assert "<b>A</b>" in words(page)
        assert "a@example.org" in words(page)

    def test_shows_it_and_refuses_it(self, act, read):
        comment = make_comment()

        assert told(act(comment, "show")) == ["It shows now."]
        assert texts(read(PAGE)) == ["It helped me."]
        assert told(act(comment, "refuse")) == ["It shows to nobody, and is erased in 30 days."]
        assert texts(read(PAGE)) == []

    def test_says_until_when_a_refused_comment_is_kept(self, open_page):
        comment = make_comment()
        assert "it is erased after 30 days" in words(open_page(screen_of(comment)))

        comments.refuse(comment)

        assert "Erased by itself on Wednesday 1 July 2026" in words(open_page(screen_of(comment)))

    def test_answers_it_and_takes_the_answer_back(self, act, read):
        comment = make_comment()

        assert told(act(comment, "answer", answer="Thank you.")) == ["The answer shows now."]
        assert "Thank you." in words(read(PAGE).select_one(".comment__answer"))
        assert told(act(comment, "answer", answer="")) == ["The answer is taken back."]
        assert not read(PAGE).select(".comment__answer")

    @pytest.mark.parametrize(("before", "verb"), [("refuse", "show"), ("show", "refuse"), ("show", "answer")])
    def test_says_who_handled_it_last(self, act, open_page, before, verb):
        farid = get_user_model().objects.create_user("farid", is_staff=True)
        comment = getattr(comments, before)(make_comment(), by=farid)
        assert words(open_page(screen_of(comment)).select_one(".request__state")).endswith(", farid")

        act(comment, verb, answer="Thank you.")

        assert words(open_page(screen_of(comment)).select_one(".request__state")).endswith(", rosa")

    @pytest.mark.parametrize("answer", ["", "x" * 3001, "a\x07b"])
    def test_says_what_is_wrong_with_an_answer(self, act, answer):
        comment = make_comment()

        response = act(comment, "answer", answer=answer)

        assert response.status_code == 422
        assert Comment.objects.get().state == "waiting"

    def test_answers_nothing_that_was_refused(self, act):
        response = act(comments.refuse(make_comment()), "answer", answer="Thanks.")

        assert response.status_code == 409
        assert told(response) == ["This comment was refused. Show it first, then answer it."]

    def test_asks_before_it_erases(self, act, open_page):
        comment = make_comment()
        assert "It cannot be undone." in words(open_page(f"{LIST}{comment.pk}/erase/"))
        assert Comment.objects.exists()

        assert told(act(comment, "erase")) == ["It is erased."]
        assert not Comment.objects.exists()

    @pytest.mark.parametrize("verb", ["show", "refuse", "answer", "erase"])
    def test_tells_whoever_comes_second(self, act, verb):
        comment = make_comment()
        seen = comment.version
        comments.answer(comment, "From someone else.")

        response = act(comment, verb, seen=seen, answer="Mine, and long to type.")

        assert response.status_code == 409
        assert "Nothing of yours was done" in told(response)[0]
        assert (Comment.objects.get().state, Comment.objects.get().answer) == ("shown", "From someone else.")
        if verb == "answer":
            assert "Mine, and long to type." in response.content.decode()

    @pytest.mark.parametrize("verb", ["show", "refuse", "answer", "erase"])
    def test_tells_whoever_comes_after_it_was_erased(self, act, verb):
        comment = make_comment()
        pk = comment.pk
        comments.erase(comment)
        comment.pk = pk

        response = act(comment, verb, seen="None None", answer="Thanks.")

        assert told(response) == ["Someone has erased this comment meanwhile."]

    def test_tells_whoever_acts_at_the_moment_at_which_it_is_erased(self, act, monkeypatch):
        def erased_meanwhile(comment, **_options):
            comments.erase(comment)
            raise comments.Overtaken

        monkeypatch.setattr(comments, "show", erased_meanwhile)

        assert told(act(make_comment(), "show")) == ["Someone has erased this comment meanwhile."]

    @pytest.mark.parametrize("verb", ["show", "refuse", "answer", "erase"])
    def test_changes_nothing_when_it_is_only_looked_at(self, client, rosa, verb):
        comment = make_comment()

        assert client.get(f"{LIST}{comment.pk}/{verb}/").status_code in (200, 302)
        assert client.head(f"{LIST}{comment.pk}/{verb}/").status_code in (200, 302)

        assert Comment.objects.get().state == "waiting"

    @pytest.mark.parametrize(
        ("held", "refused"),
        [("view", ["show", "refuse", "answer", "erase"]), ("change", ["erase"]), ("delete", ["show", "answer"])],
    )
    def test_lets_nobody_do_what_is_not_theirs(self, act, rosa, held, refused):
        rosa.user_permissions.set(Permission.objects.filter(codename=f"{held}_comment"))
        comment = make_comment()

        assert {act(comment, verb, answer="Thanks.").status_code for verb in refused} == {403}
        assert Comment.objects.get().state == "waiting"

    def test_shows_no_verbs_to_those_who_may_only_look(self, open_page, rosa):
        rosa.user_permissions.set(Permission.objects.filter(codename="view_comment"))

        page = open_page(screen_of(make_comment()))

        assert not page.select("#content form")
        assert not page.find("a", string="Erase this comment…")

    def test_takes_no_verb_without_the_token(self, rosa):
        comment = make_comment()
        client = Client(enforce_csrf_checks=True)
        client.force_login(rosa)

        for verb in ("show", "refuse", "answer", "erase"):
            assert client.post(f"{LIST}{comment.pk}/{verb}/", {"seen": comment.version}).status_code == 403
