"""The end of personal data: what is held, until when, and erasing what is due."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from treatments import booking, comments, limits, pictures
from treatments.availability import CELL, DAY
from treatments.models import Clinic, Comment, ConsultationRequest, Edition, Photo, RequestState, SeatCell


def erased_on(request, clinic):
    """The date, at the clinic, on which a request is erased: so long after its visit, or after we last heard of it."""
    visit = request.visit
    if visit and request.state != RequestState.CANCELLED:
        end = visit[1] + DAY * clinic.keep_visit_days
    else:
        end = request.heard_at + DAY * clinic.keep_request_days
    return end.astimezone(clinic.zone).date()


def held_about(request):
    """Everything that is held about the patient who made a request, as plain data."""
    visit = request.visit
    return {
        "reference": request.reference,
        "name": request.name,
        "phone": request.phone,
        "email": request.email,
        "treatment": request.treatment.name if request.treatment else "",
        "message": request.message,
        "best_time_to_call": request.best_time,
        "said_yes_to": request.said_yes_to,
        "state": request.state,
        "visit_starts_at": visit[0].isoformat() if visit else None,
        "visit_ends_at": visit[1].isoformat() if visit else None,
        "requested_at": request.requested_at.isoformat(),
        "consent_notice_of": request.consent_notice.added_at.isoformat() if request.consent_notice else None,
        "events": [
            {"act": event.act, "at": event.at.isoformat(), "by": "clinic" if event.by_id else "patient"}
            for event in request.events.all()
        ],
        "messages": [
            {"kind": message.kind, "state": message.state, "sent_at": message.sent_at and message.sent_at.isoformat()}
            for message in request.messages.all()
        ],
    }


def expired(now=None):
    """The ids of the requests whose time is over."""
    now = now or timezone.now()
    clinic = Clinic.objects.current()
    kept = ConsultationRequest.objects.not_erased()
    held = SeatCell.objects.filter(request=OuterRef("pk"))
    without_visit = kept.filter(~Exists(held), heard_at__lt=now - DAY * clinic.keep_request_days)
    # From the old cells, which few requests have, to their requests; the other way about reads every request there is.
    last = now - DAY * clinic.keep_visit_days - CELL
    old = SeatCell.objects.filter(starts_at__lt=last).values("request")
    after_visit = kept.filter(~Exists(held.filter(starts_at__gte=last)), pk__in=old)
    return [*without_visit.values_list("pk", flat=True), *after_visit.values_list("pk", flat=True)]


def expired_comments(now=None):
    """The comments that were refused, or set apart and not read, long enough ago."""
    return Comment.objects.unwanted_before((now or timezone.now()) - comments.KEPT_REFUSED)


def number_expired(now=None):
    """How many requests and comments would be erased."""
    return len(expired(now)) + expired_comments(now).count()


def erase_expired(now=None):
    """Erase every request and comment whose time is over, each request in its own transaction; return how many.

    What the limits for one network address needed is forgotten as well, and so are pictures that nothing names.
    """
    now = now or timezone.now()
    due = expired(now)
    for pk in due:
        booking.erase(ConsultationRequest.objects.get(pk=pk), now=now)
    erased, _by_model = expired_comments(now).delete()
    forget_clients(ConsultationRequest.objects.filter(requested_at__lt=now - limits.HOUR))
    forget_clients(Comment.objects.filter(added_at__lt=now - limits.HOUR))
    erase_unnamed_pictures(now)
    return len(due) + erased


def forget_clients(rows):
    """Forget from which network address these requests or comments came."""
    # "Greater than nothing", so that the index leads to the few that still know.
    rows.filter(client_digest__gt="").update(client_digest="")


def erase_unnamed_pictures(now):
    """Erase the pictures that neither a draft nor an edition names, a day after they were stored for a preview."""
    for name in pictures.stored_before(now - DAY):
        if not Photo.objects.filter(picture=name).exists() and not Edition.objects.naming(name).exists():
            pictures.withdraw(name)
