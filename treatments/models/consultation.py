"""What patients ask of us."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled


class ConsultationRequest(models.Model):
    """One patient's wish for a free consultation."""

    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("email"), blank=True)
    treatment = models.ForeignKey(
        "treatments.Treatment",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="consultation_requests",
        verbose_name=_("treatment"),
    )
    message = models.TextField(_("message"), max_length=2000, blank=True)
    consent_notice = models.ForeignKey(
        "treatments.Notice",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("consent notice seen"),
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("consultation request")
        verbose_name_plural = _("consultation requests")
        ordering = ["requested_at", "pk"]
        constraints = [
            filled("consultation_request", "name"),
            models.CheckConstraint(
                name="consultation_request_can_be_answered",
                condition=~Q(email="") | ~Q(phone=""),
                violation_error_message=_("Enter an email address or a phone number."),
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.requested_at:%Y-%m-%d %H:%M}"
