"""Runs child processes until told to stop, and starts again one that died."""

import signal
import subprocess
import sys
import time

#: A child that lives shorter than this, in seconds, did not start at all.
SHORTEST_LIFE = 2
#: How long children may take to finish what they are doing, in seconds.
PATIENCE = 30


class Child:
    """One process that ought to be running."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.has_lived = False
        self.start()

    def start(self):
        self.started = time.monotonic()
        # Its own group: a Ctrl-C reaches it once, through us.
        self.process = subprocess.Popen(self.command, start_new_session=True)

    @property
    def is_running(self):
        return self.process.poll() is None


class Supervisor:
    """Keeps every child running; SIGTERM and SIGINT end them all, SIGHUP is passed on."""

    def __init__(self, commands):
        """`commands` maps a child's name to its command line."""
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        signal.signal(signal.SIGHUP, self.pass_on)
        self.children = [Child(name, command) for name, command in commands.items()]

    def stop(self, number, frame):
        self.stopping = True

    def pass_on(self, number, frame):
        self.send(number)

    def send(self, number):
        for child in self.children:
            if child.is_running:
                child.process.send_signal(number)

    def run(self):
        """Watch the children until told to stop. Returns the exit status: 0, or 1 if a child would not start."""
        status = 0
        while not self.stopping:
            time.sleep(0.2)
            for child in self.children:
                if not child.is_running and not self.stopping:
                    status = self.revive(child)
        self.finish()
        return status

    def revive(self, child):
        child.has_lived = child.has_lived or time.monotonic() - child.started >= SHORTEST_LIFE
        if not child.has_lived:
            print(f"{child.name} stopped as soon as it started; see its message above.", file=sys.stderr)
            self.stopping = True
            return 1
        print(f"{child.name} stopped with status {child.process.returncode}; starting it again.", file=sys.stderr)
        # One that dies again and again must not take the processor from those that live.
        time.sleep(0.5)
        child.start()
        return 0

    def finish(self):
        """End the children, gently first."""
        self.send(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for child in self.children:
            try:
                child.process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
