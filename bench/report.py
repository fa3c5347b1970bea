"""The measurement in words, for docs/performance.md."""

import datetime
import os
import platform
import statistics
from collections.abc import Mapping, Sequence

import django
import gunicorn

#: What one round found: an application's name to its requests per CPU second.
Round = Mapping[str, float]
#: What our page must reach, as a ratio to bare WSGI under sync workers.
BAR = 0.45
PAGE = "Our treatment page, brotli"
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


def report(measured: Mapping[str, Sequence[Round]], rounds: int, seconds: int, cores: int) -> str:
    """The whole file. `measured` maps a kind of worker to its rounds; a load lasted that many seconds."""
    return "\n".join(
        [
            "# Performance",
            "",
            "Written by `make bench`; do not edit.",
            "",
            *facts(cores),
            "",
            "## Method",
            "",
            *method(rounds, seconds, cores),
            "",
            *(line for kind, figures in measured.items() for line in table(kind, figures)),
            "## The bar",
            "",
            *verdict(next(iter(measured.values()))),
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


def ratios(figures: Sequence[Round], name: str) -> list[float]:
    """In each round, the application's figure as a part of bare WSGI's."""
    bare = next(iter(figures[0]))
    return [figure[name] / figure[bare] for figure in figures]


def verdict(figures: Sequence[Round]) -> list[str]:
    """Whether our page is as fast as it must be."""
    ratio = statistics.median(ratios(figures, PAGE))
    met = "met" if ratio >= BAR else "not met"
    return [f"{BAR:.2f} of bare WSGI or more, under a sync worker: in this run **{met}**, with {ratio:.2f}."]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
