"""The interface speaks another language once it has its catalogue: whatever is shown comes from there or is content."""

import copy
import re
import time
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from treatments import comments, urls
from treatments.consultation import booking, staff_acts
from treatments.follow_up import calendar, letters, tasks
from treatments.models import (
    PARTS,
    Act,
    Clinic,
    Closure,
    Comment,
    ConsultationRequest,
    MessageKind,
    Notice,
    NoticeKind,
    Task,
    TaskKind,
)
from treatments.models.private_link import new_secret
from treatments.models.task import OF_THE_CLINIC
from treatments.publication import document as documents
from treatments.publication import publishing, reading
from treatments.tests import pseudo_language
from treatments.tests.builders import (
    canonical_document,
    fit_document,
    full_document,
    make_clinician,
    make_comment,
    make_open_clinic,
    make_picture,
    make_request,
    prove_second_factor,
    reviewed,
)
from treatments.tests.language_walk import Walk
from treatments.tests.letters_of_each_kind import one_message_of_each_kind
from treatments.tests.monday import DAY, FRIDAY, HOUR, NINE, NOW, TEN, WEDNESDAY
from treatments.tests.pseudo_language import OPEN, marked, unmarked
from treatments.times import clashes

#: Content is in marks too, a line at a time: the rest of a page has to come from the catalogue.
LINE = re.compile(r"(?m)^(- )?(.+)$")
#: Texts that readers or staff see besides what patients read as sentences.
ALSO_TEXT = ("title", "publisher", "sentence", "reason", "clinician", "note", "reviewer")
NOT_A_PAGE = {
    f"treatments:{name}"
    for name in (
        "request_download",
        "request_calendar",
        "picture",
        "sitemap",
        "robots",
        "request_will_come",
        "request_phone",
    )
}
REQUEST = "treatments_consultationrequest"
EMAIL = {"name": "A", "email": "a@example.org"}


@pytest.fixture(scope="module")
def locale_paths(tmp_path_factory):
    return pseudo_language.make_catalogues(tmp_path_factory.mktemp("language"))


@pytest.fixture
def _spoken(locale_paths, monday_morning, db):
    with pseudo_language.spoken(locale_paths):
        yield


def in_marks(data):
    """A document whose texts are all in marks."""
    data = copy.deepcopy(data)
    for part, number, column, text in list(reading.passages(data)):
        row = data[part][number] if part else data
        row[column.name] = LINE.sub(lambda line: (line[1] or "") + marked(line[2]), text)
    for row in [data, *(row for part in PARTS for row in data.get(part, []))]:
        row.update({name: marked(row[name]) for name in ALSO_TEXT if name in row and OPEN not in row[name]})
    return data


def make_treatments():
    """Pages in every state, with every part: a sample, a reviewed one, one that is gone, and drafts."""
    picture = make_picture()
    photo = {"key": "arm", "alt": "An arm.", "picture": picture.name, "width": 640, "height": 480}
    number = {"key": "number", "term": "1064", "meaning": "A wave length."}
    whole = full_document(glossary=[number], photos=[photo], answer="It takes 1064 nm off the outermost layer.")
    # Its key is shown, as words.
    whole["precautions"][1]["key"] = "7"
    sample = documents.write(canonical_document(in_marks(whole)))
    publishing.publish_sample(sample)
    head = {"slug": "checked", "name": "Checked", "title": "Checked", "reviewer": marked("Dr Lee")}
    checked = reviewed(documents.write(canonical_document(in_marks(fit_document(**head)))))
    publishing.publish(checked, note=marked("note"))
    gone = documents.write(canonical_document(in_marks(fit_document(slug="gone", name="Gone", title="Gone"))))
    publishing.publish_sample(gone)
    publishing.withdraw(gone)
    return sample


def make_requests(sample, rosa):
    """Requests in every state; the first holds a visit."""
    held = make_request(FRIDAY, **EMAIL, message=marked("Hello"), treatment=sample, precautions="7")
    make_request(FRIDAY + HOUR, name="B", phone="+60123456789", email="")
    called, offered, wished = (make_request(name=name, email=f"{name}@example.org") for name in "CDE")
    staff_acts.called(called, Act.SPOKE, by=rosa)
    staff_acts.offer(offered, [WEDNESDAY, WEDNESDAY + HOUR], by=rosa)
    ConsultationRequest.objects.filter(pk=wished.pk).update(wished_at=WEDNESDAY)
    cancelled, changed, over = (
        make_request(WEDNESDAY + hours * HOUR, name=name, email=f"{name}@example.org")
        for hours, name in enumerate("FGH", 2)
    )
    booking.cancel(cancelled)
    booking.change_time(changed, FRIDAY + 3 * HOUR)
    staff_acts.missed(over, by=rosa, now=WEDNESDAY + DAY)
    apart = {"name": "I", "email": "i@example.org", "phone": ""}
    booking.ask(apart, form_key=new_secret(), looks_like_spam=True)
    make_request(name="J", email="", phone="+60123456781", best_time="afternoon")
    erased = make_request(name="K", email="k@example.org")
    booking.erase(erased, by=rosa)
    return held


def make_tasks(held):
    """An open task of every kind, due by now."""
    letter = held.messages.first()
    for kind in set(TaskKind) - set(OF_THE_CLINIC):
        told: dict[str, Any] = {}
        if kind == TaskKind.LOOK_AGAIN:
            told = {"reason": clashes.HOURS, "start": FRIDAY.isoformat()}
        message = letter if kind == TaskKind.NOT_DELIVERED else None
        tasks.raise_for(held, kind, NOW - HOUR, message=message, **told)
    tasks.raise_for_clinic(TaskKind.WAVE, since=(NOW - HOUR).isoformat())
    tasks.raise_for_clinic(TaskKind.MAIL_FAILS, reason="account", said=marked("refused"))
    tasks.raise_for_clinic(TaskKind.ERASING_WAITS, date=NOW.date().isoformat(), number=3)
    Task.objects.update(due_at=NOW - HOUR)


@pytest.fixture
def rosa(_spoken):
    return make_clinician(marked("rosa"), email="rosa@example.org")


@pytest.fixture
def site(rosa):
    """A site with content and visitors of every kind; a request that holds a visit."""
    facts = ("name", "address", "access", "bring", "device")
    phones = {"phone": "+60 3-2345 6789", "emergency_number": "999", "email": "desk@example.org"}
    phones["whatsapp"] = "+60 12-345 6789"
    clinic = make_open_clinic(**{name: marked(name) for name in facts}, **phones)
    Closure.objects.create(clinic=clinic, starts_at=NINE + DAY, ends_at=TEN + DAY, reason=marked("holiday"))
    for kind in NoticeKind:
        Notice.objects.add(kind=kind, text=marked(kind))
    sample = make_treatments()
    held = make_requests(sample, rosa)
    make_tasks(held)
    shown, refused, _waiting = (make_comment(sample, name=marked(name), text=marked("text")) for name in "abc")
    comments.answer(shown, marked("answer"), by=rosa)
    comments.refuse(refused, by=rosa)
    return held


def signed_in(user):
    """A client at the desk, its password and second factor given just now."""
    client = Client()
    client.force_login(user)
    prove_second_factor(client, user)
    session = client.session
    session["confirmed_at"] = int(time.time())
    session.save()
    return client


@pytest.mark.slow
class TestEveryText:
    """Of what anybody can read nothing is left when what the catalogue and the content say is taken away."""

    def test_of_public_and_private_pages_is_translated(self, site):
        walk = Walk(Client(), within=r"/(?!admin/|static/|pictures/)")
        there = [*ConsultationRequest.objects.filter(erased_at=None), *Comment.objects.all()]
        private = [found.private_path() for found in there]

        walk.open("/", "/no-such-page/", "/treatments/gone/", "/consultation/link/sent/", *private)

        assert walk.found == {}, "\n".join(map(str, walk.found.items()))
        assert walk.names >= {f"treatments:{pattern.name}" for pattern in urls.urlpatterns} - NOT_A_PAGE

    def test_of_the_desk_is_translated(self, site, rosa):
        walk = Walk(signed_in(rosa), within=r"/admin/(?!logout/|jsi18n/|login/)[^?]*(\?(part|list)=\S+)?$")

        requests = (reverse(f"admin:{REQUEST}_change", args=[found.pk]) for found in ConsultationRequest.objects.all())
        walk.open("/admin/", *requests)

        assert walk.found == {}, "\n".join(map(str, walk.found.items()))
        assert len(walk.opened) > 70
        assert list(filter(None, map(unmarked, (f"{letter.subject}{letter.body}" for letter in mail.outbox)))) == []

    def test_of_letters_is_translated(self, site, monkeypatch):
        monkeypatch.setattr(letters, "is_true", lambda *asked: True)

        written = [letters.letter_of(message) for message in one_message_of_each_kind(site)]

        texts = [text for letter in written for text in (letter.subject, *letter.body.split("\n\n"))]
        alternatives = [str(content) for letter in written for content, _type in letter.alternatives]
        pages = [BeautifulSoup(content, "html.parser") for content in alternatives]
        texts += [text for page in pages for text in pseudo_language.texts_of(page)]
        assert [text for text in texts if unmarked(text)] == []
        assert len(pages) == len(written) > len(MessageKind)

    @pytest.mark.parametrize("is_cancelled", [False, True])
    def test_of_a_calendar_file_is_translated(self, site, is_cancelled):
        entry = calendar.of_visit(site, site.held_visit(), Clinic.objects.current(), is_cancelled=is_cancelled)

        (event,) = Calendar.from_ical(calendar.file_of(entry)).walk("VEVENT")

        shown = [event[name] for name in ("SUMMARY", "DESCRIPTION", "LOCATION") if name in event]
        shown += [alarm["DESCRIPTION"] for alarm in event.walk("VALARM")]
        assert len(shown) == (2 if is_cancelled else 4)
        assert [text for text in shown if unmarked(text)] == []
