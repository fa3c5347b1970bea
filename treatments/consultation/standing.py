"""How things stand with a request, as the patient's own page says it."""

import datetime
from typing import Any

from django.urls import reverse

from treatments.consultation import booking, contact, personal_data
from treatments.follow_up import calendar, outbox
from treatments.models import Clinic, ConsultationRequest, TaskKind, Treatment
from treatments.times import holding
from treatments.values.visit import Visit


def of(
    consultation: ConsultationRequest, visit: Visit | None, clinic: Clinic, now: datetime.datetime
) -> dict[str, Any]:
    """How things stand with a request that holds this Visit: its time, its wish, and what the patient waits for."""
    can_take_wish = holding.can_take_wish(consultation, clinic, now)
    wished_at = consultation.wished_at if can_take_wish or consultation.is_set_apart else None
    can_say_will_come = booking.patient_can_say_will_come(consultation, visit, now) and not consultation.is_heard
    open_kinds = set(consultation.tasks.open().values_list("kind", flat=True))
    is_to_be_called = TaskKind.CALL in open_kinds
    promise = consultation.open_promise()
    is_past = booking.is_out_of_hands(consultation, visit, now)
    # Of a visit that has begun, where other times were offered since, the page says nothing any more.
    spoken_of = visit if is_past or not booking.has_begun(visit, now) else None
    has_ticket = spoken_of is not None and not is_past and consultation.is_active
    return {
        "has_ticket": has_ticket,
        "google_calendar": calendar.google_url(calendar.of_visit(consultation, spoken_of, clinic)) if spoken_of else "",
        "letter": consultation.messages.state_of_newest(now),
        "reminded_on": consultation.messages.reminders_to_come() if has_ticket else [],
        "help": help_path(consultation),
        "start": spoken_of and spoken_of.start,
        "minutes": spoken_of and spoken_of.minutes,
        "is_past": is_past,
        "promise": promise,
        "is_late": promise is not None and promise <= now,
        "has_hours": bool(clinic.opening_hours.all()),
        "wished_at": wished_at if wished_at and wished_at > now else None,
        "lost_wish": consultation.wished_at if consultation.wished_at and not wished_at else None,
        "is_to_be_called": is_to_be_called,
        "is_to_be_told": TaskKind.CALL_TO_TELL in open_kinds,
        "waits_for_call": consultation.is_set_apart or (is_to_be_called and not consultation.email),
        "is_to_press": can_say_will_come and (visit is not None or can_take_wish),
        "is_to_confirm_by_phone": outbox.is_to_confirm_by_phone(consultation, visit),
        "erased_on": personal_data.erased_on(consultation, clinic),
        "wants_phone": is_to_be_called and contact.patient_can_leave_phone(consultation),
    }


def help_path(consultation: ConsultationRequest) -> str:
    """Where the patient reads what to do when something worries them: with the treatment, or else on the home page."""
    treatment = Treatment.objects.public().filter(consultation_requests=consultation).first()
    return f"{treatment.get_absolute_url()}#warning-signs" if treatment else f"{reverse('treatments:home')}#worried"
