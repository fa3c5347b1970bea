"""What the reviewer of a treatment has read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled


class ReviewedStatement(models.Model):
    """One statement as it was read at the newest review of its treatment. The next review replaces them all.

    It is kept apart from the document and its format: what was read still counts as read when a newer format writes it
    otherwise.
    """

    treatment = models.ForeignKey("treatments.Treatment", models.CASCADE, related_name="reviewed_statements")
    part = models.CharField(_("part"), max_length=40, blank=True, help_text=_("Empty for the page itself."))
    key = models.CharField(_("key"), max_length=80, blank=True)
    digest = models.CharField(_("SHA-256 of what it says"), max_length=64)
    words = models.JSONField(_("what it says"), help_text=_("Readers' words, sources and basis by column."))

    class Meta:
        verbose_name = _("reviewed statement")
        verbose_name_plural = _("reviewed statements")
        constraints = [
            models.UniqueConstraint(name="reviewed_statement_is_seen_once", fields=["treatment", "part", "key"]),
            filled("reviewed_statement", "digest"),
        ]

    def __str__(self) -> str:
        return f"{self.part}/{self.key}"
