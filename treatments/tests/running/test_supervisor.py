"""The supervisor keeps what it started running, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
WAIT = [sys.executable, "-c", "import time; time.sleep(60)"]
DIE = [sys.executable, "-c", "raise SystemExit(3)"]
#: Deaf to SIGTERM, with a child of its own, whose id it tells.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
time.sleep(60)
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


def is_gone(process, patience=5):
    deadline = time.monotonic() + patience
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(process)


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

        assert is_gone(first)

    def test_ends_what_a_deaf_child_has_started(self, supervise):
        process, first = supervise(web=[sys.executable, "-c", STUBBORN])
        grandchild = int(process.stdout.readline())

        process.send_signal(signal.SIGINT)

        assert process.wait(10) == 0
        assert is_gone(first)
        assert is_gone(grandchild)
