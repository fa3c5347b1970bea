"""What a message says: written when it is sent, by the function that also previews it."""

import datetime
import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments import calendar
from treatments.models import Clinic, MessageKind, RequestState
from treatments.models.message import ABOUT_TREATMENT, TO_CLINIC
from treatments.moments import moment_of

SUBJECTS = {
    MessageKind.CONFIRMED: _("Your clinic appointment"),
    MessageKind.PROMISE: _("We will call you"),
    MessageKind.CHANGED: _("Your clinic appointment has changed"),
    MessageKind.CANCELLED: _("Your clinic appointment is cancelled"),
    MessageKind.REMINDER_3_DAYS: _("Your clinic appointment is in 3 days"),
    MessageKind.REMINDER_1_DAY: _("Your clinic appointment is tomorrow"),
    MessageKind.OFFER: _("Times for your clinic appointment"),
    MessageKind.LINK: _("Your private link"),
    MessageKind.CLINIC_NOTICE: _("A consultation request"),
    MessageKind.NOT_PUBLISHED: _("A page was not published"),
    MessageKind.REVIEW_DUE: _("A page is to be reviewed soon"),
}

#: How far ahead of a visit, in days, a reminder says that it is.
DAYS_AHEAD = {MessageKind.REMINDER_3_DAYS: 3, MessageKind.REMINDER_1_DAY: 1}


def letter_of(message):
    """The email of a message, to its patient or to the clinic; None if there is nobody to write to any more."""
    clinic = Clinic.objects.current()
    to = address_of(message, clinic)
    if not to:
        return None
    with timezone.override(clinic.zone):
        text = render_to_string(f"treatments/emails/{message.kind}.txt", context_of(message, clinic)).strip() + "\n"
        page = render_to_string("treatments/emails/letter.html", {"text": text, "clinic": clinic})
    letter = EmailMultiAlternatives(
        subject=str(SUBJECTS[message.kind]),
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={"Message-ID": f"<{name_of(message)}@{urlsplit(settings.SITE_URL).hostname}>"},
    )
    letter.attach_alternative(page, "text/html")
    file = calendar_of(message, clinic)
    if file:
        letter.attach("appointment.ics", file, "text/calendar")
    return letter


def address_of(message, clinic):
    """To whom a message goes; empty if there is nobody, or nothing to say any more."""
    if message.kind not in TO_CLINIC:
        return "" if is_stale(message, clinic) else message.request.email
    if message.treatment and message.treatment.withdrawn_at:
        return ""
    return (message.staff and message.staff.email) or clinic.email


def is_stale(message, clinic):
    """Whether what a letter says is not so any more when it goes out: late, or after an act of staff."""
    if message.kind == MessageKind.PROMISE:
        return message.request.state != RequestState.REQUESTED
    if message.kind not in DAYS_AHEAD:
        return False
    visit = message.request.visit
    # One that is not due yet goes out when it is.
    sent_at = max(timezone.now(), message.not_before)
    return visit is None or days_between(sent_at, visit[0], clinic.zone) != DAYS_AHEAD[message.kind]


def days_between(first, last, zone):
    """How many days of a zone's calendar lie between two moments."""
    return (last.astimezone(zone).date() - first.astimezone(zone).date()).days


def name_of(message):
    """The message's lasting name: the same for every attempt to send it."""
    return f"{message.pk}.{hashlib.sha256(message.key.encode()).hexdigest()[:20]}"


def context_of(message, clinic):
    """What the templates of letters know; moments are shown in the clinic's zone."""
    if message.kind in ABOUT_TREATMENT:
        return context_of_treatment(message, clinic)
    request = message.request
    visit = request.visit or visit_of_note(message.note)
    return {
        "clinic": clinic,
        "request": request,
        "note": message.note.split(" ")[0],
        "start": visit and visit[0],
        "offered": [moment_of(text) for text in request.offered_times.split()],
        "link": request.private_link(),
        "site_url": settings.SITE_URL,
        "desk": settings.SITE_URL + reverse("admin:treatments_consultationrequest_change", args=[request.pk]),
    }


def context_of_treatment(message, clinic):
    """What the templates of letters about a treatment know."""
    treatment = message.treatment
    return {
        "clinic": clinic,
        "treatment": treatment,
        "at": moment_of(message.note),
        "desk": settings.SITE_URL + reverse("admin:treatments_treatment_publish", args=[treatment.pk]),
    }


def visit_of_note(note):
    """(start, end) of a visit that is not held any more, as a cancellation notes it; None without one."""
    try:
        return tuple(datetime.datetime.fromisoformat(text) for text in note.split("/", 1)) if "/" in note else None
    except ValueError:
        return None


def calendar_of(message, clinic):
    """The calendar file that goes with a message, as bytes; None where there is no time to tell."""
    if message.kind in (MessageKind.CANCELLED, MessageKind.OFFER):
        visit = visit_of_note(message.note)
        return visit and calendar.of_visit(message.request, visit, clinic, is_cancelled=True)
    if message.kind not in (MessageKind.CONFIRMED, MessageKind.CHANGED):
        return None
    visit = message.request.visit
    return visit and calendar.of_visit(message.request, visit, clinic)


def forget(message):
    """Erase the file that was written for a message in place of sending it."""
    (settings.MAIL_FOLDER / f"{name_of(message)}.eml").unlink(missing_ok=True)
