"""One application under gunicorn, and the processor time it has used."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from treatments.tests.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
#: Processor time in /proc is counted in ticks of this many seconds.
TICK = 1 / os.sysconf("SC_CLK_TCK")
#: How long an application may take to start or to stop, in seconds.
PATIENCE = 30
#: How long an application may take to be in order after its first answer, in seconds.
SETTLING = 2
#: The encodings that browsers accept.
BROWSERS = "gzip, deflate, br, zstd"


class Server:
    """gunicorn with one worker on a free port, while the `with` block lasts.

    The settings are those that the site ships with; `worker` says what differs.
    """

    def __init__(
        self,
        name: str,
        application: str,
        path: str,
        worker: Sequence[str],
        environment: Mapping[str, str],
        core: int | None,
    ) -> None:
        """`worker` holds options for gunicorn; `core` is where all its processes run, None for anywhere."""
        self.name = name
        self.path = path
        self.port = free_port()
        self.core = core
        # Readers come by the site's own address.
        self.environment = {**environment, "SITE_URL": f"http://127.0.0.1:{self.port}"}
        self.command = [
            *(sys.executable, "-m", "gunicorn", "--config", str(ROOT / "clinic_site" / "gunicorn_settings.py")),
            *("--bind", f"127.0.0.1:{self.port}", "--workers", "1", *worker, application),
        ]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def start(self) -> None:
        """Run it without asking it anything."""
        with running_on(self.core):
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment)

    def __enter__(self) -> Self:
        self.start()
        try:
            self.first_answer()
            # A page that was just rendered is made smaller in the background, on the same core.
            time.sleep(SETTLING)
            self.head, self.size = self.first_answer()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def first_answer(self) -> tuple[str, int]:
        """The head of the answer in small letters, and the whole answer's size in bytes.

        SystemExit if there is none, or one other than 200.
        """
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                head, size = exchange(self.url)
            except OSError:
                time.sleep(0.05)
                continue
            if not head.startswith("http/1.1 200 "):
                sys.exit(f"{self.name} answered {head.splitlines()[0]}")
            return head, size
        sys.exit(f"{self.name} did not start")

    def cpu_seconds(self) -> dict[int, float]:
        """Processor time used so far by gunicorn's master and its worker: process id to seconds."""
        master = self.process.pid
        return {process: cpu_seconds(process) for process in (master, *children(master))}


def children(process: int) -> list[int]:
    """The ids of the processes that a process has started and that still run."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def cpu_seconds(process: int) -> float:
    """Processor time that a process has used, user and system together, in seconds."""
    # The name in brackets may hold blanks; after it, fields 14 and 15 of proc(5) stand at 11 and 12.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def exchange(url: str) -> tuple[str, int]:
    """Ask as the load generator does; the answer's head in small letters, and its size in bytes, head included."""
    parts = urlsplit(url)
    name, port = parts.hostname or "", parts.port or 80
    with contextlib.ExitStack() as open_until_read:
        connection = open_until_read.enter_context(socket.create_connection((name, port), timeout=PATIENCE))
        if parts.scheme == "https":
            # The certificate is one of our own.
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = open_until_read.enter_context(context.wrap_socket(connection, server_hostname=name))
        request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: {BROWSERS}\r\n\r\n"
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            lines = list(iter(answer.readline, b"\r\n"))
    head = b"".join(lines).decode("latin-1").lower()
    body = next(int(line.partition(":")[2]) for line in head.splitlines() if line.startswith("content-length:"))
    return head, len(head) + len(b"\r\n") + body


@contextlib.contextmanager
def running_on(core: int | None) -> Iterator[None]:
    """Processes started inside run on this core alone; on any, if it is None."""
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, usual if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)
