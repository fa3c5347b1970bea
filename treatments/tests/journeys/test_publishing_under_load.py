"""The site as it is served, read by many through several workers while staff publish."""

import collections
import concurrent.futures
import contextlib
import http.client
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import pytest
import tomli_w

from bench.server import children, cpu_seconds
from treatments.tests.postgres import free_port
from treatments.tests.waiting import PATIENCE, until

ROOT = Path(__file__).resolve().parents[3]
PAGE = "/treatments/pico-laser/"
WORKERS = 3
READERS = 4
NEW_EDITIONS = (2,)

#: `sent_at` is on the monotonic clock, in seconds.
Reading = collections.namedtuple("Reading", "reader sent_at status edition")


@pytest.mark.journey
class TestAPageThatIsReadByManyWhileStaffPublish:
    def test_is_never_older_than_the_newest_publish_that_had_returned(self, tmp_path):
        environment = environment_in(tmp_path)
        manage(environment, "prepare")
        returned_at = {}

        with served(environment) as workers, being_read(int(environment["PORT"])) as readings:
            wait_until_all_have_answered(workers, readings, since=time.monotonic())
            for edition in NEW_EDITIONS:
                publish(environment, tmp_path, edition)
                returned_at[edition] = time.monotonic()
                wait_until_all_have_answered(workers, readings, since=returned_at[edition])

        assert {reading.status for reading in readings} == {200}
        for edition, moment in returned_at.items():
            assert min(reading.edition for reading in readings if reading.sent_at > moment) >= edition
        assert {reading.edition for reading in readings} == {1, *NEW_EDITIONS}


def environment_in(folder):
    """The environment of a site with its own data on a free port, and nothing else set."""
    ours = ("SITE_URL", "HOST", "DEBUG", "CACHE_URL", "DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {**inherited, "DATA_DIR": str(folder), "PORT": str(free_port()), "WEB_CONCURRENCY": str(WORKERS)}


def manage(environment, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)


def publish(environment, folder, edition):
    """Put a changed article in the place of the draft and publish it."""
    content = folder / f"edition-{edition}"
    shutil.copytree(ROOT / "treatments" / "content", content)
    file = content / "pico-laser.toml"
    article = tomllib.loads(file.read_text(encoding="utf-8"))
    article["title"] = f"Pico laser, changed for edition {edition}"
    file.write_text(tomli_w.dumps(article), encoding="utf-8")
    manage(environment, "import_treatment", str(file), "--replace-draft", "--publish-sample")


@contextlib.contextmanager
def served(environment):
    """The site under gunicorn; gives the process ids of its workers once it answers."""
    config = ROOT / "clinic_site" / "gunicorn_settings.py"
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "clinic_site.wsgi"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as master:
        try:
            until(lambda: len(children(master.pid)) == WORKERS and answers(int(environment["PORT"])))
            yield children(master.pid)
        finally:
            master.terminate()


def answers(port):
    try:
        return read(port).status == 200
    except OSError:
        return False


@contextlib.contextmanager
def being_read(port):
    """Readers that ask for the page all the time; gives the growing list of what they saw."""
    readings = []
    enough = threading.Event()

    def keep_reading():
        while not enough.is_set():
            readings.append(read(port))

    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(keep_reading) for _ in range(READERS)]
        try:
            yield readings
        finally:
            enough.set()
    for reader in readers:
        reader.result()


def read(port):
    """Ask for the page over a connection of its own, so that any worker may answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        sent_at = time.monotonic()
        connection.request("GET", PAGE)
        response = connection.getresponse()
        shown = re.search(rb"<dt>Edition</dt><dd>(\d+),", response.read())
    return Reading(threading.get_ident(), sent_at, response.status, int(shown[1]) if shown else None)


def wait_until_all_have_answered(workers, readings, since):
    """Wait until every reader has asked anew, and every worker has then used the processor, as an idle one does not."""
    until(lambda: len({reading.reader for reading in readings if reading.sent_at > since}) == READERS)
    before = {worker: cpu_seconds(worker) for worker in workers}
    until(lambda: all(cpu_seconds(worker) > before[worker] for worker in workers))
