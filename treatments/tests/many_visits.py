"""A clinic with very many visits behind it, and how long its pages take."""

import datetime
import itertools
import re
import time

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from treatments.consultation import search
from treatments.models import ConsultationRequest, Message, SeatCell, Task
from treatments.models.consultation import REFERENCE_LETTERS
from treatments.values.moments import moment_of


def next_free_time():
    """The first time that the site offers, as a moment in UTC."""
    response = WSGIHandler().get_response(RequestFactory().get("/consultation/"))
    assert isinstance(response, HttpResponse)
    return moment_of(re.search(r'name="time" value="([^"]+)"', response.content.decode())[1])


def make_past_visits(number, *, after=0):
    """Requests whose visits are over, of six cells each, with a letter and a task; `after` so many were made before."""
    start = timezone.now().replace(minute=0, second=0, microsecond=0) - datetime.timedelta(days=3000)
    letters = itertools.islice(itertools.product(REFERENCE_LETTERS, repeat=6), after, None)
    for first in range(after, number, 2_000):
        places = range(first, min(first + 2_000, number))
        requests = ConsultationRequest.objects.bulk_create(
            ConsultationRequest(
                way="time",
                # Of some nobody has said what became of them.
                state="attended" if place % 3 else "confirmed",
                name=f"Patient {place}",
                email=f"{place}@example.org",
                phone=f"+6012{place:07}",
                reference="".join(next(letters)),
                requested_at=start + datetime.timedelta(minutes=place),
            )
            for place in places
        )
        search.note(*requests)
        SeatCell.objects.bulk_create(
            SeatCell(
                request=request,
                seat=place % 20,
                starts_at=start + datetime.timedelta(minutes=place // 20 * 30 + 5 * cell),
            )
            for place, request in zip(places, requests, strict=True)
            for cell in range(6)
        )
        Message.objects.bulk_create(
            Message(request=request, kind="confirmed", state="sent", key=f"past-{request.pk}", sent_at=start)
            for request in requests
        )
        Task.objects.bulk_create(
            Task(request=request, kind="call-to-remind", state="lapsed", due_at=start, ended_at=start)
            for request in requests
        )
    if connection.vendor == "postgresql":
        # It does so by itself within a minute, but not for rows that a test never commits.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def shortest_time(path, *, turns=40, cookie=""):
    """The shortest of many times in which a page was made, in seconds: what the machine can do undisturbed."""
    handler, times = WSGIHandler(), []
    for _turn in range(turns):
        began = time.perf_counter()
        assert handler.get_response(RequestFactory().get(path, headers={"Cookie": cookie})).status_code == 200
        times.append(time.perf_counter() - began)
    return min(times)
