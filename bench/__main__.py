"""Measures the treatment page against bare applications and writes docs/performance.md; takes about four minutes."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench import report
from bench.after import answers_after_publishing
from bench.load import requests_per_cpu_second
from bench.proxy import Proxy, certificate, open_the_site, plain_folder, site_behind
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
PATH = APPLICATIONS[-1][2]
#: How often the page is published while readers wait.
PUBLISHES = 5
WORKERS = {
    "One sync worker": ("--worker-class", "sync", "--threads", "1"),
    "One worker with 16 threads, as the site ships": ("--worker-class", "gthread", "--threads", "16"),
}


WORKERS_SYNC = next(iter(WORKERS.values()))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        environment = environment_in(folder)
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=environment, check=True)
        measured = {kind: measure(kind, worker, environment) for kind, worker in WORKERS.items()}
        behind, waits = measure_behind_nginx(environment, folder)
    text = report.report(measured, behind, waits, report.Run(ROUNDS, SECONDS, report.cores()))
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
        "PAGES_DIR",
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


def measure_behind_nginx(
    environment: Mapping[str, str], folder: str
) -> tuple[list[report.Round], list[tuple[float, float]]]:
    """The rounds behind nginx, and the seconds to the first and the last answer after each publish."""
    server_core, wrk_core = cores_apart()
    open_the_site(environment)
    name, application, path = APPLICATIONS[0]
    certificate_file, key = certificate(folder)
    tls = f"--certificate={certificate_file}", f"--key={key}"
    by_http, by_https = ({**environment, "PAGES_DIR": f"{folder}/pages-{scheme}"} for scheme in ("http", "https"))
    with contextlib.ExitStack() as running:
        bare = running.enter_context(Server(name, application, path, WORKERS_SYNC, environment, server_core))
        plainly = running.enter_context(site_behind(report.SHIPPED, "http://127.0.0.1", PATH, by_http, server_core))
        folder_alone = running.enter_context(plain_folder(report.PLAIN, PATH, Path(by_http["PAGES_DIR"]), server_core))
        by_tls = running.enter_context(site_behind(report.TLS, "https://localhost", PATH, by_https, server_core, *tls))
        servers: list[Server | Proxy] = [bare, folder_alone, plainly, by_tls]
        for server in servers:
            requests_per_cpu_second(server, WARM_UP, wrk_core)
        rounds = [one_round(rotated(servers, number), wrk_core) for number in range(ROUNDS)]
        waits = answers_after_publishing(plainly.url, PATH.split("/")[2], by_http, PUBLISHES)
    return [{server.name: figures[server.name] for server in servers} for figures in rounds], waits


def one_round(servers: Iterable[Server | Proxy], wrk_core: int | None) -> report.Round:
    """Each server's requests per CPU second, one after the other."""
    return {server.name: requests_per_cpu_second(server, SECONDS, wrk_core) for server in servers}


def rotated(items: Sequence[Server | Proxy], by: int) -> Sequence[Server | Proxy]:
    """The items, beginning with another one each time."""
    first = by % len(items)
    return [*items[first:], *items[:first]]


def cores_apart() -> tuple[int, int] | tuple[None, None]:
    """A core for the server and another for wrk; None twice if there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


if __name__ == "__main__":
    main()
