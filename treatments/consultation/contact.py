"""How a patient is reached, put right by staff or patient: name, phone and email, and the private link.

None of these acts can be undone. Each is one transaction, takes what `staff_acts` says and returns the request as it is
afterwards, or raises acting.NotPossible and acting.Overtaken, after which nothing has changed.
"""

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from clinic_site import journal
from treatments.consultation import booking, search
from treatments.consultation.acting import NotPossible, is_not_erased, locked, move
from treatments.follow_up import outbox
from treatments.models import Act, Clinic, ConsultationRequest
from treatments.models.private_link import new_secret
from treatments.values import addresses
from treatments.values.visit import Visit

#: How often a patient can put right how to reach them. Each time may cause a letter to an address of their choice.
MOST_CORRECTIONS = 3


@transaction.atomic
def correct(
    consultation: ConsultationRequest,
    *,
    phone: str,
    email: str,
    name: str = "",
    by: User | None = None,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Correct who the patient is and how to reach them; no old value is kept anywhere. Patients keep their `name`.

    `phone` is as form fields store it, `email` as `addresses.folded` gives it; either may be "". Another email address
    gets the private link anew, under a new signature, and whatever letters did not arrive or did not go out yet; the
    old one is told nothing.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation, seen=seen)
    is_possible = patient_can_correct if by is None else is_not_erased
    if not is_possible(consultation, consultation.held_visit(), now):
        raise NotPossible
    is_other_mailbox = email not in addresses.spellings(consultation.email)
    has_lost_email = bool(consultation.email and not email)
    is_to_be_written_to = bool(email) and (not consultation.email or bool(consultation.phone and not phone))
    consultation.name, consultation.phone, consultation.email = name or consultation.name, phone, email
    if is_other_mailbox:
        consultation.nonce = new_secret()
        journal.note(journal.LINK, consultation.public_id)
    event = move(consultation, consultation.state, Act.CORRECTED, by=by, at=now)
    search.note(consultation)
    if is_other_mailbox and email:
        outbox.write_to_another_mailbox(event)
    if is_to_be_written_to:
        outbox.write_in_the_place_of_calls(event, clinic)
    elif has_lost_email:
        outbox.call_in_the_place_of_letters(event, clinic)
    outbox.noted(event)
    return consultation


def patient_can_correct(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether patients can put right how we reach them: while something is to come, and not too often."""
    if not consultation.is_active or booking.is_out_of_hands(consultation, visit, now):
        return False
    return consultation.events.filter(act=Act.CORRECTED, by=None).count() < MOST_CORRECTIONS


@transaction.atomic
def resend_link(
    consultation: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """Send the patient the private link again."""
    now = now or timezone.now()
    consultation = locked(consultation, seen=seen)
    if not can_be_sent_its_link(consultation):
        raise NotPossible
    outbox.link_again(consultation, now, event=move(consultation, consultation.state, Act.LINK_SENT, by=by, at=now))
    return consultation


def can_be_sent_its_link(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether the link still opens something to act on, and a letter has somewhere to go."""
    return consultation.is_active and bool(consultation.email) and not consultation.is_set_apart


@transaction.atomic
def revoke_link(
    consultation: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """Let the private link open nothing any more; letters to come carry a new one."""
    now = now or timezone.now()
    consultation = locked(consultation, seen=seen)
    if not is_not_erased(consultation):
        raise NotPossible
    consultation.nonce = new_secret()
    journal.note(journal.LINK, consultation.public_id)
    move(consultation, consultation.state, Act.REVOKED, by=by, at=now)
    return consultation


@transaction.atomic
def leave_phone(
    consultation: ConsultationRequest, phone: str, *, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """A patient who left no phone number adds one, as form fields store it. Raises NotPossible where there is one."""
    now = now or timezone.now()
    consultation = locked(consultation)
    if not patient_can_leave_phone(consultation):
        raise NotPossible
    consultation.phone = phone
    outbox.noted(move(consultation, consultation.state, Act.CORRECTED, at=now))
    search.note(consultation)
    return consultation


def patient_can_leave_phone(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether a phone number is missing and may still be needed."""
    return consultation.is_active and not consultation.phone
