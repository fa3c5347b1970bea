"""Runs child processes until told to stop, and starts again one that died."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType

#: A child that lives shorter than this, in seconds, did not start at all.
SHORTEST_LIFE = 2
#: How long children may take to finish what they are doing, in seconds: longer than gunicorn gives its own.
PATIENCE = 10
#: Before a child is started again, in seconds: twice as long each time that it did not live.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 60
#: What Linux is asked for: a signal when the process dies that started this one; see prctl(2). By ctypes, because
#: - Python has no call for it, up to 3.14;
#: - on PyPI, python-prctl (2020) has to be compiled, pyprctl (2021) uses ctypes as well, pr-set-pdeathsig is a program
#:   for one kind of processor, and setproctitle only gives names;
#: - `setpriv --pdeathsig` of util-linux runs a command that way, but BusyBox has a setpriv without that option, which
#:   would keep the site from starting there;
#: - systemd ends whatever a service has started, but the site is started by `make` and in containers too.
PR_SET_PDEATHSIG = 1
#: The C library's prctl, looked up before any fork; None where the system has none, as macOS.
PRCTL = getattr(ctypes.CDLL(None), "prctl", None)


def end_with_parent() -> None:
    """Ask for SIGTERM when the parent dies, so that a supervisor that is killed leaves no site behind; on Linux only.

    It runs in a child between fork and exec, where other threads may hold locks for ever: it does nothing but this.
    """
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One process that ought to be running."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.command = command
        self.has_lived = False
        self.pause = SHORTEST_PAUSE
        self.start()

    def start(self) -> None:
        #: Moments on the monotonic clock: when it was started, and when it is to be started again, None as long as
        #: nobody has noticed that it died.
        self.started = time.monotonic()
        self.due: float | None = None
        # Its own group: a Ctrl-C reaches it once, through us.
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=end_with_parent)

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None


class Supervisor:
    """Keeps every child running; SIGTERM and SIGINT end them all, SIGHUP is passed on."""

    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        """`commands` maps a child's name to its command line. Without the first there is nothing to keep running."""
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        signal.signal(signal.SIGHUP, self.pass_on)
        self.children = [Child(name, command) for name, command in commands.items()]

    def stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def pass_on(self, number: int, frame: FrameType | None) -> None:
        self.send(number)

    def send(self, number: int) -> None:
        """Send a signal to every child that runs."""
        for child in self.children:
            if child.is_running:
                child.process.send_signal(number)

    def run(self) -> int:
        """Watch the children until told to stop. Returns the exit status: 0, or 1 if the first would not start."""
        status = 0
        while not self.stopping:
            time.sleep(0.2)
            for child in self.children:
                if not child.is_running and not self.stopping:
                    status = self.revive(child)
        self.finish()
        return status

    def revive(self, child: Child) -> int:
        """Note that a child has died, or start it again once it is time; 1 if that is the end of all, else 0."""
        now = time.monotonic()
        if child.due is not None:
            if now >= child.due:
                child.start()
            return 0
        lived = now - child.started >= SHORTEST_LIFE
        child.has_lived = child.has_lived or lived
        if child is self.children[0] and not child.has_lived:
            print(f"{child.name} stopped as soon as it started; see its message above.", file=sys.stderr)
            self.stopping = True
            return 1
        print(f"{child.name} stopped with status {child.process.returncode}; starting it again.", file=sys.stderr)
        # One that dies again and again must not take the processor from those that live.
        child.pause = SHORTEST_PAUSE if lived else min(LONGEST_PAUSE, 2 * child.pause)
        child.due = now + child.pause
        return 0

    def finish(self) -> None:
        """End the children, gently first; then whatever they have started, too."""
        self.send(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for child in self.children:
            try:
                child.process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
