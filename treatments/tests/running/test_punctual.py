"""gunicorn with our worker, as it is served: half a request holds nobody up, and an invalid one is refused."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings

from treatments.tests.postgres import free_port
from treatments.tests.waiting import until

pytestmark = pytest.mark.slow

#: A small site, that reads what it is sent, and answers at length under any other path.
SITE = """
def application(environ, start):
    start("200 OK", [])
    return [b"%d" % len(environ["wsgi.input"].read()) if environ["PATH_INFO"] == "/" else bytes(50_000_000)]
"""
SETTINGS = """
from clinic_site import punctual
punctual.HEAD, punctual.BODY, punctual.ANSWER = 1, 2, 2
worker_class, threads = punctual.PunctualWorker, 4
loglevel, control_socket_disable = "warning", True
"""


@pytest.fixture
def port(tmp_path):
    """Where one process of four threads listens."""
    (tmp_path / "site_of_a_line.py").write_text(SITE)
    (tmp_path / "gunicorn_settings.py").write_text(SETTINGS)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(tmp_path / "gunicorn_settings.py")]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--workers", "1", "site_of_a_line:application"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}:{settings.BASE_DIR}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: ask(port) is not None, patience=30)
    yield port
    process.terminate()
    said = process.communicate(timeout=20)[1]
    assert "Traceback" not in said


def ask(port):
    """The status of the answer to a small request; None if nobody listens."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        try:
            connection.request("POST", "/", b"abc")
            return connection.getresponse().status
        except OSError:
            return None


def send(port, words):
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    line.sendall(words)
    return line


HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: a"
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"


class TestASlowVisitor:
    @pytest.mark.parametrize("half", [HALF_A_HEAD, HALF_A_BODY])
    def test_is_given_up_so_that_others_are_served(self, port, half):
        lines = [send(port, half) for _visitor in range(12)]

        assert ask(port) == 200

        for line in lines:
            line.close()

    def test_who_does_not_take_the_answer_is_given_up_too(self, port):
        lines = [send(port, b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n") for _visitor in range(12)]

        assert ask(port) == 200

        for line in lines:
            line.close()

    def test_is_given_up_even_while_something_comes(self, port):
        line = send(port, HALF_A_HEAD)

        def is_given_up():
            try:
                line.sendall(b"a")
                return line.recv(1, socket.MSG_DONTWAIT) == b""
            except BlockingIOError:
                return False
            except OSError:
                return True

        until(is_given_up, patience=15)
        line.close()


class TestARequestWithoutAHost:
    @pytest.mark.parametrize(("version", "status"), [(b"1.1", b"400"), (b"1.0", b"200")])
    def test_is_refused_in_the_version_that_asks_for_one(self, port, version, status):
        line = send(port, b"GET / HTTP/%s\r\n\r\n" % version)

        answer = line.recv(1000)
        line.close()

        assert answer.split()[1] == status


class TestAContentType:
    @pytest.mark.parametrize(
        "parameter",
        [
            "charset=hex",
            "charset=idna",
            'CharSet = "undefined"',
            "charset=utf-8; charset=rot13",
            "charset*=utf-8''a%00b",
            "charset*=nosuch''a",
            "any*0*=idna''a",
        ],
    )
    def test_with_which_django_would_break_off_is_refused(self, port, parameter):
        assert answer(port, parameter) == b"400"

    @pytest.mark.parametrize("parameter", ["charset=UTF-8", 'charset=  "utf-8"', "charset=utf8", "boundary=charset"])
    def test_as_browsers_send_it_is_taken(self, port, parameter):
        assert answer(port, parameter) == b"200"


def answer(port, parameter):
    """The status of the answer to a request whose content type has this parameter."""
    line = send(port, f"GET /?a=%41 HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain; {parameter}\r\n\r\n".encode())
    with contextlib.closing(line):
        return line.recv(1000).split()[1]
