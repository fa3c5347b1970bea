"""The site behind nginx with the configuration that it prints: published pages come from files, and are never old."""

import collections
import concurrent.futures
import contextlib
import gzip
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time

import brotli
import pytest
from django.conf import settings

from treatments.tests.an_nginx import listens, nginx, printed
from treatments.tests.journeys.publisher import PATH, SAYS, publisher
from treatments.tests.journeys.serving import serving
from treatments.tests.postgres import free_port, postgres
from treatments.tests.waiting import PATIENCE, until

pytestmark = pytest.mark.journey

READERS = 4
#: How often is published in a short run, and in a long one.
TIMES, MANY_TIMES = 20, 200
KEY = "a-key-that-two-machines-share-in-a-test-and-nobody-else-has"

#: `sent_at` is on the monotonic clock, in seconds; `number` is what the page said.
Reading = collections.namedtuple("Reading", "reader sent_at status number is_file")


def ask(port, path=PATH, method="GET", **headers):
    """Status, headers and body of the answer, over a connection of its own."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        return exchange(connection, path, method, **headers)


def exchange(connection, path=PATH, method="GET", **headers):
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def text(headers, body):
    """The body as it was before it was compressed: a page that changed while it was rendered is sent as it is."""
    decode = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[headers["Content-Encoding"]]
    return decode(body)


def read(connection):
    """What a reader sees of the page that is published, in brotli as browsers ask."""
    sent_at = time.monotonic()
    status, headers, body = exchange(connection, Accept_Encoding="br")
    shown = re.search(SAYS, text(headers, body))
    return Reading(threading.get_ident(), sent_at, status, int(shown[1]) if shown else None, comes_from_a_file(headers))


def comes_from_a_file(headers):
    """The site's own tags are weak; nginx makes them of a file's time and size."""
    return re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+"', headers.get("ETag", "")) is not None


@contextlib.contextmanager
def being_read(port):
    """Readers that ask all the time; gives the growing list of what they saw."""
    readings = []
    enough = threading.Event()

    def keep_reading():
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            while not enough.is_set():
                try:
                    readings.append(read(connection))
                except http.client.IncompleteRead:
                    # The machine died in the middle of its answer.
                    connection.close()

    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(keep_reading) for _ in range(READERS)]
        try:
            yield readings
        finally:
            enough.set()
            for reader in readers:
                reader.result()


def is_in_a_file(port, number):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        reading = read(connection)
    return reading.is_file and reading.number == number


def publish_and_read(port, publishes):
    """Publish under load, each time with the next of these; what was read, and when each publish had returned."""
    returned_at = {}
    with being_read(port) as readings:
        for number, publish in enumerate(publishes, 2):
            publish(number)
            returned_at[number] = time.monotonic()
            # Every other one comes while the page is rendered, made smaller or written.
            if number % 2:
                until(lambda number=number: is_in_a_file(port, number))
        last = time.monotonic()
        until(lambda: len({reading.reader for reading in readings if reading.sent_at > last}) == READERS)
    return readings, returned_at


def stale(readings, returned_at):
    """The readings that were sent after a publish had returned, and still showed a page of before it."""
    newest = sorted((moment, number) for number, moment in returned_at.items())
    found = []
    for reading in readings:
        published = [number for moment, number in newest if moment < reading.sent_at]
        if published and (reading.number is None or reading.number < published[-1]):
            found.append(reading)
    return found


def environment_of(folder, port, **variables):
    """The environment of a site with its data in this folder, and of the commands on it."""
    ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {**inherited, "DATA_DIR": str(folder), "PORT": str(port), **variables}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with one machine: the port of its nginx, the port of gunicorn, and publish(number)."""
    folder, port = tmp_path_factory.mktemp("data"), free_port()
    address = {"SITE_URL": f"http://127.0.0.1:{port}"}
    with serving(folder, without=["DATABASE_URL"], **address) as (_process, site_port, _said):
        environment = environment_of(folder, site_port, **address)
        with nginx(tmp_path_factory.mktemp("nginx"), printed(environment), port), publisher(environment) as publish:
            publish(1)
            yield port, site_port, publish


class TestAPageBehindNginx:
    @pytest.mark.parametrize("times", [TIMES, pytest.param(MANY_TIMES, marks=pytest.mark.prove)])
    def test_is_never_older_than_the_newest_publish_that_had_returned(self, site, times):
        port, _site_port, publish = site

        readings, returned_at = publish_and_read(port, [publish] * times)

        assert {reading.status for reading in readings} == {200}
        assert stale(readings, returned_at) == []
        assert sum(reading.is_file for reading in readings) > len(readings) / 4
        assert sum(not reading.is_file for reading in readings) > times / 2

    @pytest.mark.parametrize("path", ["/", "/treatments/", "/treatments/pico-laser/", "/treatments/pico-laser/care/"])
    @pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
    def test_is_the_very_one_of_the_site(self, site, path, encoding):
        port, site_port, _publish = site
        until(lambda: comes_from_a_file(ask(port, path)[1]))

        status, headers, body = ask(port, path, Accept_Encoding=encoding)
        own_status, own_headers, own_body = ask(site_port, path, Host=f"127.0.0.1:{port}", Accept_Encoding=encoding)

        assert (status, text(headers, body)) == (own_status, text(own_headers, own_body)) == (200, text(headers, body))
        assert comes_from_a_file(headers)
        assert seen(headers) == seen(own_headers)

    def test_is_not_sent_to_whoever_has_it(self, site):
        port, _site_port, _publish = site
        until(lambda: comes_from_a_file(ask(port)[1]))
        tags = {encoding: ask(port, Accept_Encoding=encoding)[1]["ETag"] for encoding in ("br", "gzip", "identity")}

        assert len(set(tags.values())) == 3
        for encoding, tag in tags.items():
            status, headers, body = ask(port, Accept_Encoding=encoding, If_None_Match=tag)
            assert (status, body, headers["ETag"]) == (304, b"", tag)
            assert headers["Content-Security-Policy"]

    def test_is_the_sites_matter_if_anything_is_unusual(self, site):
        port, _site_port, publish = site
        until(lambda: comes_from_a_file(ask(port)[1]))

        asked = {
            "query": ask(port, f"{PATH}?open=all"),
            "no slash": ask(port, PATH.rstrip("/")),
            "post": ask(port, method="POST", Content_Length="0"),
            "file": ask(port, f"{PATH}index.html"),
            "above": ask(port, f"{PATH}../"),
            "not there": ask(port, "/treatments/no-such/"),
            "form": ask(port, "/consultation/"),
        }

        assert not any(comes_from_a_file(headers) for _status, headers, _body in asked.values())
        assert {name: status for name, (status, _headers, _body) in asked.items()} == {
            **{"query": 200, "no slash": 301, "post": 403, "file": 404, "above": 404, "not there": 404, "form": 200}
        }

    def test_is_for_the_own_host_alone(self, site):
        port, _site_port, _publish = site
        until(lambda: comes_from_a_file(ask(port)[1]))

        with pytest.raises(http.client.RemoteDisconnected):
            ask(port, Host="evil.example")
        status, headers, _body = ask(port, Host="127.0.0.1")
        assert (status, comes_from_a_file(headers)) == (200, False)


def seen(headers):
    """The headers that a reader gets of a page, but for those that nginx makes itself."""
    own = ("ETag", "Date", "Server", "Connection", "Content-Length")
    return {name: value for name, value in headers.items() if name not in own}


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Two machines with one PostgreSQL behind one nginx: its port, and for each its processes and publish(number)."""
    port, pages = free_port(), tmp_path_factory.mktemp("pages")
    shared = {
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PAGES_DIR": str(pages),
        "SECRET_KEY": KEY,
        "WEB_CONCURRENCY": "1",
    }
    with contextlib.ExitStack() as running:
        shared["DATABASE_URL"] = running.enter_context(postgres()).url
        environments = [environment_of(tmp_path_factory.mktemp("data"), free_port(), **shared) for _ in range(2)]
        masters = [running.enter_context(gunicorn(environment)) for environment in environments]
        addresses = [f"--application=127.0.0.1:{environment['PORT']}" for environment in environments]
        running.enter_context(nginx(tmp_path_factory.mktemp("nginx"), printed(environments[0], *addresses), port))
        publishes = [running.enter_context(publisher(environment)) for environment in environments]
        publishes[0](1)
        yield port, masters, publishes


@contextlib.contextmanager
def gunicorn(environment):
    """One machine's web processes, which are a group of their own; gives the master."""
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=settings.BASE_DIR, env=environment, check=True)
    config = settings.BASE_DIR / "clinic_site" / "gunicorn_settings.py"
    address = ["--bind", f"127.0.0.1:{environment['PORT']}"]
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), *address, "clinic_site.wsgi"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True) as master:
        try:
            until(lambda: listens(int(environment["PORT"])))
            yield master
        finally:
            kill(master)


def kill(master):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(master.pid, signal.SIGKILL)


@pytest.mark.prove
class TestTwoMachinesWithOneFolder:
    def test_show_no_page_of_before_a_publish_on_either_also_after_one_died(self, machines):
        port, masters, (here, there) = machines

        def there_and_dead(number):
            """The second machine dies while its page is read, rendered or written."""
            there(number)
            kill(masters[1])

        readings, returned_at = publish_and_read(port, [here, there] * (TIMES // 4) + [there_and_dead] + [here] * 5)

        assert {reading.status for reading in readings} == {200}
        assert stale(readings, returned_at) == []
        assert sum(reading.is_file for reading in readings) > len(readings) / 4
