"""Calendar files: held against RFC 5545, 5546 and 6047 line by line, and read by two libraries that wrote none."""

import datetime
import email
import email.policy
import re
import zoneinfo
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from treatments.follow_up import calendar
from treatments.tests.tables import one_in

START = datetime.datetime(2026, 6, 1, 2, tzinfo=datetime.UTC)
HALF_AN_HOUR = datetime.timedelta(minutes=30)
#: Addresses and names that have broken calendar files elsewhere.
TEXTS = [
    "12, Jalan Ampang; “Tower 3”: 4th floor",
    'The "Nexus" clinic',
    "C:\\new\\name, \\; \\, \\n",
    "12 Jalan Ampang\nKuala Lumpur\r\nMalaysia",
    "x\r\nATTENDEE:mailto:someone@example.org\r\nBEGIN:VALARM",
    "診" * 40,
    "רחוב הרצל 5, תל אביב; קומה ב׳",
    "شارع ١٢، الرياض",
    "é" * 80 + "e\u0301" * 40,
    "👩‍⚕️🏥" * 20,
    "x" * 300,
    "a" * 66 + "\\" * 30 + ";" * 30,
    "one\u2028two\u2029three\x85four\x0bfive\x0csix\tseven",
    "bell\x07 null\x00 delete\x7f",
    ";CN=x:mailto:y",
    "^n ^' 100 %",
    " ",
]
SENDERS = {
    "clinic@example.org": "mailto:clinic@example.org",
    '"Nexus, the clinic" <desk+visits@example.org>': "mailto:desk+visits@example.org",
    '"Clinic: Nexus" <clinic@example.org>': "mailto:clinic@example.org",
    "clinic@bücher.example": "mailto:clinic@xn--bcher-kva.example",
    "o'neil&co%3f/x@example.org": "mailto:o'neil%26co%253f%2Fx@example.org",
}
CANCELLED = [False, True]


def make_entry(**changes):
    values: dict[str, Any] = {
        "uid": "-_Kx3v9QmZ0aB1cD2eF4gH",
        "sequence": 0,
        "starts_at": START,
        "ends_at": START + HALF_AN_HOUR,
        "clinic_name": "Nexus Clinic",
        "address": "12 Jalan Ampang",
        "phone": "+60 3 1234 5678",
        "sender": "clinic@example.org",
    }
    return calendar.Entry(**values | changes)


def unfolded(file):
    """The content lines of a file (RFC 5545, 3.1)."""
    return file.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def part_lines(file, component):
    """The lines that stand in a component itself, as (name, parameters, value)."""
    open_components, found = [], []
    for line in unfolded(file):
        name, parameters, value = CONTENT_LINE.fullmatch(line).group("name", "parameters", "value")
        if name == "BEGIN":
            open_components.append(value)
        elif name == "END":
            assert open_components.pop() == value
        elif open_components[-1] == component:
            found.append((name, parameters, value))
    assert open_components == []
    return found


def names_in(file, component):
    return sorted(name for name, _parameters, _value in part_lines(file, component))


def value_of(file, wanted, component="VEVENT"):
    """The one value of this name, as it is written."""
    (value,) = [value for name, _parameters, value in part_lines(file, component) if name == wanted]
    return value


#: RFC 5545, 3.1, but that names which we do not write are not known.
CONTENT_LINE = re.compile(
    r'(?P<name>[A-Z-]+)(?P<parameters>(?:;[A-Z-]+=(?:[^\x00-\x08\x0a-\x1f\x7f";:,]*|"[^\x00-\x08\x0a-\x1f\x7f"]*"))*)'
    r":(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)"
)
#: The value types of RFC 5545, 3.3 and 3.8.
TEXT = r"(?:[^\x00-\x08\x0a-\x1f\x7f\\;,]|\\[\\;,nN])*"
UTC_TIME = r"\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ"
VALUES = {
    "VERSION": r"2\.0",
    "PRODID": TEXT,
    "METHOD": "PUBLISH|CANCEL",
    "UID": r"[\w-]+",
    "SEQUENCE": r"\d+",
    "DTSTAMP": UTC_TIME,
    "DTSTART": UTC_TIME,
    "DTEND": UTC_TIME,
    "SUMMARY": TEXT,
    "DESCRIPTION": TEXT,
    "LOCATION": TEXT,
    "STATUS": "TENTATIVE|CONFIRMED|CANCELLED",
    "ORGANIZER": r"mailto:[A-Za-z0-9!$'*+._~%-]+@[A-Za-z0-9.-]+",
    "ACTION": "DISPLAY",
    "TRIGGER": r"-PT\d+H",
}
#: How often a property stands in an event, by method: once, or once at most (the tables of RFC 5546, 3.2.1 and 3.2.5).
ONCE = {
    "PUBLISH": {"DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"},
    "CANCEL": {"DTSTAMP", "ORGANIZER", "SEQUENCE", "UID"},
}
AT_MOST_ONCE = {
    "PUBLISH": {"SEQUENCE", "DESCRIPTION", "DTEND", "LOCATION", "STATUS"},
    "CANCEL": {"DTSTART", "DTEND", "LOCATION", "STATUS", "SUMMARY"},
}
#: In an alarm that shows something (RFC 5545, 3.6.6).
IN_ALARM = ["ACTION", "DESCRIPTION", "TRIGGER"]


def is_well_formed(file):
    """Assert what RFC 5545 asks of every file's bytes and lines."""
    assert file.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", file)
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        # No letter is cut in two: each line is UTF-8 by itself.
        line.decode()
    for line in unfolded(file):
        found = CONTENT_LINE.fullmatch(line)
        assert found, line
        assert found["name"] in ("BEGIN", "END") or re.fullmatch(VALUES[found["name"]], found["value"]), line


def as_read_by_ical(file):
    """What the library ical finds in a file."""
    from ical.calendar_stream import IcsCalendarStream

    read = IcsCalendarStream.calendar_from_ics(file.decode())
    (event,) = read.events
    return {
        "method": read.method,
        "uid": event.uid,
        "sequence": event.sequence,
        "stamp": event.dtstamp,
        "start": event.start,
        "end": event.end,
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "status": event.status.value,
        "organizer": str(event.organizer.uri),
        "name": event.organizer.common_name,
        "reminders": [alarm.trigger for alarm in event.alarm],
    }


def as_read_by_vobject(file):
    """What the library vobject finds in a file; it leaves the letters of RFC 6868 as they are."""
    import vobject

    read = vobject.readOne(file.decode())
    event = read.vevent
    organizer = event.organizer
    (name,) = organizer.params["CN"]
    return {
        "method": read.method.value,
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "stamp": event.dtstamp.value,
        "start": event.dtstart.value,
        "end": event.dtend.value,
        "summary": event.summary.value,
        "description": event.description.value if hasattr(event, "description") else None,
        "location": event.location.value,
        "status": event.status.value,
        "organizer": organizer.value,
        "name": name.replace("^^", "^"),
        "reminders": [alarm.trigger.value for alarm in getattr(event, "valarm_list", [])],
    }


READERS = [as_read_by_ical, as_read_by_vobject]


def expected(entry, method="PUBLISH", status="CONFIRMED"):
    """What a reader should find of an entry with an address and a phone."""
    is_cancelled = method == "CANCEL"
    phone = calendar.on_one_line(entry.phone)
    return {
        "method": method,
        "uid": entry.uid,
        "start": entry.starts_at,
        "end": entry.ends_at,
        "summary": "Clinic appointment",
        "description": None
        if is_cancelled
        else f"Our phone: {phone}\nTo change or cancel, use the link in our letter.",
        "location": calendar.on_one_line(entry.address),
        "status": status,
        "organizer": SENDERS[entry.sender],
        "name": calendar.on_one_line(entry.clinic_name).replace('"', "'"),
        "reminders": [] if is_cancelled else [datetime.timedelta(hours=-2)],
        "sequence": entry.sequence,
        "stamp": timezone.now(),
    }


@pytest.fixture(autouse=True)
def _one_moment(time_machine):
    time_machine.move_to(datetime.datetime(2026, 5, 28, 1, 2, 3, tzinfo=datetime.UTC), tick=False)


class TestACalendarFile:
    @pytest.mark.parametrize("is_cancelled", one_in(3, CANCELLED))
    @pytest.mark.parametrize("text", one_in(3, TEXTS), ids=ascii)
    def test_is_well_formed_whatever_the_clinic_is_called_and_wherever_it_is(self, text, is_cancelled):
        entry = make_entry(clinic_name=text, address=text, phone=text, is_cancelled=is_cancelled)

        is_well_formed(calendar.file_of(entry))

    @pytest.mark.parametrize("is_cancelled", CANCELLED)
    @pytest.mark.parametrize("address", ["", "12 Jalan Ampang"])
    def test_has_each_property_as_often_as_its_method_asks(self, address, is_cancelled):
        entry = make_entry(address=address, is_cancelled=is_cancelled)

        names = names_in(calendar.file_of(entry), "VEVENT")

        assert len(set(names)) == len(names)
        assert set(names) >= ONCE[entry.method]
        assert set(names) <= ONCE[entry.method] | AT_MOST_ONCE[entry.method]

    @pytest.mark.parametrize("is_cancelled", CANCELLED)
    def test_says_by_which_rules_it_is_written_and_names_its_method_once(self, is_cancelled):
        file = calendar.file_of(make_entry(is_cancelled=is_cancelled))

        assert names_in(file, "VCALENDAR") == ["METHOD", "PRODID", "VERSION"]
        assert [line for line in unfolded(file) if line.startswith("BEGIN:")][:2] == ["BEGIN:VCALENDAR", "BEGIN:VEVENT"]

    def test_reminds_once_two_hours_before(self):
        file = calendar.file_of(make_entry())

        assert names_in(file, "VALARM") == IN_ALARM
        assert value_of(file, "TRIGGER", "VALARM") == "-PT2H"
        assert value_of(file, "DESCRIPTION", "VALARM") == "Clinic appointment"

    def test_of_a_cancelled_visit_reminds_of_nothing_and_tells_no_way_to_cancel(self):
        file = calendar.file_of(make_entry(is_cancelled=True))

        assert names_in(file, "VALARM") == []
        assert "DESCRIPTION" not in names_in(file, "VEVENT")

    @pytest.mark.parametrize("sender", SENDERS)
    def test_comes_from_the_address_that_sends_by_the_clinics_name(self, sender):
        file = calendar.file_of(make_entry(sender=sender))

        is_well_formed(file)
        assert value_of(file, "ORGANIZER") == SENDERS[sender]
        assert b'ORGANIZER;CN="Nexus Clinic":mailto:' in file

    @pytest.mark.parametrize("is_cancelled", CANCELLED)
    def test_invites_nobody_and_holds_no_link(self, is_cancelled):
        file = calendar.file_of(make_entry(is_cancelled=is_cancelled)).decode()

        assert "ATTENDEE" not in file
        assert "URL" not in file
        assert "http" not in file

    def test_without_a_phone_leaves_it_out(self):
        file = calendar.file_of(make_entry(phone=""))

        assert value_of(file, "DESCRIPTION") == "To change or cancel\\, use the link in our letter."

    @pytest.mark.parametrize(
        "zone", one_in(4, ["Asia/Kuala_Lumpur", "Europe/London", "Asia/Kathmandu", "America/Havana"])
    )
    @pytest.mark.parametrize("day", [(2026, 3, 8), (2026, 3, 29), (2026, 10, 25), (2026, 11, 1), (2026, 12, 31)])
    def test_is_written_in_utc_also_where_clocks_change(self, zone, day):
        start = datetime.datetime.combine(datetime.date(*day), datetime.time(9, 35), zoneinfo.ZoneInfo(zone))
        entry = make_entry(starts_at=start, ends_at=start + HALF_AN_HOUR)

        file = calendar.file_of(entry)

        assert value_of(file, "DTSTART") == start.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        assert value_of(file, "DTSTAMP") == "20260528T010203Z"
        assert value_of(file, "DTEND") == (start + HALF_AN_HOUR).astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")

    def test_keeps_its_identity_while_everything_else_changes(self):
        later = START + datetime.timedelta(days=3)
        entries = [
            make_entry(),
            make_entry(sequence=1, starts_at=later, ends_at=later + HALF_AN_HOUR),
            make_entry(sequence=2, sender="desk@clinic.example", clinic_name="Nexus"),
            make_entry(sequence=3, is_cancelled=True),
        ]

        files = [calendar.file_of(entry) for entry in entries]

        assert {value_of(file, "UID") for file in files} == {make_entry().uid}
        assert [value_of(file, "SEQUENCE") for file in files] == ["0", "1", "2", "3"]


@pytest.mark.slow
class TestACalendarFileAsOthersReadIt:
    @pytest.mark.parametrize("reader", READERS)
    @pytest.mark.parametrize("text", TEXTS[:-1], ids=ascii)
    def test_says_to_readers_what_it_was_told(self, reader, text):
        entry = make_entry(clinic_name=text, address=text, phone=text)

        assert reader(calendar.file_of(entry)) == expected(entry)

    @given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="^"), max_size=90))
    @settings(max_examples=40, deadline=None)
    def test_says_any_text_to_readers(self, text):
        entry = make_entry(clinic_name=f"x{text}x", address=f"x{text}x", phone=f"x{text}x")

        file = calendar.file_of(entry)

        is_well_formed(file)
        for reader in READERS:
            assert reader(file) == expected(entry)

    @pytest.mark.parametrize("reader", READERS)
    @pytest.mark.parametrize(
        ("changes", "method", "status"),
        [
            ({}, "PUBLISH", "CONFIRMED"),
            ({"is_confirmed": False}, "PUBLISH", "TENTATIVE"),
            ({"is_cancelled": True}, "CANCEL", "CANCELLED"),
            ({"is_cancelled": True, "is_confirmed": False}, "CANCEL", "CANCELLED"),
        ],
    )
    def test_says_what_became_of_the_visit(self, reader, changes, method, status):
        entry = make_entry(sequence=3, **changes)

        assert reader(calendar.file_of(entry)) == expected(entry, method, status)

    @pytest.mark.parametrize("reader", READERS)
    @pytest.mark.parametrize("sender", SENDERS)
    def test_says_from_whom_it_comes(self, reader, sender):
        entry = make_entry(sender=sender, sequence=2)

        assert reader(calendar.file_of(entry)) == expected(entry)

    @pytest.mark.parametrize("reader", READERS)
    @pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kathmandu", "America/Havana"])
    @pytest.mark.parametrize("day", [(2026, 3, 8), (2026, 3, 29), (2026, 10, 25), (2026, 11, 1)])
    def test_says_its_moment_also_where_clocks_change(self, reader, zone, day):
        start = datetime.datetime.combine(datetime.date(*day), datetime.time(9, 35), zoneinfo.ZoneInfo(zone))
        entry = make_entry(starts_at=start, ends_at=start + HALF_AN_HOUR)

        assert reader(calendar.file_of(entry)) == expected(entry)


class TestThePartOfAnEmail:
    def sent(self, entry):
        """The calendar part of an email as a mail program reads it from its bytes."""
        letter = EmailMultiAlternatives("Subject", "Text", "clinic@example.org", ["patient@example.org"])
        letter.attach_alternative("<p>Text</p>", "text/html")
        letter.attach(calendar.part_of(entry))
        read = email.message_from_bytes(letter.message().as_bytes(), policy=email.policy.default)
        (part,) = read.iter_attachments()
        return part

    @pytest.mark.parametrize("is_cancelled", CANCELLED)
    def test_names_in_its_type_the_method_of_the_file(self, is_cancelled):
        part = self.sent(make_entry(is_cancelled=is_cancelled))

        kind = part["Content-Type"]
        assert kind.content_type == "text/calendar"
        assert dict(kind.params) == {
            "charset": "utf-8",
            "method": value_of(part.get_payload(decode=True), "METHOD", "VCALENDAR"),
        }
        assert (part.get_content_disposition(), part.get_filename()) == ("attachment", "appointment.ics")

    @pytest.mark.parametrize("text", one_in(4, TEXTS), ids=ascii)
    def test_brings_the_file_to_the_last_byte_through_seven_bits(self, text):
        entry = make_entry(address=text)

        part = self.sent(entry)

        assert part["Content-Transfer-Encoding"] == "base64"
        assert part.get_payload(decode=True) == calendar.file_of(entry)
