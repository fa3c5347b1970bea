"""Every acknowledged request is written to, though the mail server was down and the worker is killed while it sends."""

import asyncio
import collections
import os
import signal
import threading
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from treatments.tests.journeys.serving import serving
from treatments.tests.journeys.test_race import PATIENCE, Patient, children
from treatments.tests.postgres import free_port

pytestmark = pytest.mark.race

REQUESTS = 12
KILLS = 3
#: A lease lasts a minute, and a letter waits half a minute after its first failed attempt. In seconds.
LONGEST_WAIT = 240


class Postbox:
    """A mail server that takes its time over each letter, and notes every letter that it took."""

    def __init__(self):
        self.taken = []
        self.began = threading.Event()

    async def handle_DATA(self, server, session, envelope):
        self.began.set()
        await asyncio.sleep(0.4)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.rcpt_tos[0], letter["Message-ID"]))
        return "250 OK"


@pytest.fixture
def mail_port():
    return free_port()


@pytest.fixture
def site(tmp_path, mail_port):
    """A running site whose mail server is not there yet: its process and its port."""
    with serving(tmp_path / "data", EMAIL_URL=f"smtp://127.0.0.1:{mail_port}") as (process, port, _said):
        yield process, port


def worker_of(process):
    """The id of the worker among the children of `serve`; None while it is being started again."""
    for child in children(process.pid):
        try:
            if Path(f"/proc/{child}/cmdline").read_bytes().endswith(b"\0work\0"):
                return child
        except FileNotFoundError:
            continue
    return None


def until(happened, patience=LONGEST_WAIT):
    deadline = time.monotonic() + patience
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.2)
    return happened()


def test_every_acknowledged_request_is_written_to(site, mail_port):
    process, port = site
    patients = [Patient(port, number, "") for number in range(REQUESTS)]
    time.sleep(PATIENCE)
    assert {patient.send()[0] for patient in patients} == {302}

    postbox = Postbox()
    server = Controller(postbox, hostname="127.0.0.1", port=mail_port)
    server.start()
    try:
        for _kill in range(KILLS):
            postbox.began.clear()
            assert postbox.began.wait(LONGEST_WAIT)
            assert until(lambda: worker_of(process))
            os.kill(worker_of(process), signal.SIGKILL)
        assert until(lambda: len({address for address, _name in postbox.taken}) == REQUESTS)
    finally:
        server.stop()

    names = collections.Counter(name for _address, name in postbox.taken)
    assert len(names) == REQUESTS
    # At worst what was under way at a kill came twice, under the same Message-ID.
    assert sum(names.values()) - len(names) <= KILLS
