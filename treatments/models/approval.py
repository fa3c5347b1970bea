"""The board's approvals of treatment pages as advertisements."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled
from treatments.models.edition import Edition


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def newest_of(self, slug: str) -> "Approval | None":
        """The approval that was recorded last for any edition of this treatment, or None."""
        return self.filter(edition__treatment__slug=slug).select_related("edition").order_by("-pk").first()

    def newest_of_each(self) -> "dict[int, Approval]":
        """For each treatment's id the approval that was recorded last."""
        return {row.edition.treatment_id: row for row in self.select_related("edition").order_by("pk")}


class Approval(models.Model):
    """The number under which a page may be shown as an advertisement, and the edition that it was given for.

    In Malaysia a medical service may be advertised only with the approval of the Medicine Advertisements Board, whose
    number is shown: Medicines (Advertisement and Sale) Act 1956, section 4A. An approval belongs to words, and an
    edition is never changed, so a later edition with other words can be told from the one that was approved.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="approvals", verbose_name=_("approved edition"))
    number = models.CharField(_("approval number"), max_length=60, help_text=_("As the board writes it."))
    scope = models.TextField(
        _("what it covers"), blank=True, help_text=_("In your words: the page, prices, the word “free”, and so on.")
    )
    expires_on = models.DateField(_("valid until"), help_text=_("The last day, by the clinic's calendar."))

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("advertising approval")
        verbose_name_plural = _("advertising approvals")
        ordering = ["-pk"]
        constraints = [filled("approval", "number")]

    def __str__(self) -> str:
        return self.number
