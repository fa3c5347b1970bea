"""What is held about the patient who made a request, and until when."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from treatments.models import Clinic, ConsultationRequest, RequestState
from treatments.models.consultation import KEPT, PERSONAL
from treatments.times import holding
from treatments.values.availability import DAY


def erased_on(consultation: ConsultationRequest, clinic: Clinic) -> datetime.date:
    """The date, at the clinic, on which a request is erased.

    So many days after its visit, or after we last heard of it, as the clinic has set.
    """
    visit = consultation.held_visit()
    if visit and consultation.state != RequestState.CANCELLED:
        end = visit.end + DAY * clinic.keep_visit_days
    else:
        end = consultation.heard_at + DAY * clinic.keep_request_days
    return end.astimezone(clinic.zone).date()


def held_about(consultation: ConsultationRequest, clinic: Clinic) -> dict[str, Any]:
    """Everything that is held about the patient who made a request, by the names of the columns, to be given as JSON.

    Made from the declaration of the columns, KEPT and PERSONAL; with what hangs on the request: its visit, the moment
    of an open promise, its acts and letters. Moments and dates are ISO 8601; what there is not is None.
    """
    visit, promise = consultation.held_visit(), consultation.open_promise()
    return {
        **{name: plain(consultation, name) for name in (*KEPT, *PERSONAL)},
        "is_set_apart": consultation.is_set_apart,
        "visit_starts_at": visit and visit.start.isoformat(),
        "visit_ends_at": visit and visit.end.isoformat(),
        "promised_at": promise and promise.isoformat(),
        "consent_notice_text": consultation.consent_notice.text if consultation.consent_notice else None,
        "erased_on": erased_on(consultation, clinic).isoformat(),
        "events": [
            {"act": event.act, "at": event.at.isoformat(), "by": "clinic" if event.by_id else "patient"}
            for event in consultation.events.all()
        ],
        "messages": [
            {"kind": message.kind, "state": message.state, "sent_at": message.sent_at and message.sent_at.isoformat()}
            for message in consultation.messages.all()
        ],
    }


def plain(consultation: ConsultationRequest, name: str) -> object:
    """The value of a column as JSON takes it: the treatment by its name, the notice by its moment."""
    value = getattr(consultation, name)
    if name == "treatment":
        return value.name if value else None
    if name == "consent_notice":
        return value.added_at.isoformat() if value else None
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def held_in_words(consultation: ConsultationRequest) -> list[tuple[str, str]]:
    """The same for people to read: (label, value) of each column that holds something, what is personal first."""
    found = in_words(consultation, (*PERSONAL, *KEPT))
    visit = consultation.held_visit()
    return [*found, (_("Visit"), moment_in_words(visit.start))] if visit else found


#: How the value of a column is said where the value itself would not do.
SAID: dict[str, Callable[[ConsultationRequest], str]] = {
    "way": lambda consultation: consultation.get_way_display(),
    "state": lambda consultation: consultation.get_state_display(),
    "best_time": lambda consultation: consultation.get_best_time_display(),
    "phone": lambda consultation: consultation.phone_in_words,
    "precautions": lambda consultation: ", ".join(consultation.said_yes_to),
    "needs_clinician": lambda consultation: _("yes") if consultation.needs_clinician else "",
    "offered_times": lambda consultation: "\n".join(map(moment_in_words, holding.offered_moments(consultation))),
    "consent_notice": lambda consultation: (
        moment_in_words(consultation.consent_notice.added_at) if consultation.consent_notice else ""
    ),
}


def in_words(consultation: ConsultationRequest, names: Iterable[str]) -> list[tuple[str, str]]:
    """(label, value) of those of these columns that hold something.

    Moments are in the current time zone, which is the clinic's where a page is shown.
    """
    labels = {field.name: str(field.verbose_name) for field in consultation._meta.fields}
    found = []
    for name in names:
        value = SAID[name](consultation) if name in SAID else getattr(consultation, name)
        if isinstance(value, datetime.datetime):
            value = moment_in_words(value)
        if value:
            found.append((capfirst(labels[name]), str(value)))
    return found


def moment_in_words(moment: datetime.datetime) -> str:
    """A moment in the clinic's time, which is the current one where a page is shown."""
    return date_format(timezone.localtime(moment), _("l j F Y, H:i"))
