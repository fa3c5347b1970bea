"""The email of a message: written when it is sent, by the function that also previews it."""

import datetime
import hashlib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.follow_up import calendar, letter_texts
from treatments.follow_up.blocks import Block, Greeting, Moment, in_text
from treatments.follow_up.truth import (
    address_of,
    answering_task,
    is_true,
    moment_in,
    open_requests_of,
    request_of,
)
from treatments.models import Clinic, Message, MessageKind
from treatments.models.message import ABOUT_TREATMENT, TO_CLINIC
from treatments.text.cleaning import JOINERS
from treatments.times import holding
from treatments.values.visit import Visit

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SUBJECTS: "Mapping[str, StrOrPromise]" = {
    MessageKind.CONFIRMED: _("Your clinic appointment"),
    MessageKind.PROMISE: _("We have your request"),
    MessageKind.WISHED: _("One more step for your clinic appointment"),
    MessageKind.CHANGED: _("Your clinic appointment has changed"),
    MessageKind.CANCELLED: _("Your clinic appointment is cancelled"),
    MessageKind.REMINDER_3_DAYS: _("Your clinic appointment is in 3 days"),
    MessageKind.REMINDER_1_DAY: _("Your clinic appointment is tomorrow"),
    MessageKind.OFFER: _("Times for your clinic appointment"),
    MessageKind.LINK: _("Your private link"),
    MessageKind.CLINIC_NOTICE: _("Consultation requests"),
    MessageKind.NOT_PUBLISHED: _("A page was not published"),
    MessageKind.REVIEW_DUE: _("A page is to be reviewed soon"),
}

#: The colours of a letter's page, by day and by night: those of tokens.css, which no letter can link.
COLOURS = {
    "light": {
        "page": "#f3ede2",
        "sheet": "#fffdf9",
        "line": "#e2d8c8",
        "ink": "#17352c",
        "text": "#1f2925",
        "quiet": "#515c56",
        "act": "#9c3d18",
        "on_act": "#fffdf9",
    },
    "dark": {
        "page": "#101815",
        "sheet": "#17211d",
        "line": "#34433d",
        "ink": "#e6dfd0",
        "text": "#e2ddd2",
        "quiet": "#a9b3ac",
        "act": "#f0a680",
        "on_act": "#2a1006",
    },
}
BAND = ["#f3d9c4", "#e3b896", "#c98f66", "#a56a44", "#774730", "#4b2d22"]
#: Kinds of letter that may speak of a time that was held and is not any more.
GIVEN_BACK = (MessageKind.CANCELLED, MessageKind.OFFER, MessageKind.WISHED)
#: A letter greets only with a name that no mail program takes for a link: at most so many signs, each of them a letter,
#: a mark on one, or one of these blanks, hyphens, apostrophes and joiners, which names keep between letters that join.
LONGEST_GREETING = 40
BETWEEN_LETTERS = " \u00a0\u3000-\u2010\u2011'’" + JOINERS


def letter_of(
    message: Message, *, at: datetime.datetime | None = None, gathered: Collection[Message] = ()
) -> EmailMultiAlternatives | None:
    """The email of a message, to its patient or to the clinic; None if it is not true at the moment `at`.

    Without `at` that moment is now. `gathered` are further notices to the clinic that go in the same email.
    """
    at = at or timezone.now()
    clinic = Clinic.objects.current()
    if not is_true(message, clinic, at):
        return None
    with timezone.override(clinic.zone):
        blocks = list(blocks_of(message, clinic, at, gathered))
        subject = str(SUBJECTS[message.kind])
        page = render_to_string("treatments/emails/letter.html", page_context(subject, blocks, clinic))
    letter = EmailMultiAlternatives(
        subject=subject,
        body=in_text(blocks) + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address_of(message, clinic)],
        reply_to=[clinic.email] if clinic.email and message.is_to_patient else None,
        headers={
            "Message-ID": f"<{name_of(message)}@{urlsplit(settings.SITE_URL).hostname}>",
            # RFC 3834: so that no machine answers.
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(page, "text/html")
    entry = calendar_of(message, clinic)
    if entry:
        letter.attach(calendar.part_of(entry))
    return letter


def blocks_of(
    message: Message, clinic: Clinic, at: datetime.datetime, gathered: Collection[Message] = ()
) -> Iterator[Block]:
    """What a letter says, block by block, in the present time zone."""
    if message.kind in ABOUT_TREATMENT:
        yield from letter_texts.about_treatment(message)
    elif message.kind in TO_CLINIC:
        yield from letter_texts.notices([message, *gathered])
    else:
        told = told_by(message, clinic, at)
        yield letter_texts.greeting(told.name)
        yield from letter_texts.TO_PATIENT[message.kind](told)


def page_context(subject: str, blocks: Sequence[Block], clinic: Clinic) -> dict[str, Any]:
    """The context of the page of a letter.

    `preheader` is what a list of letters shows beside the subject: the first line after the greeting, and the moment
    that it leads to, if any.
    """
    first, *others = (block for block in blocks if not isinstance(block, Greeting))
    moments = [block.when for block in others[:1] if isinstance(block, Moment)]
    preheader = " ".join([first.text.splitlines()[0], *moments])
    shown = {"subject": subject, "preheader": preheader, "blocks": blocks, "clinic": clinic}
    return {**shown, **COLOURS, "band": BAND}


def name_of(message: Message) -> str:
    """The message's lasting name: the same for every attempt to send it."""
    return f"{message.pk}.{hashlib.sha256(message.key.encode()).hexdigest()[:20]}"


def greeting_name(name: str) -> str:
    """The name with which a letter greets; empty for one that holds more than letters, blanks, hyphens, apostrophes."""
    is_plain = all(unicodedata.category(sign)[0] in "LM" or sign in BETWEEN_LETTERS for sign in name)
    return name if is_plain and len(name) <= LONGEST_GREETING else ""


def told_by(message: Message, clinic: Clinic, at: datetime.datetime) -> letter_texts.Told:
    """What a letter to a patient tells of at the moment `at`."""
    consultation = request_of(message)
    visit = consultation.held_visit()
    task = answering_task(consultation)
    return letter_texts.Told(
        clinic=clinic,
        consultation=consultation,
        name=greeting_name(consultation.name),
        start=moment_in(message, "start") or (visit.start if visit else None),
        was=moment_in(message, "was"),
        was_held=bool(message.payload.get("end")),
        minutes=visit.minutes if visit else None,
        promised=task.due_at if task and task.is_promise else None,
        offered=holding.open_offers(consultation, clinic, at),
        link=consultation.letter_link(),
        asked_for=open_requests_of(consultation.email) if message.kind == MessageKind.LINK else [],
    )


def calendar_of(message: Message, clinic: Clinic) -> calendar.Entry | None:
    """The calendar entry that goes with a message; None where there is no time to tell."""
    start, end = moment_in(message, "start"), moment_in(message, "end")
    if message.kind in GIVEN_BACK and start and end:
        return calendar.of_visit(request_of(message), Visit(start, end), clinic, is_cancelled=True)
    if message.kind in (MessageKind.CONFIRMED, MessageKind.CHANGED):
        consultation = request_of(message)
        visit = consultation.held_visit()
        return calendar.of_visit(consultation, visit, clinic) if visit else None
    return None


def forget(message: Message) -> None:
    """Erase the file that was written for a message in place of sending it."""
    (settings.MAIL_FOLDER / f"{name_of(message)}.eml").unlink(missing_ok=True)
