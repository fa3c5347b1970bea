"""With LOG_FORMAT=json each line of the log is JSON, and each request has a line that tells of no person."""

import io
import json
import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from gunicorn.config import Config

from clinic_site.environment import Environment
from clinic_site.gunicorn_settings import PrivateLog
from clinic_site.logs import JsonLine, PrivateLinks, access, request_lines

PRIVATE = "/consultation/0123456789abcdefghijkl.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG/"


@pytest.fixture
def written():
    """What the site's loggers write, as (the text so far, its lines as read)."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    handler.addFilter(PrivateLinks())
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    access.removeHandler(handler)


def answered(path="/treatments/", **headers):
    """The answer of a site that answers everything with 204, through the middleware."""
    return request_lines(lambda request: HttpResponse(status=204))(RequestFactory().get(path, headers=headers))


class TestTheLineOfARequest:
    def test_says_what_was_asked_and_how_long_it_took(self, written):
        answer = answered("/treatments/?day=2026-12-03")

        (line,) = written()
        assert line["message"] == "GET /treatments/"
        assert line["status"] == 204
        assert 0 <= line["ms"] < 60_000
        assert line["request"] == answer.headers["X-Request-ID"]
        assert line["time"].endswith("+00:00")

    def test_holds_no_private_link_no_query_and_no_address(self, written):
        answered(f"{PRIVATE}?name=Anna", x_forwarded_for="203.0.113.7", referer=f"https://a.example{PRIVATE}")

        text = json.dumps(written())
        assert "/consultation/…/" in json.loads(text)[0]["message"]
        assert not [word for word in ("0123456789abc", "Anna", "203.0.113.7", "127.0.0.1", "a.example") if word in text]

    def test_has_the_id_that_a_proxy_gave(self, written):
        assert answered(x_request_id="7f3a-41b0c2d9").headers["X-Request-ID"] == "7f3a-41b0c2d9"
        assert written()[0]["request"] == "7f3a-41b0c2d9"

    @pytest.mark.parametrize("given", ["short", "x" * 65, "with blank and more", 'a"quoted"id', "línea-de-log"])
    def test_has_an_id_of_its_own_in_the_place_of_one_that_is_none(self, written, given):
        assert answered(x_request_id=given).headers["X-Request-ID"] != given
        assert len(written()[0]["request"]) == 16


class TestALineOfJson:
    def test_holds_a_traceback_in_one_line(self, written):
        try:
            raise ValueError("What\nhappened")
        except ValueError:
            access.exception("It\nbroke")

        (line,) = written()
        assert line["message"] == "It\nbroke"
        assert line["level"] == "ERROR"
        assert "ValueError: What\nhappened" in line["traceback"]

    def test_is_what_gunicorn_writes_too(self, monkeypatch, capsys):
        monkeypatch.setenv("LOG_FORMAT", "json")
        PrivateLog(Config()).error_log.error("Worker %s ended", 7)

        assert json.loads(capsys.readouterr().err)["message"] == "Worker 7 ended"


class TestTheVariable:
    @pytest.mark.parametrize(("value", "wrong"), [("", ""), ("json", ""), ("JSON", ""), ("xml", "use text or json")])
    def test_takes_two_words(self, value, wrong):
        environment = Environment({"LOG_FORMAT": value})

        assert environment.choice("LOG_FORMAT", "text", "json") in ("text", "json")
        assert "".join(environment.errors).endswith(f"{wrong}." if wrong else "")
