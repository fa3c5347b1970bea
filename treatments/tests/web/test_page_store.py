"""A published page is rendered once, costs one query after that, and is never old."""

import datetime
import gzip

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test.signals import template_rendered

from treatments.models import Notice
from treatments.publication import publishing
from treatments.tests.builders import make_clinic, make_edition_of, plain_document
from treatments.tests.tables import one_in
from treatments.web import pages

LATER = datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)
PATH = "/treatments/light-peel/"
PATHS = [PATH, "/", "/accessibility/", "/privacy/", "/treatments/"]


@pytest.fixture
def _quick_compression():
    """Pages are as small here as they are for readers."""


@pytest.fixture
def published():
    """A public treatment, its clinic and its notices."""
    make_clinic()
    for kind in ("privacy", "accessibility"):
        Notice.objects.create(kind=kind, text="Our text.")
    return make_edition_of(small())


def small(**changes):
    """A treatment that is quick to publish and to show."""
    return plain_document(benefits=[{"title": "Smoother feel", "text": "For weeks. " * 50}], **changes)


@pytest.fixture
def rendered():
    """The names of the templates that were rendered."""
    names = []

    def note(sender, template, **others):
        names.append(template.name)

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


def ask(client, path=PATH, method="get", **headers):
    return getattr(client, method)(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
class TestAKeptPage:
    @pytest.mark.parametrize("path", one_in(5, PATHS))
    @pytest.mark.parametrize("encoding", one_in(5, ["br", "gzip", "identity"]))
    def test_costs_one_query_and_no_template(self, client, rendered, django_assert_num_queries, path, encoding):
        miss = ask(client, path, accept_encoding=encoding)
        assert rendered
        rendered.clear()

        with django_assert_num_queries(1):
            hit = ask(client, path, accept_encoding=encoding)

        assert rendered == []
        assert hit.content == miss.content
        assert dict(hit.headers) == dict(miss.headers)

    @pytest.mark.parametrize(
        ("host", "status"),
        one_in(3, [("testserver", 200), ("127.0.0.1:8000", 200), ("evil.example", 400), ("127.0.0.1:x", 400)]),
    )
    def test_is_shown_under_names_of_the_site_only(self, client, host, status):
        ask(client)

        assert ask(client, host=host).status_code == status

    def test_is_made_for_every_encoding_at_once(self, client, rendered):
        ask(client, accept_encoding="br")
        rendered.clear()

        ask(client, accept_encoding="gzip")
        ask(client)

        assert rendered == []

    @pytest.mark.parametrize("path", [PATH, "/"])
    def test_answers_any_query_string(self, client, rendered, django_assert_num_queries, path):
        plain = ask(client, path)
        rendered.clear()

        with django_assert_num_queries(1):
            other = ask(client, f"{path}?utm_source=letter&x=<script>")

        assert rendered == []
        assert other.content == plain.content

    def test_with_every_fold_open_is_kept_beside_it(self, client, rendered, django_assert_num_queries):
        plain, opened = ask(client), ask(client, f"{PATH}?open=all")
        rendered.clear()

        with django_assert_num_queries(2):
            again = [ask(client), ask(client, f"{PATH}?open=all")]

        assert rendered == []
        assert [page.content for page in again] == [plain.content, opened.content]
        assert [page.headers["X-Robots-Tag"] for page in (opened, again[1])] == ["noindex", "noindex"]
        assert plain.headers["ETag"] != opened.headers["ETag"]

    def test_is_not_another_page(self, client):
        bodies = {ask(client, path).content for path in PATHS}

        assert len(bodies) == len(PATHS)

    def test_of_https_is_not_that_of_http(self, client):
        plain = ask(client)

        secure = client.get(PATH, secure=True)

        assert secure.headers["ETag"] != plain.headers["ETag"]
        assert "Strict-Transport-Security" in secure.headers
        assert "Strict-Transport-Security" not in plain.headers

    def test_is_the_same_with_and_without_a_cookie(self, client, admin_client):
        assert ask(client).content == ask(admin_client).content

    @pytest.mark.parametrize("method", one_in(4, ["post", "put", "delete"]))
    @pytest.mark.parametrize("path", one_in(4, [PATH, "/", "/treatments/", "/privacy/"]))
    def test_takes_nothing(self, client, path, method):
        ask(client, path)

        assert ask(client, path, method).status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
class TestTheEncoding:
    @pytest.mark.parametrize(
        ("accepted", "encoding"),
        one_in(
            4,
            [
                ("gzip, deflate, br, zstd", "br"),
                ("br", "br"),
                ("BR;q=0.5", "br"),
                ("gzip", "gzip"),
                ("gzip;q=1.0, br;q=0", "gzip"),
                ("br; q=0, gzip; q=0.0", "identity"),
                ("*", "br"),
                ("*;q=0", "identity"),
                ("br;q=0, *", "gzip"),
                ("gzip, *;q=0", "gzip"),
                ("identity", "identity"),
                ("deflate", "identity"),
                ("brotli, xgzip", "identity"),
                ("", "identity"),
                (";;;,,,=", "identity"),
            ],
        ),
    )
    def test_is_the_smallest_that_the_browser_takes(self, client, accepted, encoding):
        response = ask(client, accept_encoding=accepted)

        assert response.headers.get("Content-Encoding", "identity") == encoding

    @pytest.mark.parametrize("turn", ["miss", "hit"])
    def test_changes_nothing_but_the_form(self, client, turn):
        if turn == "hit":
            ask(client)
        plain = ask(client).content

        assert brotli.decompress(ask(client, accept_encoding="br").content) == plain
        assert gzip.decompress(ask(client, accept_encoding="gzip").content) == plain
        assert b"</html>" in plain

    def test_makes_a_page_smaller(self, client):
        sizes = [len(ask(client, accept_encoding=encoding).content) for encoding in ("br", "gzip", "identity")]

        assert sizes == sorted(sizes)
        assert sizes[0] < sizes[2] / 3


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
class TestAPageThatIsMadeSmallerAfterwards:
    def test_is_the_same_page_in_fewer_bytes(self, client, monkeypatch):
        waiting = []
        monkeypatch.setattr(pages.store, "later", lambda *call: waiting.append(call))
        quick = {encoding: ask(client, accept_encoding=encoding) for encoding in ("br", "gzip", "identity")}
        (press, *arguments), _fill = waiting

        press(*arguments)

        small = {encoding: ask(client, accept_encoding=encoding) for encoding in quick}
        assert len(small["br"].content) < len(quick["br"].content)
        assert small["br"].headers["Content-Length"] == str(len(small["br"].content))
        assert brotli.decompress(small["br"].content) == quick["identity"].content
        assert small["br"].headers["ETag"] == quick["br"].headers["ETag"]
        assert [small[encoding].content for encoding in ("gzip", "identity")] == [
            quick[encoding].content for encoding in ("gzip", "identity")
        ]


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
class TestTheETag:
    def test_is_weak_and_the_same_for_every_encoding(self, client):
        tags = {ask(client, accept_encoding=encoding).headers["ETag"] for encoding in ("br", "gzip", "identity")}

        (tag,) = tags
        assert tag.startswith('W/"')
        assert len(tag) == 36

    @pytest.mark.parametrize("path", [PATH, "/"])
    def test_of_a_page_that_the_browser_has_is_answered_with_304(
        self, client, rendered, django_assert_num_queries, path
    ):
        full = ask(client, path)
        rendered.clear()

        with django_assert_num_queries(1):
            response = ask(client, path, if_none_match=f'"other", {full.headers["ETag"]}')

        assert (response.status_code, response.content, rendered) == (304, b"", [])
        for name in ("ETag", "Cache-Control", "Vary"):
            assert response.headers[name] == full.headers[name]

    def test_needs_no_page_to_answer_304(self, client, rendered):
        tag = ask(client).headers["ETag"]
        pages.store.clear()
        rendered.clear()

        assert ask(client, if_none_match=tag).status_code == 304
        assert rendered == []

    def test_is_known_in_its_strong_form_too(self, client):
        tag = ask(client).headers["ETag"]

        assert ask(client, if_none_match=tag.removeprefix("W/")).status_code == 304

    @pytest.mark.parametrize("tag", one_in(4, ['W/"old"', '"', "nonsense", "W/", ""]))
    def test_of_another_page_is_answered_in_full(self, client, tag):
        assert ask(client, if_none_match=tag).status_code == 200

    def test_of_any_page_is_known(self, client):
        ask(client)

        assert ask(client, if_none_match="*").status_code == 304

    def test_is_forgotten_with_a_new_edition(self, client, published):
        tag = ask(client).headers["ETag"]
        published.title = "Softer feel"
        published.save()
        publishing.publish_sample(published)

        response = ask(client, if_none_match=tag)

        assert response.status_code == 200
        assert b"Softer feel" in response.content

    def test_counts_for_head_too(self, client):
        tag = ask(client).headers["ETag"]

        assert ask(client, PATH, "head", if_none_match=tag).status_code == 304


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
class TestHead:
    @pytest.mark.parametrize("turn", one_in(3, ["miss", "hit"]))
    @pytest.mark.parametrize("encoding", one_in(3, ["br", "identity"]))
    def test_is_a_get_without_its_body(self, client, turn, encoding):
        if turn == "hit":
            ask(client)

        head = ask(client, PATH, "head", accept_encoding=encoding)

        full = ask(client, accept_encoding=encoding)
        assert head.content == b""
        assert dict(head.headers) == dict(full.headers)
        assert head.headers["Content-Length"] == str(len(full.content))

    def test_sends_no_body_whoever_serves_it(self, rf):
        # The test client takes the body off by itself.
        response = WSGIHandler().get_response(rf.head(PATH))

        assert isinstance(response, HttpResponse)
        assert response.content == b""


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
class TestTheHeaders:
    @pytest.mark.parametrize("path", one_in(4, PATHS))
    @pytest.mark.parametrize("turn", one_in(4, ["miss", "hit"]))
    def test_let_everyone_keep_the_page_and_ask_before_showing_it(self, client, path, turn):
        if turn == "hit":
            ask(client, path)

        headers = ask(client, path).headers

        assert headers["Cache-Control"] == "public, no-cache"
        assert headers["Vary"] == "Accept-Encoding"
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert "Set-Cookie" not in headers

    @pytest.mark.parametrize("path", one_in(4, [PATH, "/", "/consultation/", "/no-such-page/"]))
    @pytest.mark.parametrize("turn", one_in(4, ["miss", "hit"]))
    def test_keep_the_browser_strict(self, client, path, turn):
        if turn == "hit":
            ask(client, path)

        headers = ask(client, path).headers

        policy = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]

    def test_are_those_of_a_site_that_is_not_open_on_a_hit_too(self, client, settings):
        settings.IS_DEMONSTRATION = False
        ask(client)

        assert ask(client).headers["X-Robots-Tag"] == "noindex"


@pytest.mark.django_db
class TestAPageThatIsNotPublished:
    @pytest.mark.parametrize("path", ["/treatments/no-such/", "/privacy/", "/no-such-page/"])
    def test_is_not_kept(self, client, path):
        assert ask(client, path).status_code == 404
        assert "ETag" not in ask(client, path).headers

    def test_is_found_as_soon_as_it_is_there(self, client):
        assert ask(client).status_code == 404

        make_edition_of(small())

        assert ask(client).status_code == 200

    def test_with_a_fault_is_not_kept(self, client, monkeypatch):
        treatment = make_edition_of(small())
        client.raise_request_exception = False
        with monkeypatch.context() as patch:
            patch.setattr("treatments.views.treatment.Article", lambda document: 1 / 0)
            assert ask(client, treatment.get_absolute_url()).status_code == 500

        assert ask(client, treatment.get_absolute_url()).status_code == 200
