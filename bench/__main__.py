"""Measures the treatment page against bare applications and writes docs/performance.md; takes about three minutes."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from bench import report
from bench.load import requests_per_cpu_second
from bench.server import ROOT, Server

ROUNDS = 7
#: How long one load lasts, and the warm-up before, in seconds.
SECONDS, WARM_UP = 3, 1
#: The first one is what the others are compared with: name, application, address.
APPLICATIONS = [
    ("Bare WSGI, 20 KB", "bench.bare", "/"),
    ("Django, “hello”", "bench.hello", "/"),
    (report.PAGE, "clinic_site.wsgi", "/treatments/pico-laser/"),
]
WORKERS = {
    "One sync worker": ("--worker-class", "sync", "--threads", "1"),
    "One worker with 16 threads, as the site ships": ("--worker-class", "gthread", "--threads", "16"),
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        environment = environment_in(folder)
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=environment, check=True)
        measured = {kind: measure(kind, worker, environment) for kind, worker in WORKERS.items()}
    text = report.report(measured, ROUNDS, SECONDS, report.cores())
    (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")
    print(text)


def environment_in(folder: str) -> dict[str, str]:
    """The environment of a site with its own data and nothing else set."""
    ours = (
        "SITE_URL",
        "SITE_LANGUAGE",
        "HOST",
        "PORT",
        "DEBUG",
        "CACHE_URL",
        "DATABASE_URL",
        "SECRET_KEY",
        "DJANGO_SETTINGS_MODULE",
    )
    return {**{name: value for name, value in os.environ.items() if name not in ours}, "DATA_DIR": folder}


def measure(kind: str, worker: Sequence[str], environment: Mapping[str, str]) -> list[report.Round]:
    """Every application under this kind of worker.

    Returns the rounds; each maps an application's name to its requests per CPU second.
    """
    server_core, wrk_core = cores_apart()
    with contextlib.ExitStack() as running:
        servers = [
            running.enter_context(Server(name, application, path, worker, environment, server_core))
            for name, application, path in APPLICATIONS
        ]
        if "content-encoding: br\r\n" not in servers[-1].head:
            sys.exit("The page did not come in brotli.")
        for server in servers:
            requests_per_cpu_second(server, WARM_UP, wrk_core)
        rounds = []
        for number in range(ROUNDS):
            print(f"{kind}: round {number + 1} of {ROUNDS}", file=sys.stderr)
            rounds.append(one_round(rotated(servers, number), wrk_core))
    # In the applications' own order, whatever the order of asking was.
    return [{server.name: figures[server.name] for server in servers} for figures in rounds]


def one_round(servers: Iterable[Server], wrk_core: int | None) -> report.Round:
    """Each server's requests per CPU second, one after the other."""
    return {server.name: requests_per_cpu_second(server, SECONDS, wrk_core) for server in servers}


def rotated(items: list[Server], by: int) -> list[Server]:
    """The items, beginning with another one each time."""
    first = by % len(items)
    return items[first:] + items[:first]


def cores_apart() -> tuple[int, int] | tuple[None, None]:
    """A core for the server and another for wrk; None twice if there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


if __name__ == "__main__":
    main()
