"""The measurement in words, for docs/performance.md."""

import datetime
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import django
import gunicorn

from bench.after import READERS

#: What one round found: an application's name to its requests per CPU second.
Round = Mapping[str, float]
#: What our page must reach, as a ratio to bare WSGI under sync workers.
BAR = 0.47
#: What it must reach behind nginx: as a ratio to nginx alone, and to bare WSGI, in plain and with TLS.
OF_NGINX, OF_BARE, OF_BARE_BY_TLS = 0.8, 8, 3
#: In seconds, from the return of a publish to the first answer.
FIRST_ANSWER = 1
PAGE = "Our treatment page, brotli"
PLAIN = "nginx with the same bytes in a plain folder"
SHIPPED = "Our treatment page behind nginx as shipped"
TLS = "The same with TLS"
#: Ratios to bare WSGI of others, found earlier by the same method under sync workers.
KNOWN = [
    ("Bare WSGI", "1"),
    ("Django, “hello”", "0.42 to 0.51"),
    ("One query and a local-memory cache inside a Django view", "0.42"),
    ("Wagtail with its page cache", "0.35"),
    ("Wagtail with its page cache, compressed behind nginx", "0.17"),
    ("WordPress behind nginx's cache, compressing on the fly", "0.10"),
    ("Wagtail, uncached", "0.015"),
    ("WordPress, uncached", "0.004"),
]


@dataclass(frozen=True)
class Run:
    """How was measured: how many rounds, how many seconds a load lasted, on how many cores."""

    rounds: int
    seconds: int
    cores: int


def report(
    measured: Mapping[str, Sequence[Round]], behind: Sequence[Round], waits: Sequence[tuple[float, float]], run: Run
) -> str:
    """The whole file.

    `measured` maps a kind of worker to its rounds, `behind` are those behind nginx; `waits` are the seconds to the
    first and the last answer after a publish.
    """
    return "\n".join(
        [
            "# Performance",
            "",
            "Written by `make bench`; do not edit.",
            "",
            *facts(run.cores),
            "",
            "## Method",
            "",
            *method(run.rounds, run.seconds, run.cores),
            "",
            *(line for kind, figures in measured.items() for line in table(kind, figures)),
            *table("Behind nginx", behind),
            "The processor time of nginx and of gunicorn together, beside bare WSGI under a sync worker. nginx has one",
            "worker; the configuration is the one that `manage.py nginx` prints, and the page is a file by then.",
            "",
            "## The bars",
            "",
            *verdicts(next(iter(measured.values())), behind, waits),
            "",
            "## Others by the same method",
            "",
            "These were measured earlier, on other days and not in this run. Django's “hello” stands in both tables,",
            "here as `startproject` makes it: as far as it differs, so may the others, and the bar with them.",
            "",
            "| Application, sync workers | Ratio |",
            "| --- | ---: |",
            *(f"| {name} | {ratio} |" for name, ratio in KNOWN),
            "",
        ]
    )


def facts(cores: int) -> list[str]:
    """When and on what."""
    return [
        f"- Date: {datetime.date.today()}",
        f"- Machine: {cores} core{'s' if cores > 1 else ''}, {platform.system()} on {platform.machine()}",
        f"- Python {platform.python_version()}, Django {django.get_version()}, gunicorn {gunicorn.__version__}",
    ]


def method(rounds: int, seconds: int, cores: int) -> list[str]:
    """How it was measured, and how far to trust it."""
    apart = "The server and wrk run on a core each." if cores > 1 else "The server and wrk share the only core."
    return [
        "A figure is the number of requests answered per second of processor time that gunicorn used, user and system,",
        "master included. Each application runs under gunicorn with the site's own settings but one worker.",
        f"wrk asks with 8 connections for {seconds} seconds; the applications take turns in an order that rotates,",
        f"for {rounds} rounds after a warm-up. {apart}",
        "Every answer was checked to be a 200 of full length, and the page to be in brotli.",
        "The page's name is read from the database in each request; the rendered page comes from the process's store.",
        "",
        "Only ratios within one run mean anything: the machine's speed changes from minute to minute.",
    ]


def table(kind: str, figures: Sequence[Round]) -> list[str]:
    """One kind of worker: medians, and ratios within each round."""
    lines = [
        f"## {kind}",
        "",
        "| Application | Requests per CPU second, median | Ratio, median | Lowest | Highest |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in figures[0]:
        speed = statistics.median(figure[name] for figure in figures)
        found = ratios(figures, name)
        lines.append(
            f"| {name} | {speed:,.0f} | {statistics.median(found):.2f} | {min(found):.2f} | {max(found):.2f} |"
        )
    return [*lines, ""]


def ratios(figures: Sequence[Round], name: str, of: str = "") -> list[float]:
    """In each round, the application's figure as a part of another's: of the first, which is bare WSGI, by default."""
    whole = of or next(iter(figures[0]))
    return [figure[name] / figure[whole] for figure in figures]


def verdicts(alone: Sequence[Round], behind: Sequence[Round], waits: Sequence[tuple[float, float]]) -> list[str]:
    """Whether our page is as fast as it must be: a line for each bar."""
    found = [
        ("By itself, of bare WSGI, under a sync worker", BAR, statistics.median(ratios(alone, PAGE))),
        ("Behind nginx, of nginx with a plain folder", OF_NGINX, statistics.median(ratios(behind, SHIPPED, PLAIN))),
        ("Behind nginx, of bare WSGI", OF_BARE, statistics.median(ratios(behind, SHIPPED))),
        ("Behind nginx with TLS, of bare WSGI", OF_BARE_BY_TLS, statistics.median(ratios(behind, TLS))),
    ]
    first, last = max(first for first, _last in waits), max(last for _first, last in waits)
    lines = [
        f"- {what}: at least {bar}. In this run {met(ratio >= bar)}, with {ratio:.2f}." for what, bar, ratio in found
    ]
    return [
        *lines,
        f"- The first answer after a publish with {READERS} readers waiting: within {FIRST_ANSWER} s. In this run",
        f"  {met(first < FIRST_ANSWER)}, with {first:.2f} s in the slowest of {len(waits)}; all had theirs",
        f"  after {last:.2f} s.",
    ]


def met(is_met: bool) -> str:
    return "**met**" if is_met else "**not met**"


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
