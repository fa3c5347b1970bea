"""Plain functions that make the smallest honest objects; a test says only what matters to it."""

import copy
import datetime
import errno
import io
import os
from typing import Any

import time_machine
from django.contrib.auth import get_user_model
from django.db import models
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from PIL import Image

from treatments import comments
from treatments.consultation import booking
from treatments.forms.guarded import KEY_SIGNER
from treatments.models import PARTS, Clinic, Edition, OpeningHours, Treatment
from treatments.models.private_link import new_secret
from treatments.publication import content_file, publishing, review
from treatments.publication import document as documents
from treatments.publication.checking import check
from treatments.running import sample
from treatments.text import pictures

PICTURE = "0" * 64 + ".webp"

SMALLEST = {
    "format": 2,
    "slug": "light-peel",
    "name": "Light peel",
    "title": "Light peel: what to expect",
    "answer": "A light peel takes off the outermost layer of dull skin with a mild acid.",
    "description": "What a light chemical peel can do for dull skin, what it risks, and how to prepare for it.",
}

SOURCES: list[dict[str, Any]] = [
    {"reference": "R1", "title": "A review of peels", "evidence": "review", "shown": True, "year": 2020},
    {"reference": "R2", "title": "Another clinic's sheet", "evidence": "provider"},
    {"reference": "R10", "title": "A trial of peels", "evidence": "trial", "shown": True},
]

#: One row of every kind with every column, so that a part that is forgotten somewhere is missed.
FULL: dict[str, Any] = {
    **SMALLEST,
    "language": "en",
    "key_facts": [
        {
            "key": "time",
            "label": "Appointment",
            "measure": "appointment-minutes",
            "least": 20,
            "most": 30,
            "at_top": True,
        },
        {"key": "course", "label": "Course", "measure": "sessions", "least": 3, "most": 6, "sources": ["R1"]},
        {"key": "lasting", "label": "Lasting", "measure": "lasting-months", "least": 6, "basis": "clinic"},
        {"key": "feels", "label": "Feels like", "value": "A tingle", "detail": "For a minute.", "at_top": True},
    ],
    "leads": [
        {
            "key": "ask-first",
            "place": "suitability",
            "text": "Ask a doctor about a new spot first.",
            "sources": ["R1"],
        }
    ],
    "concerns": [
        {
            "key": "dull-skin",
            "name": "Dull skin",
            "verdict": "Fresher for some weeks",
            "advice": "can-help",
            "evidence": "moderate",
            "honest": "Skin looks fresher for some weeks.",
            "lasting": "A few weeks.",
            "sessions_from": 3,
            "sessions_to": 6,
            "weeks_apart_from": 2,
            "weeks_apart_to": 4,
            "pain_score": 2.5,
            "sources": ["R1", "R10"],
        },
        {
            "key": "deep-scars",
            "name": "Deep scars",
            "brief": "deep scars",
            "advice": "something-else",
            "evidence": "none",
            "honest": "A light peel does not reach them.",
            "sessions_from": 4,
            "sources": ["R2"],
        },
    ],
    "precautions": [
        {
            "key": "new-spot",
            "situation": "A new or changing spot",
            "advice": "doctor-first",
            "says": "See a doctor first.",
            "why": "It needs a diagnosis.",
            "boxed": True,
            "sources": ["R1"],
        },
        {
            "key": "pregnant",
            "situation": "Pregnant",
            "brief": "pregnancy",
            "advice": "wait",
            "says": "Please wait.",
            "ask_first": True,
            "question": "Are you pregnant?",
            "basis": "proposed",
            "note": "Ask the clinician.",
        },
    ],
    "prices": [
        {
            "key": "a-face",
            "what": "A face",
            "least": 250.5,
            "most": 400,
            "currency": "MYR",
            "per": "session",
            "until": "2026-12-31",
            "basis": "clinic",
        }
    ],
    "sections": [
        {
            "key": "acid",
            "place": "how-it-works",
            "title": "The acid loosens dead cells",
            "body": "It works on the **outermost** layer.",
            "illustration": "surface",
            "sources": ["R1"],
        },
        {"key": "price", "place": "cost", "title": "What it costs", "body": "Ask us.", "basis": "clinic"},
    ],
    "benefits": [
        {
            "key": "smoother",
            "title": "Smoother feel",
            "text": "Rough skin feels smoother.\n\n- for weeks\n- not for years",
            "finding": "30 of 40 people said so.",
            "events": 30,
            "people": 40,
            "counted": "people in a trial",
            "sources": ["R10"],
        }
    ],
    "risks": [
        {
            "key": "redness",
            "name": "Redness",
            "brief": "redness for hours",
            "band": "common",
            "text": "Nearly everyone.",
            "lasts": "Hours",
            "sources": ["R1"],
        },
        {
            "key": "dark-marks",
            "name": "Dark marks",
            "band": "uncommon",
            "text": "They fade.",
            "events": 3,
            "people": 1200,
            "sources": ["R2"],
        },
    ],
    "preparation": [
        {
            "key": "retinoids",
            "rule": "Stop retinoids.",
            "brief": "no retinoids",
            "avoid": True,
            "why": "They irritate.",
            "from_day": -4,
            "to_day": -1,
            "least_day": -2,
            "basis": "clinic",
        },
        {"key": "consultation", "rule": "Come to a consultation.", "to_day": -1, "sources": ["R1"]},
    ],
    "recovery": [
        {"key": "first-day", "title": "First day", "from_day": 0, "to_day": 0, "usual": "Redness.", "can_do": "Rest."},
        {"key": "first-week", "title": "First week", "from_day": 1, "to_day": 7, "usual": "Flaking."},
    ],
    "aftercare": [
        {"key": "sunscreen", "rule": "Use sunscreen.", "from_day": 0, "basis": "clinic"},
        {
            "key": "no-scrubs",
            "rule": "No scrubs.",
            "brief": "no scrubs for 5 days",
            "avoid": True,
            "from_day": 1,
            "to_day": 5,
            "least_day": 3,
        },
    ],
    "activities": [
        {
            "key": "scrub",
            "activity": "use a scrub",
            "applies_to": "face",
            "from_day": 5,
            "condition": "if no crust is left",
            "rule": "no-scrubs",
            "basis": "proposed",
        }
    ],
    "alternatives": [{"key": "nothing", "name": "Nothing", "good_at": "No risk.", "limits": "No change."}],
    "questions": [
        {"key": "does-it-hurt", "question": "Does it hurt?", "answer": "It tingles.", "sources": ["R1"]},
        {"key": "how-long", "question": "How long does it take?", "answer": "Half an hour.", "basis": "clinic"},
    ],
    "warning_signs": [
        {"key": "blisters", "sign": "Blisters.", "brief": "blisters", "level": "call", "basis": "proposed"},
        {"key": "fever", "sign": "Fever.", "level": "doctor-today", "basis": "proposed"},
        {"key": "breathing", "sign": "Trouble breathing.", "level": "emergency", "basis": "proposed"},
        {
            "key": "usual-redness",
            "sign": "Redness of the face is usual for a day.",
            "level": "expected",
            "last_day": 1,
            "yields_to": "blisters",
            "basis": "proposed",
        },
    ],
    "ask_at_consultation": [{"key": "who", "text": "Who will treat me?"}],
    "glossary": [{"key": "retinoid", "term": "retinoid", "also": "retinoids", "meaning": "A vitamin A cream."}],
    "sources": SOURCES,
    "waivers": [
        {
            "key": "painless",
            "claim": "painless",
            "sentence": "It is not painless.",
            "reason": "It says the opposite of the claim.",
            "clinician": "Dr Lee",
        }
    ],
}


def plain_document(**changes):
    """The smallest document, as plain data that `check` has not seen."""
    return {**copy.deepcopy(SMALLEST), **changes}


def full_document(**changes):
    """A document with every part."""
    return {**copy.deepcopy(FULL), **changes}


def needed_row(part):
    """The first row of a part of the full document, with no more than it needs; what may be null is not needed."""
    columns = documents.fields_of(PARTS[part])
    needed = {column.name for column in columns if not column.blank and not isinstance(column, models.BooleanField)}
    return {name: value for name, value in FULL[part][0].items() if name in needed}


def fit_document(**changes):
    """A document against which the gate has nothing."""
    day = datetime.date.today()
    row = {"key": "one", "basis": "clinic"}
    return plain_document(
        **{
            "reviewer": "Dr Lee, dermatologist",
            "review_date": (day - datetime.timedelta(days=10)).isoformat(),
            "next_review_date": (day + datetime.timedelta(days=100)).isoformat(),
            "risks": [
                {**row, "key": name, "name": name.title(), "band": "common", "text": "It fades."}
                for name in ("redness", "swelling", "dryness")
            ],
            "precautions": [{**row, "situation": "Pregnant", "advice": "wait", "says": "Please wait."}],
            "warning_signs": [{**row, "sign": "Blisters.", "level": "call"}],
            **changes,
        }
    )


def make_fit_treatment(**changes):
    """A draft that may be published."""
    return reviewed(documents.write(canonical_document(fit_document(**changes))))


def reviewed(treatment):
    """The treatment, whose reviewer has seen the draft as it is now."""
    review.keep(treatment, publishing.draft_of(treatment))
    return treatment


def make_clinician(name="lee", **changes):
    """An account that may confirm proposed lines and record reviews."""
    values = {"is_staff": True, "is_superuser": True, **changes}
    return get_user_model().objects.create_user(name, **values)


def changed_since_review(treatment):
    """What the gate calls changed since the review of a treatment: ("new", (part, key), words) and so on."""
    return review.changed(review.words_of(publishing.draft_of(treatment)), review.seen_of(treatment))


def canonical_document(data):
    """The data in canonical shape; AssertionError with the problems if it is not fit to be stored."""
    checked = check(data)
    assert not checked.problems, checked.problems
    return checked.document


def make_treatment(**changes):
    """A treatment that is a draft only."""
    return documents.write(canonical_document(plain_document(**changes)))


def make_full_treatment(**changes):
    """A draft with every part."""
    return documents.write(canonical_document(full_document(**changes)))


def make_published_treatment(**changes):
    """A treatment with one public edition."""
    treatment = make_full_treatment(**changes)
    publishing.publish_sample(treatment)
    return treatment


def make_clinic(**changes):
    """The clinic's row with these values."""
    clinic = Clinic.objects.current()
    for name, value in changes.items():
        setattr(clinic, name, value)
    clinic.save()
    return clinic


def make_form_key(age=10):
    """What the hidden field of a form holds that was opened so many seconds ago."""
    with time_machine.travel(datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)):
        return KEY_SIGNER.sign(new_secret())


def make_open_clinic(**changes):
    """A clinic with one seat that is open on Mondays to Fridays from 9 to 17, and needs no notice."""
    clinic = make_clinic(**{"notice_hours": 0, **changes})
    OpeningHours.objects.bulk_create(
        OpeningHours(clinic=clinic, weekday=weekday, opens=datetime.time(9), closes=datetime.time(17))
        for weekday in range(1, 6)
    )
    return clinic


def make_request(start=None, **changes):
    """A stored request: a visit that starts at this moment, or a call."""
    answers = {"name": "Aisha", "phone": "", "email": "aisha@example.org", **changes}
    return booking.ask(answers, start=start, form_key=new_secret())


def make_comment(treatment=None, **changes):
    """A stored comment that waits to be read."""
    treatment = treatment or Treatment.objects.first() or make_edition_of(plain_document())
    words = {"name": "Aisha", "text": "It helped me.", "email": "", **changes}
    return comments.leave(treatment, words, form_key=new_secret())


def prove_second_factor(client, user):
    """Let the client's session count as verified, as after a right code."""
    device = TOTPDevice.objects.create(user=user, name="app")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()


def picture_bytes(kind="PNG", size=(640, 480), colour="tan", **options):
    """The bytes of a plain picture file."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def make_picture(**options):
    """A stored picture."""
    picture = pictures.read(picture_bytes(**options))
    pictures.store(picture)
    return picture


def full_disk(*arguments):
    """What a disk says that has no room left, in the place of a function that writes."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def make_edition_of(data):
    """A treatment with one public edition of exactly this plain data; quick, because its draft has no parts."""
    document = canonical_document(data)
    treatment = Treatment.objects.create(**{name: document[name] for name in documents.HEAD if name in document})
    text = documents.canonical(document)
    Edition.objects.create(
        treatment=treatment,
        number=1,
        document=text,
        digest=documents.digest(text),
        next_review_date=document.get("next_review_date"),
        language=document["language"],
        translation_of=document.get("translation_of", ""),
    )
    Clinic.objects.current()
    Clinic.objects.touch()
    return treatment


def bundled_article():
    """The document of the article that a first start brings; its pictures are not stored."""
    document, _pictures = content_file.read(sample.CONTENT / "pico-laser.toml")
    return document


def change(clinic, **values):
    """Give the clinic other values and save it."""
    for name, value in values.items():
        setattr(clinic, name, value)
    clinic.save()
