"""The people who treat at the clinic."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.clinic import Clinic
from treatments.models.constraints import filled


class Clinician(models.Model):
    """Somebody who treats at the clinic, with the number under which a public register has them."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="clinicians", default=Clinic.ONLY)
    name = models.CharField(_("name"), max_length=120, help_text=_("As patients should say it: “Dr Aisyah Lim”."))
    title = models.CharField(_("what they are"), max_length=120, blank=True, help_text=_("“Dermatologist”."))
    register = models.CharField(
        _("register"), max_length=120, help_text=_("Who keeps it: “Malaysian Medical Council”.")
    )
    register_number = models.CharField(_("number in it"), max_length=40)
    picture = models.CharField(
        _("picture"), max_length=80, blank=True, validators=[RegexValidator(r"\A[0-9a-f]{64}\.webp\Z")], editable=False
    )
    width = models.PositiveIntegerField(_("width, pixels"), default=0, editable=False)
    height = models.PositiveIntegerField(_("height, pixels"), default=0, editable=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("clinician")
        verbose_name_plural = _("clinicians")
        ordering = ["order", "pk"]
        constraints = [
            filled("clinician", "name"),
            filled("clinician", "register"),
            filled("clinician", "register_number"),
        ]

    def __str__(self) -> str:
        return self.name
