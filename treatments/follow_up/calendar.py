"""Calendar files of visits (RFC 5545, 5546), and the part of an email that carries one (RFC 6047)."""

import datetime
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.mime.text import MIMEText
from email.utils import parseaddr
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from treatments.models import Clinic, ConsultationRequest, RequestState
from treatments.values.visit import Visit

FILE_NAME = "appointment.ics"
#: How long before a visit a calendar reminds of it; our letters do so days before.
REMINDS_BEFORE = datetime.timedelta(hours=2)
#: Signs that may stand in the part of an address before @ as they are (RFC 6068, 2).
MAILTO_SIGNS = "!$'*+"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A visit as it stands in a patient's calendar, which others may share: it says nothing about why.

    `uid` stays the same for the request's whole life, and `sequence` is higher after each change; a calendar
    tells by the two what to replace. Both times are aware. `sender` is the address that our letters come from,
    with a name before it or not.
    """

    uid: str
    sequence: int
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    clinic_name: str
    address: str
    phone: str
    sender: str
    is_confirmed: bool = True
    is_cancelled: bool = False

    @property
    def method(self) -> str:
        """What the file asks of a calendar, in the words of RFC 5546."""
        return "CANCEL" if self.is_cancelled else "PUBLISH"

    @property
    def status(self) -> str:
        """Whether the visit is certain, in the words of RFC 5545."""
        if self.is_cancelled:
            return "CANCELLED"
        return "CONFIRMED" if self.is_confirmed else "TENTATIVE"


def of_visit(consultation: ConsultationRequest, visit: Visit, clinic: Clinic, *, is_cancelled: bool = False) -> Entry:
    """The entry of a request's visit as it stands now; `visit` is the one that it holds, or held if it is cancelled."""
    return Entry(
        uid=consultation.public_id,
        sequence=consultation.sequence,
        starts_at=visit.start,
        ends_at=visit.end,
        clinic_name=clinic.name,
        address=clinic.address,
        phone=clinic.phone,
        sender=settings.DEFAULT_FROM_EMAIL,
        is_confirmed=consultation.state == RequestState.CONFIRMED,
        is_cancelled=is_cancelled,
    )


def part_of(entry: Entry) -> MIMEText:
    """The calendar file of an entry as a part to attach to an email; its type names the method, as the file does."""
    part = MIMEText(file_of(entry).decode(), "calendar", "utf-8")
    part.set_param("method", entry.method)
    part.add_header("Content-Disposition", "attachment", filename=FILE_NAME)
    return part


def file_of(entry: Entry) -> bytes:
    """The calendar file of an entry, in UTF-8. A cancelled one neither reminds nor tells how to change it."""
    # Imported here, because importing it takes as long as the rest of the site's start.
    from icalendar import Alarm, Calendar, Event

    file, event = Calendar(), Event()
    file.add("prodid", "-//Clinic appointments//EN")
    file.add("version", "2.0")
    file.add("method", entry.method)
    file.add_component(event)
    for name, value in properties_of(entry).items():
        event.add(name, value)
    # Quotation marks cannot stand in a parameter; many calendars do not know how RFC 6868 writes them.
    event.add("organizer", mailto(entry.sender), {"CN": on_one_line(entry.clinic_name).replace('"', "'")})
    if not entry.is_cancelled:
        event.add("description", "\n".join(description_of(entry)))
        reminder = Alarm()
        reminder.add("action", "DISPLAY")
        reminder.add("description", _("Clinic appointment"))
        reminder.add("trigger", -REMINDS_BEFORE)
        event.add_component(reminder)
    content: bytes = file.to_ical()
    return content


def properties_of(entry: Entry) -> dict[str, Any]:
    """What every file says about a visit, by the names of RFC 5545; times in UTC."""
    properties: dict[str, Any] = {
        "uid": entry.uid,
        "sequence": entry.sequence,
        "dtstamp": timezone.now(),
        "dtstart": entry.starts_at.astimezone(datetime.UTC),
        "dtend": entry.ends_at.astimezone(datetime.UTC),
        "summary": _("Clinic appointment"),
        "status": entry.status,
    }
    if entry.address:
        properties["location"] = on_one_line(entry.address)
    return properties


def google_url(entry: Entry) -> str:
    """The URL that puts an entry into a Google Calendar: what the file says of time, place and phone, and no more."""
    properties = properties_of(entry)
    start, end = (f"{properties[name]:%Y%m%dT%H%M%SZ}" for name in ("dtstart", "dtend"))
    told = {
        "action": "TEMPLATE",
        "text": properties["summary"],
        "dates": f"{start}/{end}",
        "location": properties.get("location", entry.clinic_name),
        "details": "\n".join(description_of(entry)),
    }
    return f"https://calendar.google.com/calendar/render?{urlencode(told)}"


def mailto(sender: str) -> str:
    """The address of a sender, with a name before it or not, as a URI (RFC 6068)."""
    local, _at, domain = parseaddr(sender)[1].rpartition("@")
    return f"mailto:{quote(local, safe=MAILTO_SIGNS)}@{quote(punycode(domain))}"


def description_of(entry: Entry) -> Iterator[str]:
    """Yield what a patient needs besides time and place, line by line.

    Never the private link, because calendars are shared.
    """
    if entry.phone:
        yield _("Our phone: %(phone)s") % {"phone": on_one_line(entry.phone)}
    yield _("To change or cancel, use the link in our letter.")


def on_one_line(text: str) -> str:
    """Text without line breaks and without control characters, which no calendar file may hold."""
    return "".join(sign for sign in " ".join(text.split()) if unicodedata.category(sign) != "Cc")
