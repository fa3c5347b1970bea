"""Every public page costs the same number of queries however much there is to show."""

import datetime
import gzip

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from treatments.consultation import search
from treatments.models import (
    PARTS,
    Closure,
    ConsultationRequest,
    Edition,
    Notice,
    OpeningHours,
)
from treatments.publication import document as documents
from treatments.tests.builders import (
    canonical_document,
    full_document,
    make_clinic,
    make_edition_of,
    make_request,
    make_treatment,
    plain_document,
)
from treatments.tests.many_visits import make_past_visits, next_free_time, shortest_time
from treatments.web import pages

MANY = 20
PATHS = [
    *("/", "/accessibility/", "/privacy/", "/treatments/", "/treatments/light-peel/"),
    *("/consultation/", "/consultation/details/", "/sitemap.xml", "/robots.txt"),
]


def count_queries(path, *, cookie=""):
    """The number of queries of a page that is not kept yet."""
    pages.store.clear()
    # Not the test client: it copies the context of every template that it sees, a hundred thousand here.
    handler = WSGIHandler()
    with CaptureQueriesContext(connection) as queries:
        response = handler.get_response(RequestFactory().get(path, headers={"Cookie": cookie}))
    assert response.status_code == 200
    return len(queries)


def make_large_edition(number):
    """A public edition with this many rows in every part that may have them; its draft has none of them."""
    document = canonical_document(full_document())
    for part in PARTS:
        if part not in ("sources", "photos", "key_facts"):
            row = {name: value for name, value in document[part][0].items() if name not in ("people", "events")}
            document[part] = [{**row, "key": f"row-{place}"} for place in range(number)]
    text = documents.canonical(document)
    return Edition.objects.create(treatment=make_treatment(), number=1, document=text, digest=documents.digest(text))


def close_at_noon(days):
    """The clinic is closed for an hour on each of so many days, half of them still to come."""
    first = timezone.now().replace(hour=4, minute=0) - datetime.timedelta(days=days // 2)
    Closure.objects.bulk_create(
        Closure(
            starts_at=first + datetime.timedelta(days=day),
            ends_at=first + datetime.timedelta(days=day, hours=1),
            reason="Lunch",
        )
        for day in range(days)
    )


REQUESTS = "/admin/treatments/consultationrequest/"
DESK = [
    "/admin/",
    "/admin/?list=today",
    "/admin/?list=waiting",
    REQUESTS,
    f"{REQUESTS}to-check/",
    "/admin/treatments/task/",
]


#: Lists of the desk that grow with every request.
LISTS = [
    "/admin/treatments/task/",
    "/admin/treatments/task/?kind__exact=call",
    "/admin/treatments/message/",
    "/admin/treatments/message/?state__exact=sent",
    "/admin/treatments/message/?kind__exact=confirmed",
]


def plan_of(sql):
    """How SQLite would read the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join(row[-1] for row in cursor.fetchall())


def desk_queries(client):
    """The number of queries of each list of the desk."""
    numbers = {}
    for path in DESK:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        numbers[path] = len(queries)
    return numbers


@pytest.fixture(scope="module")
def patience():
    """A statement may take as long as it needs, also one at the end of the test, after its own fixtures have ended."""
    kept = getattr(connection, "patience", None)
    setattr(connection, "patience", None)  # noqa: B010 (only PostgreSQL's has it)
    yield
    setattr(connection, "patience", kept)  # noqa: B010


@pytest.mark.slow
@pytest.mark.django_db
class TestTheNumberOfQueries:
    @pytest.fixture(autouse=True)
    def _clinic(self):
        clinic = make_clinic()
        for kind in ("privacy", "accessibility", "consent"):
            Notice.objects.create(kind=kind, text="Our text.")
        OpeningHours.objects.create(clinic=clinic, weekday=1, opens="09:00", closes="17:00")

    def test_is_the_same_with_one_treatment_and_with_many(self):
        make_edition_of(plain_document())
        one = {path: count_queries(path) for path in PATHS}

        for number in range(MANY - 1):
            make_edition_of(plain_document(slug=f"peel-{number}", name=f"Peel {number}"))

        assert {path: count_queries(path) for path in PATHS} == one
        assert max(one.values()) <= 9

    def test_is_the_same_with_many_hours_and_notices(self):
        make_edition_of(plain_document())
        one = {path: count_queries(path) for path in PATHS}

        for weekday in range(2, 8):
            OpeningHours.objects.create(weekday=weekday, opens="09:00", closes="17:00")
        for number in range(MANY):
            Notice.objects.create(kind="privacy", text=f"Wording {number}")

        assert {path: count_queries(path) for path in PATHS} == one

    def test_of_the_desk_is_the_same_with_one_task_and_with_many(self, admin_client):
        def add(number):
            for place in range(number):
                request = make_request(
                    email=f"{place}.{number}@example.org", phone=f"+6012{2_000_000 + number + place}"
                )
                request.tasks.update(due_at=timezone.now() - datetime.timedelta(hours=place))

        add(1)
        desk_queries(admin_client)
        one = desk_queries(admin_client)

        add(MANY)

        assert desk_queries(admin_client) == one

    def test_of_choosing_a_time_is_the_same_after_a_thousand_visits(self, admin_client):
        paths = ["/consultation/", "/consultation/details/"]
        ahead = make_request(next_free_time(), email="b@example.org")
        one = {path: count_queries(path) for path in (*paths, ahead.private_path())}
        desk = desk_queries(admin_client)

        make_past_visits(1_000)

        assert {path: count_queries(path) for path in (*paths, ahead.private_path())} == one
        assert desk_queries(admin_client) == desk

    @pytest.mark.parametrize("path", LISTS)
    def test_of_a_list_reads_an_index_in_its_order_and_sorts_no_rows(self, admin_client, path):
        make_past_visits(200)

        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(path).status_code == 200

        of_rows = [query["sql"] for query in queries if " LIMIT 1" in query["sql"] and "ORDER BY" in query["sql"]]
        assert of_rows
        # PostgreSQL rightly sorts a table as small as this one.
        if connection.vendor == "sqlite":
            assert [plan for plan in map(plan_of, of_rows) if "TEMP B-TREE" in plan] == []

    @pytest.mark.prove
    @pytest.mark.usefixtures("patience")
    def test_and_the_time_of_choosing_and_of_the_desk_stay_with_a_million_visits(self, admin_client):
        # More than one search reads.
        base = 2 * search.MOST
        make_past_visits(base)
        cookie = admin_client.cookies.output(attrs=[], header="", sep=";")
        requests, letters = "/admin/treatments/consultationrequest/", "/admin/treatments/message/"
        one = ConsultationRequest.objects.first()
        paths = [
            *("/consultation/", "/consultation/details/", *DESK),
            *(f"{requests}{further}" for further in ("", "?state__exact=attended", "?needs_clinician__exact=1")),
            *(f"{requests}{further}" for further in ("day/", f"{one.pk}/change/")),
            *(
                f"{requests}?q={term}"
                for term in (one.phone, one.email, one.reference, one.name, "Patient", "Nobody", "10")
            ),
            *(
                letters,
                f"{letters}?state__exact=sent",
                f"{letters}?state__exact=failed",
                f"{letters}?q={one.reference}",
            ),
        ]
        queries = {path: count_queries(path, cookie=cookie) for path in paths}
        times = {path: shortest_time(path, cookie=cookie) for path in paths}

        make_past_visits(1_000_000, after=base)
        close_at_noon(5 * 365)

        assert {path: count_queries(path, cookie=cookie) for path in paths} == queries
        ratios = {path: round(shortest_time(path, cookie=cookie) / times[path], 2) for path in times}
        print(f"Times what it took with {base:,}:", ratios)
        if connection.vendor == "postgresql":
            # The end of this transaction checks millions of rows at once.
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
        assert max(ratios.values()) < 2

    @pytest.mark.parametrize("number", [1, MANY, 1000])
    def test_of_a_treatment_is_the_same_with_many_rows(self, monkeypatch, number):
        # Making a page smaller asks the database nothing, and takes long for a page this large.
        monkeypatch.setattr(brotli, "compress", lambda body, **options: body)
        monkeypatch.setattr(gzip, "compress", lambda body, *level, **options: body)
        edition = make_large_edition(number)

        assert count_queries(edition.treatment.get_absolute_url()) == 9
