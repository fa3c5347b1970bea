"""Who asked for a private link again."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Every column is declared, as those of a request are: what is personal, what is kept, and what only machines need.
PERSONAL = ("email",)
KEPT = ("asked_at", "answered_at")
TECHNICAL = ("id", "mailbox_digest", "client_digest")


class LinkAsked(models.Model):
    """Somebody asked for the links of an email address to be sent again; whether there are any, the worker looks up.

    So the answer to a known and to an unknown address is the same, and takes as long. The address is emptied as soon
    as it was answered; the digests, by which askings are counted, are emptied in the night after.
    """

    email = models.EmailField(_("email"), blank=True)
    mailbox_digest = models.CharField(max_length=64, editable=False)
    client_digest = models.CharField(max_length=64, blank=True, editable=False)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, db_index=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("asking for a link")
        verbose_name_plural = _("askings for a link")
        indexes = [
            models.Index(fields=["mailbox_digest", "asked_at"], name="link_asked_of_mailbox"),
            models.Index(fields=["client_digest", "asked_at"], name="link_asked_of_client"),
        ]
        constraints = [
            models.CheckConstraint(
                name="link_asked_has_an_address_until_answered",
                condition=models.Q(answered_at__isnull=True) | models.Q(email=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
