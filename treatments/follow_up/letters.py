"""What a message says, and whether it is so: written when it is sent, by the function that also previews it."""

import datetime
import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.follow_up import calendar
from treatments.models import Clinic, ConsultationRequest, MessageKind, RequestState, TaskKind
from treatments.models.message import ABOUT_TREATMENT, TO_CLINIC
from treatments.times import holding
from treatments.values.visit import Visit

SUBJECTS = {
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

#: What may speak of a time that was held and is not any more.
GIVEN_BACK = (MessageKind.CANCELLED, MessageKind.OFFER, MessageKind.WISHED)
#: How far ahead of a visit, in days, a reminder says that it is.
DAYS_AHEAD = {MessageKind.REMINDER_3_DAYS: 3, MessageKind.REMINDER_1_DAY: 1}
#: A name that greets: at most so many letters, marks, blanks, hyphens and apostrophes. No mail program links it.
LONGEST_GREETING = 40
BETWEEN_LETTERS = " \u00a0\u3000-'’"
#: Private links that one letter brings.
MOST_LINKS = 20


# Whether it is so


def is_true(message, clinic, at):
    """Whether what a letter says is so at a moment, and there is somebody to say it to."""
    return bool(address_of(message, clinic)) and TRUE_WHILE[message.kind](message, clinic, at)


def address_of(message, clinic):
    """To whom a message goes; empty if there is nobody."""
    if message.kind in TO_CLINIC:
        return (message.staff and message.staff.email) or clinic.email
    return message.request.email


def visit_is_held(message, clinic, at):
    """It is confirmed, to come, and still the one that the letter speaks of."""
    request, visit = message.request, message.request.held_visit()
    is_it = visit is not None and visit.start == moment_in(message, "start")
    return request.state == RequestState.CONFIRMED and is_it and visit.lies_ahead(at)


def visit_is_so_many_days_ahead(message, clinic, at):
    start = moment_in(message, "start")
    return visit_is_held(message, clinic, at) and days_between(at, start, clinic.zone) == DAYS_AHEAD[message.kind]


def answer_is_to_come(message, clinic, at):
    """Somebody will answer, and not only after the moment that the letter names."""
    request = message.request
    if request.state != RequestState.REQUESTED or request.is_set_apart:
        return False
    task = answering_task(request)
    return task is not None and (task.due_at > at or not task.is_promise)


def answering_task(request):
    """The open task that answers a patient who waits; None without one."""
    return request.tasks.open().filter(kind__in=(TaskKind.CALL, TaskKind.CONFIRM)).first()


def wish_can_be_taken(message, clinic, at):
    """The wished time is still to come and free, and waits for the patient to take it."""
    request, start = message.request, moment_in(message, "start")
    is_wished = request.state == RequestState.REQUESTED and not request.is_set_apart and request.wished_at == start
    return is_wished and holding.can_take_wish(request, clinic, at)


def cancellation_matters(message, clinic, at):
    """It is still cancelled, and what was cancelled is not over; what was set apart is told by no letter."""
    start = moment_in(message, "start")
    is_told = message.request.state == RequestState.CANCELLED and not message.request.is_set_apart
    return is_told and (start is None or start > at)


def offer_is_open(message, clinic, at):
    """The patient has yet to choose, and can."""
    is_offered = message.request.state == RequestState.OFFERED
    return is_offered and bool(holding.open_offers(message.request, clinic, at))


def link_opens_something(message, clinic, at):
    return bool(open_requests_of(message.request.email))


def request_is_no_machines(message, clinic, at):
    return not message.request.is_set_apart


def page_waits_unpublished(message, clinic, at):
    """It is public, and nothing was published since the moment that was missed."""
    since = message.treatment.editions.filter(published_at__gte=moment_in(message, "at"))
    return message.treatment.withdrawn_at is None and not since.exists()


def review_runs_out(message, clinic, at):
    """It is the newest edition's review, and its page is public."""
    newest = message.treatment.editions.order_by("-number").first()
    runs_out = moment_in(message, "at").astimezone(clinic.zone).date()
    return message.treatment.withdrawn_at is None and newest is not None and newest.next_review_date == runs_out


#: For each kind, the state in which what it says is so: asked when it is queued, sent, sent again and previewed.
TRUE_WHILE = {
    MessageKind.CONFIRMED: visit_is_held,
    MessageKind.PROMISE: answer_is_to_come,
    MessageKind.WISHED: wish_can_be_taken,
    MessageKind.CHANGED: visit_is_held,
    MessageKind.CANCELLED: cancellation_matters,
    MessageKind.REMINDER_3_DAYS: visit_is_so_many_days_ahead,
    MessageKind.REMINDER_1_DAY: visit_is_so_many_days_ahead,
    MessageKind.OFFER: offer_is_open,
    MessageKind.LINK: link_opens_something,
    MessageKind.CLINIC_NOTICE: request_is_no_machines,
    MessageKind.NOT_PUBLISHED: page_waits_unpublished,
    MessageKind.REVIEW_DUE: review_runs_out,
}


def days_between(first, last, zone):
    """How many days of a zone's calendar lie between two moments."""
    return (last.astimezone(zone).date() - first.astimezone(zone).date()).days


def moment_in(message, name):
    """A moment of the payload; None where it has none."""
    text = message.payload.get(name)
    return text and datetime.datetime.fromisoformat(text)


def open_requests_of(email):
    """The requests of an email address on whose private page something is open, up to so many."""
    if not email:
        return []
    return list(ConsultationRequest.objects.of_contact(email=email).with_a_page()[:MOST_LINKS])


# What it says


def letter_of(message, *, at=None, gathered=()):
    """The email of a message, to its patient or to the clinic; None if it is not true at a moment, by default now.

    `gathered` are further notices to the clinic that go with this one.
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


def one_blank_line(text):
    """A letter's text with one blank line between paragraphs, where parts that were left out leave more."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text.strip()) + "\n"


def paragraphs(text):
    """A letter's text as paragraphs of (line, whether it is a link): only a line that is one of our addresses is."""
    site = f"{settings.SITE_URL}/"
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    return [[(line, line.startswith(site) and " " not in line) for line in block if line] for block in blocks if block]


def name_of(message):
    """The message's lasting name: the same for every attempt to send it."""
    return f"{message.pk}.{hashlib.sha256(message.key.encode()).hexdigest()[:20]}"


def greeting_name(name):
    """The name with which a letter greets; empty for one that holds more than letters, blanks, hyphens, apostrophes."""
    is_plain = all(unicodedata.category(sign)[0] in "LM" or sign in BETWEEN_LETTERS for sign in name)
    return name if is_plain and len(name) <= LONGEST_GREETING else ""


def context_of(message, clinic, at, gathered=()):
    """What the templates of letters know; moments are shown in the clinic's zone."""
    if message.kind in ABOUT_TREATMENT:
        return context_of_treatment(message, clinic)
    request = message.request
    visit = request.held_visit()
    task = answering_task(request)
    return {
        "clinic": clinic,
        "request": request,
        "name": greeting_name(request.name),
        "start": moment_in(message, "start") or (visit and visit.start),
        "was": moment_in(message, "was"),
        "was_held": bool(message.payload.get("end")),
        "minutes": visit and visit.minutes,
        "promised": task and task.is_promise and task.due_at,
        "offered": holding.open_offers(request, clinic, at),
        "link": request.letter_link(),
        "links": open_requests_of(request.email) if message.kind == MessageKind.LINK else [],
        "site_url": settings.SITE_URL,
        "notices": [notice_of(found) for found in (message, *gathered)] if message.kind in TO_CLINIC else [],
        "desk": settings.SITE_URL + reverse("admin:index"),
    }


def notice_of(message):
    """What one notice to the clinic tells: which act, of which request, and where the desk shows it."""
    request = message.request
    address = reverse("admin:treatments_consultationrequest_change", args=[request.pk])
    return {
        "act": message.payload["act"],
        "reference": request.reference,
        "start": moment_in(message, "start"),
        "has_health_answer": bool(request.needs_clinician),
        "address": settings.SITE_URL + address,
    }


def context_of_treatment(message, clinic):
    """What the templates of letters about a treatment know."""
    treatment = message.treatment
    return {
        "clinic": clinic,
        "treatment": treatment,
        "at": moment_in(message, "at"),
        "desk": settings.SITE_URL + reverse("admin:treatments_treatment_publish", args=[treatment.pk]),
    }


def calendar_of(message, clinic):
    """The calendar entry that goes with a message; None where there is no time to tell."""
    request = message.request
    if message.kind in GIVEN_BACK and message.payload["end"]:
        visit = Visit(moment_in(message, "start"), moment_in(message, "end"))
        return calendar.of_visit(request, visit, clinic, is_cancelled=True)
    if message.kind in (MessageKind.CONFIRMED, MessageKind.CHANGED):
        return calendar.of_visit(request, request.held_visit(), clinic)
    return None


def forget(message):
    """Erase the file that was written for a message in place of sending it."""
    (settings.MAIL_FOLDER / f"{name_of(message)}.eml").unlink(missing_ok=True)
