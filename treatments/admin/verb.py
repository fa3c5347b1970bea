"""The verbs of the front desk: what each is called, what it asks first, and which have a button for a request now."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.consultation import booking, contact, set_apart, staff_acts
from treatments.consultation.acting import is_not_erased
from treatments.forms.act import ActForm, CallForm, CorrectForm, NoteForm, NothingToSay, OfferForm, TimeForm
from treatments.models import ConsultationRequest
from treatments.values.visit import Visit

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Verb:
    """Something that the front desk does with a request.

    `act` does it; `is_possible` is the check that the act itself makes before it changes anything, and takes the
    request, the visit that it holds and the present moment. The confirming screen shows `warns`. The button of a verb
    that `is_rare` stands apart from those of the day's work.
    """

    label: "StrOrPromise"
    act: Callable[..., ConsultationRequest]
    is_possible: Callable[[ConsultationRequest, Visit | None, datetime.datetime], bool]
    form: type[ActForm] = NothingToSay
    warns: "StrOrPromise" = ""
    is_rare: bool = False


#: The verbs by their names in URLs.
VERBS = {
    "real": Verb(_("It is real"), set_apart.it_is_real, set_apart.is_to_check),
    "remove": Verb(_("Remove"), set_apart.remove, set_apart.is_to_check),
    "confirm": Verb(_("Confirm the time"), staff_acts.confirm, staff_acts.can_be_confirmed),
    "called": Verb(_("Called…"), staff_acts.called, staff_acts.can_be_called, CallForm),
    "book": Verb(_("Book a time…"), booking.change_time, booking.can_be_booked, TimeForm),
    "offer": Verb(_("Offer other times…"), staff_acts.offer, staff_acts.can_be_offered_times, OfferForm),
    "attended": Verb(_("Attended"), staff_acts.attended, staff_acts.can_be_attended),
    "missed": Verb(_("Missed"), staff_acts.missed, staff_acts.can_be_missed),
    "cancel": Verb(_("Cancel…"), booking.cancel, booking.can_be_cancelled),
    "correct": Verb(
        _("Correct name, phone, email…"),
        contact.correct,
        is_not_erased,
        CorrectForm,
        warns=_("Check two facts with the patient first, such as the reference and the time. This cannot be undone."),
        is_rare=True,
    ),
    "note": Verb(
        _("Note…"), staff_acts.write_note, is_not_erased, NoteForm, warns=_("This cannot be undone."), is_rare=True
    ),
    "resend": Verb(_("Send the private link"), contact.resend_link, contact.can_be_sent_its_link, is_rare=True),
    "revoke": Verb(
        _("Revoke the private link"),
        contact.revoke_link,
        is_not_erased,
        warns=_("The link opens nothing any more, and this cannot be undone. The next letter carries a new one."),
        is_rare=True,
    ),
    "erase": Verb(
        _("Erase…"),
        booking.erase,
        is_not_erased,
        warns=_(
            "Name, phone, email, message and note are erased for good, and a visit ahead is cancelled without a letter."
        ),
        is_rare=True,
    ),
}


@dataclass(frozen=True)
class Button:
    """A verb about one request, as a link to the screen that asks for it."""

    label: "StrOrPromise"
    url: str
    is_rare: bool


def buttons(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> dict[str, Button]:
    """{name of the verb: Button} of all that can be done to a request now; `visit` is the one that it holds."""
    return {
        name: Button(verb.label, act_url(consultation, name), verb.is_rare)
        for name, verb in VERBS.items()
        if verb.is_possible(consultation, visit, now)
    }


def act_url(consultation: ConsultationRequest, name: str) -> str:
    """The URL of the screen that asks for a verb about a request."""
    return reverse("admin:treatments_consultationrequest_act", args=[consultation.pk, name])
