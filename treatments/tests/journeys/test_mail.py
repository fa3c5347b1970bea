"""Every acknowledged request is written to, though the mail server was down and the worker is killed while it sends."""

import asyncio
import collections
import os
import signal
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from bench.server import children
from treatments.tests.journeys.patients_of_http import Patient, take_time
from treatments.tests.journeys.serving import serving
from treatments.tests.postgres import free_port
from treatments.tests.waiting import until

pytestmark = pytest.mark.race


class Postbox:
    """A mail server that takes each letter and says so from `may_answer` on, an event of its own loop."""

    def __init__(self):
        self.taking = ""
        self.taken = []
        self.may_answer = asyncio.Event()

    async def handle_DATA(self, server, session, envelope):
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.rcpt_tos[0], letter["Message-ID"]))
        self.taking = letter["Message-ID"]
        try:
            await self.may_answer.wait()
        finally:
            # Also when the worker is gone before it has heard that the letter was taken.
            self.taking = ""
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


@pytest.mark.parametrize(("requests", "kills"), [(12, 3), pytest.param(100, 20, marks=pytest.mark.prove)])
def test_every_acknowledged_request_is_written_to(site, mail_port, requests, kills):
    process, port = site
    patients = [Patient(port, "") for _request in range(requests)]
    take_time(patients)
    assert {patient.send()[0] for patient in patients} == {302}

    postbox, at_a_kill = Postbox(), set()
    server = Controller(postbox, hostname="127.0.0.1", port=mail_port)
    server.start()
    try:
        for _kill in range(kills):
            until(lambda: postbox.taking and worker_of(process))
            at_a_kill.add(postbox.taking)
            os.kill(worker_of(process), signal.SIGKILL)
            until(lambda: not postbox.taking)
        server.loop.call_soon_threadsafe(postbox.may_answer.set)
        # A worker that was killed between two letters holds the next one for as long as its lease.
        expected = {patient.email for patient in patients}
        until(lambda: {address for address, _name in postbox.taken} == expected, patience=700)
    finally:
        server.stop()

    times = collections.Counter(name for _address, name in postbox.taken)
    assert len(times) == requests
    assert {name for name, count in times.items() if count > 1} <= at_a_kill
