"""Calendar files of visits."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from treatments.models import RequestState


def of_visit(request, visit, clinic, *, is_cancelled=False):
    """An iCalendar file (RFC 5545) of one visit, as bytes. It says “Clinic appointment” and no more.

    `visit` is (start, end), written in UTC. The UID stays the same for the request's whole life; SEQUENCE counts
    the changes, so that a calendar replaces what it has.
    """
    # Imported here: reading it takes as long as the rest of the site's start.
    from icalendar import Calendar, Event

    event = Event()
    event.add("uid", f"{request.public_id}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("sequence", request.sequence)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", visit[0])
    event.add("dtend", visit[1])
    event.add("summary", _("Clinic appointment"))
    held = "CONFIRMED" if request.state == RequestState.CONFIRMED else "TENTATIVE"
    event.add("status", "CANCELLED" if is_cancelled else held)
    if clinic.address:
        event.add("location", " ".join(clinic.address.split()))
    file = Calendar()
    file.add("prodid", "-//Clinic appointments//EN")
    file.add("version", "2.0")
    file.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    file.add_component(event)
    return file.to_ical()
