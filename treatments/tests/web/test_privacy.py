"""What the network tells about a visitor is believed as far as it can be, and logs hold nothing that opens a page."""

import errno
import io
import logging
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.db import OperationalError
from django.test import RequestFactory
from gunicorn.config import Config

from clinic_site.gunicorn_settings import PrivateLog
from clinic_site.logs import PrivateLinks
from treatments.models import Clinic, Comment, ConsultationRequest, LinkAsked, SearchWord
from treatments.models import comment as comment_rows
from treatments.models import consultation as consultation_rows
from treatments.models import link_asked as link_rows
from treatments.models import search_word as word_rows
from treatments.tests.builders import make_open_clinic, make_request
from treatments.tests.tables import one_in
from treatments.web.client import UNREADABLE, client_address


class TestTheVisitorsAddress:
    @pytest.mark.parametrize(
        ("proxies", "forwarded", "address"),
        one_in(
            3,
            [
                (0, "", "192.0.2.1"),
                (0, "203.0.113.9", "192.0.2.1"),
                (1, "", "192.0.2.1"),
                (1, "203.0.113.9", "203.0.113.9"),
                (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
                (2, "10.0.0.1, 198.51.100.7, 203.0.113.9", "198.51.100.7"),
                (2, "203.0.113.9", "203.0.113.9"),
                (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
                (1, "::ffff:203.0.113.9", "203.0.113.9"),
                (1, "203.0.113.5:44321", "203.0.113.5"),
                (1, "[::1]:443", "::"),
                (1, "[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::"),
                (1, '"[2001:db8:1:2:3:4:5:6]:47011"', "2001:db8:1:2::"),
                (1, '"203.0.113.5"', "203.0.113.5"),
                (1, "[::ffff:203.0.113.9]:80", "203.0.113.9"),
                (1, "fe80::1%eth0", "fe80::"),
                (1, "unknown", UNREADABLE),
                (1, "_hidden", UNREADABLE),
                (1, "_SEVKISEK:8080", UNREADABLE),
                (1, "203.0.113.5:44321:1", UNREADABLE),
                (1, "203.0.113.999", UNREADABLE),
                (1, "[203.0.113.5", UNREADABLE),
                (1, '"', UNREADABLE),
                (1, "x" * 500, UNREADABLE),
            ],
        ),
    )
    def test_is_what_the_trusted_proxies_say_and_nothing_further_left(self, settings, proxies, forwarded, address):
        settings.TRUSTED_PROXIES = proxies
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}

        assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.1")) == address

    def test_may_be_missing(self, settings):
        settings.TRUSTED_PROXIES = 0
        request = RequestFactory().get("/")
        del request.META["REMOTE_ADDR"]

        assert client_address(request) == UNREADABLE


class TestALog:
    @pytest.fixture
    def written(self):
        """What Django's own logger writes through our filter."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(PrivateLinks())
        logger = logging.getLogger("django.request")
        logger.addHandler(handler)
        yield stream
        logger.removeHandler(handler)

    @pytest.fixture
    def written_by_the_site(self):
        """What the site's own settings write."""
        (console,) = (handler for handler in logging.getLogger("django").handlers if handler.name == "console")
        assert isinstance(console, logging.StreamHandler)
        stream = io.StringIO()
        before = console.setStream(stream)
        yield stream
        console.setStream(before)

    @pytest.mark.django_db
    @pytest.mark.parametrize("way", one_in(4, ["change/", "phone/"]))
    @pytest.mark.parametrize("kind", one_in(4, ["of a page", "of a letter"]))
    def test_never_holds_a_private_link(self, client, written, kind, way):
        make_open_clinic()
        request = make_request()
        path = request.private_path() if kind == "of a page" else urlsplit(request.letter_link()).path

        client.post(path + way, {"time": ""})

        assert "Unprocessable Entity: /consultation/…" in written.getvalue()
        assert request.public_id not in written.getvalue()

    @pytest.mark.django_db
    def test_tells_a_host_that_is_not_ours_in_one_line(self, client, written_by_the_site):
        client.get("/", headers={"host": "evil.example"})

        (line,) = written_by_the_site.getvalue().splitlines()
        assert "Invalid HTTP_HOST header: 'evil.example'" in line

    @pytest.mark.django_db
    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data"])
    def test_tells_a_form_that_cannot_be_read_in_one_line(self, client, written_by_the_site, kind):
        assert client.generic("POST", "/consultation/details/", b"\xff", content_type=kind).status_code == 400

        assert len(written_by_the_site.getvalue().splitlines()) == 1

    @pytest.mark.parametrize(
        "address",
        one_in(
            4,
            [
                "/consultation/{}/",
                "/Consultation/{}/held/",
                "/consultation/ {}/",
                "/consultation%2F{}",
                "//consultation//{}?a=b",
                "/comments/{}/erase/",
                "{}",
                "https://clinic.example/consultation/{}/",
            ],
        ),
    )
    @pytest.mark.parametrize("dot", one_in(4, [".", "%2E", "%2e", "%252E"]))
    def test_never_holds_a_token_wherever_it_stands(self, written, address, dot):
        public_id, signature = f"-{'a' * 20}_", f"_{'B' * 41}-"

        logging.getLogger("django.request").warning("Not Found: %s", address.format(f"{public_id}{dot}{signature}"))

        assert "a" * 20 not in written.getvalue()
        assert "B" * 16 not in written.getvalue()
        assert "Not Found: " in written.getvalue()

    @pytest.mark.parametrize("address", ["/consultation/{}/", "/consultation%2F{}/change/", "at /comments/{}"])
    @pytest.mark.parametrize("break_", ["%20", " ", "\u200b", "\\u200b", "\\x00", "=", "%0A", "%E2%80%8B"])
    @pytest.mark.parametrize("place", [22, 23, 30, 38])
    def test_never_holds_a_token_that_a_mail_program_broke(self, written, address, break_, place):
        token = f"-{'a' * 20}_._{'B' * 41}-"

        broken = f"{token[:place]}{break_}{token[place:]}"
        logging.getLogger("django.request").warning("Not Found: %s", address.format(broken))

        assert "a" * 20 not in written.getvalue()
        assert "Not Found: " in written.getvalue()

    def test_holds_whatever_else_is_long(self, written):
        words = (
            "Not Found: /treatments/removal-of-tattoos-by-laser-in-malaysia/comments/?before=12345678901234567890",
            "UNIQUE constraint failed: treatments_consultationrequest.public_id, treatments_consultationrequest.nonce",
            "ConnectionRefusedError: [Errno 111] Connection refused by the cache at 127.0.0.1:6379, which is away",
            'File "/srv/clinic/treatments/consultation/personal_data.py", line 120, in consultation_is_kept_so and on',
        )

        for line in words:
            logging.getLogger("django.request").warning(line)

        assert written.getvalue() == "".join(f"{line}\n" for line in words)

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "error",
        [
            OperationalError("database is locked"),
            OperationalError("connection failed:\nis the server running?"),
            OSError(errno.ENOSPC, "No space left on device"),
        ],
    )
    def test_tells_that_the_database_or_the_disk_is_away_in_one_line(
        self, client, written_by_the_site, monkeypatch, error
    ):
        def fail(*arguments, **options):
            raise error

        monkeypatch.setattr("treatments.models.clinic.ClinicQuerySet.current", fail)
        client.raise_request_exception = False

        response = client.get("/consultation/")

        assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
        (line,) = written_by_the_site.getvalue().splitlines()
        assert f"Service Unavailable: /consultation/ ({' '.join(str(error).split())})" in line

    def test_of_gunicorn_never_holds_one(self, capsys):
        link = f"/consultation/{'a' * 22}.{'b' * 43}/held/"

        PrivateLog(Config()).error("Error handling request %s", link)

        assert "Error handling request /consultation/…" in capsys.readouterr().err

    def test_never_holds_one_in_a_traceback(self, written):
        link = f"/consultation/{'a' * 22}.{'b' * 43}/held/"
        try:
            raise ValueError(link)
        except ValueError:
            logging.getLogger("django.request").exception("At %s", link)

        assert "a" * 22 not in written.getvalue()
        assert "ValueError: /consultation/…" in written.getvalue()


class TestTheDeclarationOfColumns:
    """What is personal, what is kept and what only machines need: erasing and “what we hold” are made from it."""

    @pytest.mark.parametrize(
        ("module", "model"),
        [
            (consultation_rows, ConsultationRequest),
            (comment_rows, Comment),
            (link_rows, LinkAsked),
            (word_rows, SearchWord),
        ],
    )
    def test_names_every_column_once(self, module, model):
        declared = [*module.PERSONAL, *module.KEPT, *module.TECHNICAL]

        assert sorted(declared) == sorted(field.name for field in model._meta.concrete_fields)

    def test_is_of_every_table_that_holds_what_people_typed(self):
        # Events, letters and tasks tell what was done, and hold no words of a patient.
        of_patients = {ConsultationRequest, Comment, LinkAsked, SearchWord}
        with_texts = {
            model
            for model in apps.get_app_config("treatments").get_models()
            if {"email", "word"} & {field.name for field in model._meta.concrete_fields} and model is not Clinic
        }

        assert with_texts == of_patients
