"""Why a sentence stands although it sounds as if it promised too much."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled
from treatments.models.part import Part


class Waiver(Part):
    """A clinician's word for one sentence against one claim pattern. It holds until the sentence changes."""

    part = "waivers"
    named_by = "claim"
    is_for_patients = False

    claim = models.CharField(_("claim"), max_length=40, help_text=_("The id of a pattern in content/claims.toml."))
    sentence = models.TextField(_("sentence"))
    reason = models.TextField(_("why it stands"))
    clinician = models.CharField(_("clinician"), max_length=160)

    class Meta(Part.Meta):
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        constraints = [
            *Part.Meta.constraints,
            *(filled("waiver", field) for field in ("claim", "sentence", "reason", "clinician")),
        ]

    def __str__(self) -> str:
        return f"{self.claim}: {self.sentence[:60]}"
