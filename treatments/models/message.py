"""What we have to say to patients and to the clinic: rows first, sent later."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known


class MessageKind(models.TextChoices):
    CONFIRMED = "confirmed", _("Your time is held")
    PROMISE = "promise", _("We will call you")
    CHANGED = "changed", _("Your time has changed")
    CANCELLED = "cancelled", _("Your consultation is cancelled")
    REMINDER_3_DAYS = "reminder-3-days", _("Reminder, 3 days before")
    REMINDER_1_DAY = "reminder-1-day", _("Reminder, the day before")
    OFFER = "offer", _("Times to choose from")
    LINK = "link", _("Your private link")
    CLINIC_NOTICE = "clinic-notice", _("To the clinic: something has happened")
    NOT_PUBLISHED = "not-published", _("To the editor: it was not published")
    REVIEW_DUE = "review-due", _("To the clinic: a review runs out soon")
    CALL_TO_CONFIRM = "call-to-confirm", _("Call to confirm")
    CALL_TO_REMIND = "call-to-remind", _("Call to remind")
    LOOK_AGAIN = "look-again", _("Look again: hours changed over a held visit")


#: What a person does, not the worker: items of the desk's list.
BY_HAND = (MessageKind.CALL_TO_CONFIRM, MessageKind.CALL_TO_REMIND, MessageKind.LOOK_AGAIN)
#: What is about a treatment, and not about a request.
ABOUT_TREATMENT = (MessageKind.NOT_PUBLISHED, MessageKind.REVIEW_DUE)
TO_CLINIC = (MessageKind.CLINIC_NOTICE, *ABOUT_TREATMENT)


class MessageState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Done")
    FAILED = "failed", _("Not delivered")
    CANCELLED = "cancelled", _("Cancelled")


class MessageQuerySet(models.QuerySet):
    def due(self, now):
        """What the worker should send now, the oldest first."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        waiting = self.filter(free, state=MessageState.QUEUED, not_before__lte=now)
        return waiting.exclude(kind__in=BY_HAND).order_by("not_before", "pk")

    def by_hand(self, now):
        """What the desk should do now, the oldest first."""
        return self.filter(state=MessageState.QUEUED, kind__in=BY_HAND, not_before__lte=now).order_by("not_before")

    def take_back(self, event):
        """Take back what has not gone out, because of an act."""
        return self.filter(state=MessageState.QUEUED).update(state=MessageState.CANCELLED, ended_by=event)

    def failed(self):
        """What patients were not told and nobody has dealt with, the oldest first; of erased ones nobody need know."""
        failed = self.filter(state=MessageState.FAILED, request__isnull=False, request__erased_at__isnull=True)
        return failed.order_by("not_before")


class Message(models.Model):
    """One message to send, or one call to make. Its text is written when it goes out, so nothing in it is stale."""

    request = models.ForeignKey(
        "treatments.ConsultationRequest", models.CASCADE, null=True, related_name="messages", verbose_name=_("request")
    )
    treatment = models.ForeignKey(
        "treatments.Treatment", models.CASCADE, null=True, related_name="messages", verbose_name=_("treatment")
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("to whom of the staff")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind.choices)
    made_by = models.ForeignKey(
        "treatments.RequestEvent", models.SET_NULL, null=True, related_name="made", verbose_name=_("because of")
    )
    ended_by = models.ForeignKey(
        "treatments.RequestEvent",
        models.SET_NULL,
        null=True,
        related_name="ended",
        verbose_name=_("taken back or done because of"),
    )
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    key = models.CharField(max_length=80, unique=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("For staff messages. Nothing personal."))
    not_before = models.DateTimeField(_("not before"), default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, editable=False)
    lease_owner = models.CharField(max_length=22, blank=True, editable=False)
    fault = models.CharField(_("why it was not delivered"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-not_before", "-pk"]
        indexes = [
            models.Index(fields=["state", "not_before"], name="message_of_state"),
            models.Index(fields=["kind", "not_before"], name="message_of_kind"),
        ]
        constraints = [
            known("message", "kind", MessageKind),
            known("message", "state", MessageState),
            filled("message", "key"),
            models.CheckConstraint(
                name="message_is_about_a_request_or_a_treatment",
                condition=Q(kind__in=ABOUT_TREATMENT, request__isnull=True, treatment__isnull=False)
                | (~Q(kind__in=ABOUT_TREATMENT) & Q(request__isnull=False, treatment__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_sent_has_its_moment",
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (~Q(state=MessageState.SENT) & Q(sent_at__isnull=True)),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.get_state_display()})"

    @property
    def is_to_patient(self):
        return self.kind not in TO_CLINIC

    @property
    def is_on_its_way(self):
        """Whether it was sent, or is being sent at this moment, so that nobody can take it back."""
        return self.state in (MessageState.SENT, MessageState.FAILED) or bool(self.lease_owner)
