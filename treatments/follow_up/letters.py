"""What a message says: written when it is sent, by the function that also previews it."""

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.follow_up import calendar
from treatments.follow_up.truth import (
    address_of,
    answering_task,
    is_true,
    moment_in,
    open_requests_of,
    request_of,
    treatment_of,
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
        context = context_of(message, clinic, at, gathered)
        text = one_blank_line(render_to_string(f"treatments/emails/{message.kind}.txt", context))
        page = render_to_string("treatments/emails/letter.html", {"paragraphs": paragraphs(text), "clinic": clinic})
    letter = EmailMultiAlternatives(
        subject=str(SUBJECTS[message.kind]),
        body=text,
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


def one_blank_line(text: str) -> str:
    """A letter's text with one blank line between paragraphs, where parts that were left out leave more."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text.strip()) + "\n"


def paragraphs(text: str) -> list[list[tuple[str, bool]]]:
    """A letter's text as paragraphs of (line, whether it is a link): only a line that is one of our URLs is."""
    site = f"{settings.SITE_URL}/"
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    return [[(line, line.startswith(site) and " " not in line) for line in block if line] for block in blocks if block]


def name_of(message: Message) -> str:
    """The message's lasting name: the same for every attempt to send it."""
    return f"{message.pk}.{hashlib.sha256(message.key.encode()).hexdigest()[:20]}"


def greeting_name(name: str) -> str:
    """The name with which a letter greets; empty for one that holds more than letters, blanks, hyphens, apostrophes."""
    is_plain = all(unicodedata.category(sign)[0] in "LM" or sign in BETWEEN_LETTERS for sign in name)
    return name if is_plain and len(name) <= LONGEST_GREETING else ""


def context_of(
    message: Message, clinic: Clinic, at: datetime.datetime, gathered: Collection[Message] = ()
) -> dict[str, Any]:
    """The context of the templates of letters; its moments are aware, and letter_of shows them in the clinic's zone."""
    if message.kind in ABOUT_TREATMENT:
        return context_of_treatment(message, clinic)
    consultation = request_of(message)
    visit = consultation.held_visit()
    task = answering_task(consultation)
    return {
        "clinic": clinic,
        "consultation": consultation,
        "name": greeting_name(consultation.name),
        "start": moment_in(message, "start") or (visit.start if visit else None),
        "was": moment_in(message, "was"),
        "was_held": bool(message.payload.get("end")),
        "minutes": visit.minutes if visit else None,
        "promised": task.due_at if task and task.is_promise else None,
        "offered": holding.open_offers(consultation, clinic, at),
        "link": consultation.letter_link(),
        "links": open_requests_of(consultation.email) if message.kind == MessageKind.LINK else [],
        "site_url": settings.SITE_URL,
        "notices": [notice_of(found) for found in (message, *gathered)] if message.kind in TO_CLINIC else [],
        "desk": settings.SITE_URL + reverse("admin:index"),
    }


def notice_of(message: Message) -> dict[str, Any]:
    """What one notice to the clinic tells: which act, of which request, and where the desk shows it."""
    consultation = request_of(message)
    path = reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])
    return {
        "act": message.payload["act"],
        "reference": consultation.reference,
        "start": moment_in(message, "start"),
        "has_health_answer": bool(consultation.needs_clinician),
        "url": settings.SITE_URL + path,
    }


def context_of_treatment(message: Message, clinic: Clinic) -> dict[str, Any]:
    """The context of the templates of letters about a treatment."""
    treatment = treatment_of(message)
    return {
        "clinic": clinic,
        "treatment": treatment,
        "at": moment_in(message, "at"),
        "desk": settings.SITE_URL + reverse("admin:treatments_treatment_publish", args=[treatment.pk]),
    }


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
