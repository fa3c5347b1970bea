"""The supervisor keeps what it started running, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from treatments.tests.waiting import until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
WAIT = [sys.executable, "-c", "import signal; signal.pause()"]
DIE = [sys.executable, "-c", "raise SystemExit(3)"]
#: Deaf to SIGTERM, with a child of its own, whose id it tells.
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]).pid, flush=True)
signal.pause()
"""
SCRIPT = """
import sys
from treatments.running import supervisor
supervisor.SHORTEST_LIFE, supervisor.PATIENCE = 0.5, 1
ours = supervisor.Supervisor({commands!r})
print(ours.children[0].process.pid, flush=True)
sys.exit(ours.run())
"""


def is_running(process):
    """Whether a process with this id runs and is more than an entry in the system's list."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def supervise():
    """Start a supervisor of these commands; gives its process and the id of its first child."""
    started = []

    def start(**commands):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT.format(commands=commands)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, int(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.communicate()


class TestTheSupervisor:
    def test_ends_with_a_first_child_that_does_not_start(self, supervise):
        process, _first = supervise(web=DIE, worker=WAIT)

        assert process.wait(10) == 1
        assert "web stopped as soon as it started" in process.stderr.read()

    def test_goes_on_without_another_that_does_not_start(self, supervise):
        process, first = supervise(web=WAIT, worker=DIE)

        assert [process.stderr.readline() for _time in range(2)] == [
            "worker stopped with status 3; starting it again.\n"
        ] * 2
        assert process.poll() is None
        assert is_running(first)

    def test_that_is_killed_leaves_no_child(self, supervise):
        process, first = supervise(web=WAIT)

        os.kill(process.pid, signal.SIGKILL)

        until(lambda: not is_running(first), patience=5)

    def test_ends_what_a_deaf_child_has_started(self, supervise):
        process, first = supervise(web=[sys.executable, "-c", STUBBORN])
        grandchild = int(process.stdout.readline())

        process.send_signal(signal.SIGINT)

        assert process.wait(10) == 0
        until(lambda: not is_running(first) and not is_running(grandchild), patience=5)
