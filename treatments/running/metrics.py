"""Figures for Prometheus at /metrics: what all web processes count together, and what the database says now.

They are private: without METRICS_TOKEN there is no such page, and with it whoever asks has to send it. No figure tells
of a person.
"""

import datetime
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from treatments.models import Clinic, Message, MessageState, Task
from treatments.running import readiness
from treatments.running.backups import nightly

#: What a middleware takes and gives: a function from a request to its response.
Answering = Callable[[HttpRequest], HttpResponseBase]
METHODS = {"GET", "HEAD", "POST"}
#: Upper ends in seconds: a kept page takes 1 ms, a booking tens of them, and after 10 s a database is given up.
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Counter("clinic_requests", "Requests answered", ["page", "method", "status"])
seconds = Histogram("clinic_request_seconds", "How long an answer took", ["page"], buckets=BUCKETS)


def counted(get_response: Answering) -> Answering:
    """Middleware: counts each request by page, method and status, and how long it took; answers /metrics."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/metrics":
            return answer(request)
        began = time.perf_counter()
        response = get_response(request)
        page = page_of(request)
        method = request.method if request.method in METHODS else "other"
        requests.labels(page, method, response.status_code).inc()
        seconds.labels(page).observe(time.perf_counter() - began)
        return response

    return middleware


def page_of(request: HttpRequest) -> str:
    """The name of the view, never an address: there are few names, and an address may be a private link."""
    if request.resolver_match:
        return request.resolver_match.view_name or "other"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "kept or unknown"


def answer(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever sends the token as `Authorization: Bearer …`; else 401."""
    sent = request.META.get("HTTP_AUTHORIZATION", "")
    if not constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}"):
        headers = {**readiness.OF_PROBES, "WWW-Authenticate": "Bearer"}
        return HttpResponse("The token of METRICS_TOKEN is missing.\n", "text/plain", 401, headers=headers)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the package types only some of its modules
    registry.register(Now())
    return HttpResponse(generate_latest(registry), "text/plain; version=0.0.4", headers=readiness.OF_PROBES)


class Now(Collector):
    """What holds at this moment: which parts are ready, which letters and tasks wait, and when the worker was there."""

    def collect(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("clinic_ready", "1 for each part that does its work", labels=["part"])
        troubles = readiness.troubles()
        for part, trouble in troubles:
            ready.add_metric([part], not trouble)
        yield ready
        yield from backups()
        # A database that does not answer is asked nothing more.
        if not dict(troubles).get("database"):
            try:
                yield from of_the_database()
            except DatabaseError:
                return


def age_of_backup() -> datetime.timedelta | None:
    """How old the newest backup of a night is; None where no folder for them is named, or none can be read."""
    return nightly.age(timezone.now())


#: The folder may lie on another machine's disk, which may hang.
BACKUP = readiness.Question("backup age", age_of_backup)


def backups() -> list[Metric]:
    """How old the newest backup of a night is; no figure where there is none, or where its folder hangs."""
    age = BACKUP.soon()
    if age is None:
        return []
    meaning = "How old the newest nightly backup is"
    return [GaugeMetricFamily("clinic_backup_age_seconds", meaning, value=age.total_seconds())]


def of_the_database() -> list[Metric]:
    """What waits in the database; moments are seconds ago, 0 where nothing waits."""
    now = timezone.now()
    letters = GaugeMetricFamily("clinic_letters", "Letters that are due, or were not delivered", labels=["state"])
    due = Message.objects.filter(state=MessageState.QUEUED, not_before__lte=now)
    letters.add_metric([MessageState.QUEUED.value], due.count())
    letters.add_metric([MessageState.FAILED.value], Message.objects.filter(state=MessageState.FAILED).count())
    oldest = due.aggregate(first=Min("not_before"))["first"]
    overdue = Task.objects.open().filter(due_at__lt=now).count()
    seen = Clinic.objects.filter(pk=Clinic.ONLY).values_list("worker_seen_at", flat=True).first()
    return [
        letters,
        ago("clinic_oldest_letter_seconds", "How long the oldest letter has been due", oldest, now),
        GaugeMetricFamily("clinic_tasks_overdue", "Tasks of staff whose moment is over", value=overdue),
        ago("clinic_worker_silent_seconds", "How long ago the worker was there", seen, now),
    ]


def ago(name: str, meaning: str, moment: datetime.datetime | None, now: datetime.datetime) -> Metric:
    """How many seconds ago a moment was; 0 without one."""
    return GaugeMetricFamily(name, meaning, value=(now - moment).total_seconds() if moment else 0)
