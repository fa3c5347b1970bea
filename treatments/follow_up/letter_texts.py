"""What each kind of letter says, block by block."""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from treatments.follow_up.blocks import Block, Choices, Entries, Entry, Fact, Greeting, Moment, Paragraph, Way, joined
from treatments.follow_up.truth import moment_in, request_of, treatment_of
from treatments.models import Act, Clinic, ConsultationRequest, Message, MessageKind


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a letter to a patient tells of; moments are aware. `name` is what it greets with, if with anything."""

    clinic: Clinic
    consultation: ConsultationRequest
    name: str
    #: The moment that it is about, and the one before a change.
    start: datetime.datetime | None
    was: datetime.datetime | None
    #: Whether `start` was held before and is not any more.
    was_held: bool
    minutes: int | None
    #: Until when somebody will have answered.
    promised: datetime.datetime | None
    offered: Sequence[datetime.datetime]
    link: str
    #: The open requests whose links were asked for.
    asked_for: Sequence[ConsultationRequest]


def confirmed(told: Told) -> Iterator[Block]:
    yield Paragraph(_("your consultation is confirmed, and the time is yours alone:"))
    yield from visit(told)
    yield from private_page(told)


def changed(told: Told) -> Iterator[Block]:
    says = _("your consultation has moved. It was on %(was)s; now it is on:")
    yield Paragraph(says % {"was": in_words(told.was)})
    yield from visit(told)
    yield from private_page(told)


def reminder(told: Told) -> Iterator[Block]:
    yield Paragraph(_("we look forward to your consultation:"))
    yield from visit(told)
    yield from private_page(told)


def promise(told: Told) -> Iterator[Block]:
    if told.start:
        yield Paragraph(_("thank you. Until we confirm it, we hold this time for you:"))
        yield moment_of(told)
        if told.promised:
            says = _("You hear from us by %(moment)s, clinic time.")
            yield Paragraph(says % {"moment": in_words(told.promised)})
    elif told.promised:
        says = _("thank you. We will call you by %(moment)s, clinic time.")
        yield Paragraph(says % {"moment": in_words(told.promised)})
    else:
        yield Paragraph(_("thank you. We will call you as soon as we open."))
    if told.start:
        yield from place(told.clinic)
    yield from private_page(told)


def wished(told: Told) -> Iterator[Block]:
    if told.was_held:
        yield Paragraph(_("this time is not held for you any more:"))
        yield moment_of(told)
        says = _("Unusually many people whom we do not know have asked for times, so we need one more step from you.")
        yield Paragraph(says + " " + _("The time is free at the moment."))
    else:
        yield Paragraph(_("you asked for this time. It is free, and not held for you yet:"))
        yield moment_of(told)
        says = _("So many people whom we do not know have asked for times that we need one more step from you.")
        yield Paragraph(says)
    yield Way(_("To take the time, open this link and press the button there:"), told.link, _("Take the time"))
    yield Paragraph(_("If you did not ask for a consultation, you need not do anything."))
    yield from place(told.clinic)
    yield reference(told.consultation)


def cancelled(told: Told) -> Iterator[Block]:
    if told.start:
        yield Paragraph(_("your consultation is cancelled. You need not do anything. It was on:"))
        yield Moment(in_words(told.start))
        yield Paragraph(out_of_the_calendar())
    else:
        yield Paragraph(_("your request is cancelled, and we will not call. You need not do anything."))
    url = settings.SITE_URL + reverse("treatments:consultation")
    yield Way(_("If you would like another time, you can ask for one here:"), url, _("Ask for another time"))


def offer(told: Told) -> Iterator[Block]:
    says = _("These times are free for your consultation at the moment:")
    if told.start:
        sorry = _("we are sorry: we cannot see you on %(moment)s.") % {"moment": in_words(told.start)}
        says = f"{sorry} {says}"
    yield Paragraph(says)
    yield Choices([date_format(timezone.localtime(moment), _("l j F Y, H:i")) for moment in told.offered])
    says = _("None of them is held for you: each goes to whoever takes it first. Choose one here, or another day:")
    yield Way(says, told.link, _("Choose a time"))
    yield yours_alone()
    if told.start:
        yield Paragraph(out_of_the_calendar())
    yield from place(told.clinic)
    yield reference(told.consultation)


def link_again(told: Told) -> Iterator[Block]:
    yield Paragraph(_("here is your private link again. With it you can see, change or cancel what you asked for."))
    for one in told.asked_for:
        yield Way(reference_of(one), one.letter_link(), _("Open my private page"))
    yield Paragraph(_("Whoever has such a link can change what it opens. Please do not pass it on."))
    yield Paragraph(_("If you did not ask for this letter, you need not do anything."))


#: What each kind of letter to a patient says below its greeting.
TO_PATIENT: Mapping[str, Callable[[Told], Iterator[Block]]] = {
    MessageKind.CONFIRMED: confirmed,
    MessageKind.PROMISE: promise,
    MessageKind.WISHED: wished,
    MessageKind.CHANGED: changed,
    MessageKind.CANCELLED: cancelled,
    MessageKind.REMINDER_3_DAYS: reminder,
    MessageKind.REMINDER_1_DAY: reminder,
    MessageKind.OFFER: offer,
    MessageKind.LINK: link_again,
}


def greeting(name: str) -> Greeting:
    """The first line; `name` may be empty."""
    return Greeting(_("Hello %(name)s,") % {"name": name} if name else _("Hello,"))


def visit(told: Told) -> Iterator[Block]:
    """When the visit is, how long, where, and what to bring."""
    yield moment_of(told)
    yield from place(told.clinic)


def moment_of(told: Told) -> Moment:
    """The moment that a letter is about, with the length of the visit where one is held."""
    length = _("clinic time")
    if told.minutes:
        length = ngettext("%(minutes)s minute, clinic time", "%(minutes)s minutes, clinic time", told.minutes)
        length %= {"minutes": told.minutes}
    return Moment(in_words(told.start), length)


def in_words(moment: datetime.datetime | None) -> str:
    """A moment as letters say it, in the present time zone."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    words = {"day": date_format(local, _("l j F Y")), "time": date_format(local, "TIME_FORMAT")}
    return _("%(day)s at %(time)s") % words


def place(clinic: Clinic) -> Iterator[Fact]:
    """Where the clinic is, how it is reached, and what to bring; what is not known is left out."""
    yield Fact(_("Where:"), joined(clinic.name, clinic.address))
    facts = {
        _("How to get here:"): clinic.access,
        _("Phone:"): clinic.phone,
        _("WhatsApp:"): clinic.whatsapp,
        _("Please bring:"): clinic.bring,
    }
    for label, fact in facts.items():
        if fact:
            # A blank line in it would part it in two.
            yield Fact(label, joined(*fact.splitlines()))


def private_page(told: Told) -> Iterator[Block]:
    """The way to the patient's own page."""
    if told.start is None or told.consultation.is_heard:
        says = _("To change or cancel it, or to see or erase what we hold about you:")
    else:
        says = _("To tell us that you will come, to change or cancel it, or to see or erase what we hold about you:")
    yield Way(says, told.link, _("Open my private page"))
    yield yours_alone()
    yield reference(told.consultation)


def yours_alone() -> Paragraph:
    return Paragraph(_("This link is yours alone. Please do not pass it on."))


def reference(consultation: ConsultationRequest) -> Fact:
    return Fact(_("Your reference, for the phone:"), consultation.reference)


def reference_of(consultation: ConsultationRequest) -> str:
    return _("Reference: %(reference)s") % {"reference": consultation.reference}


def out_of_the_calendar() -> str:
    return _("The calendar file takes the visit out of your calendar. Some calendars keep it: then delete it there.")


# To the clinic


def notices(messages: Sequence[Message]) -> Iterator[Block]:
    """What one letter tells the clinic of what patients did."""
    yield Entries([notice_of(message) for message in messages])
    url = settings.SITE_URL + reverse("admin:index")
    yield Way(_("Everything that is to do:"), url, _("Open the worklist"))


def notice_of(message: Message) -> Entry:
    """What one notice tells: which act, of which request, and where the desk shows it."""
    consultation = request_of(message)
    path = reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])
    name = reference_of(consultation)
    health = _("A health answer waits to be looked at.") if consultation.needs_clinician else ""
    return Entry(" ".join(filter(None, (act_of(message), health))), name, settings.SITE_URL + path)


def act_of(message: Message) -> str:
    """What a patient did, in words."""
    if message.payload["act"] == Act.ERASED:
        says = _("A patient’s details were erased, and with them the visit of %(time)s.")
        start = moment_in(message, "start")
        return says % {"time": start and date_format(timezone.localtime(start), _("l j F, H:i"))}
    said = {
        Act.ASKED: _("A consultation request has come in."),
        Act.CHANGED: _("A patient has another time."),
        Act.WILL_COME: _("A patient has taken the wished time."),
    }
    return said.get(message.payload["act"], _("A patient has cancelled."))


def about_treatment(message: Message) -> Iterator[Block]:
    """What a letter about a treatment says."""
    treatment, at = treatment_of(message), timezone.localtime(moment_in(message, "at"))
    if message.kind == MessageKind.NOT_PUBLISHED:
        says = _("“%(name)s” was to be published on %(date)s.")
        yield Paragraph(says % {"name": treatment.name, "date": date_format(at, _("l j F Y, H:i"))})
        yield Paragraph(
            _("It was not, because something stands against it. Visitors still read what they read before.")
        )
        asks, label = _("See what it is, and publish it from there:"), _("See what it is")
    else:
        says = _("The review of “%(name)s” runs out on %(date)s. After that its page says that it is being reviewed.")
        yield Paragraph(says % {"name": treatment.name, "date": date_format(at, _("l j F Y"))})
        asks = _("A clinician reads it, records the review with the next date, and publishes it:")
        label = _("Open the review")
    yield Way(asks, settings.SITE_URL + reverse("admin:treatments_treatment_publish", args=[treatment.pk]), label)
