"""What the clinic promises in writing."""

from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.clinic import Clinic
from treatments.models.constraints import filled, known
from treatments.values.moments import title_of_day


class NoticeKind(models.TextChoices):
    PRIVACY = "privacy", _("Privacy notice")
    ACCESSIBILITY = "accessibility", _("Accessibility notice")
    CONSENT = "consent", _("Consent notice")


class NoticeQuerySet(models.QuerySet["Notice"]):
    @transaction.atomic
    def add(self, **values: Any) -> "Notice":
        """Add a wording, by its columns, which the public reads from now on; returns the row."""
        Clinic.objects.touch()
        return self.create(**values)

    def newest(self, kind: str) -> "Notice | None":
        """The notice of this NoticeKind that holds today, or None."""
        return self.filter(kind=kind).order_by("-pk").first()


class Notice(models.Model):
    """A dated text that visitors may rely on. A new wording is a new row; old rows stay as they are."""

    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind.choices)
    text = models.TextField(_("text"), help_text=_("Markdown: paragraphs, lists, links and headings."))
    is_bundled = models.BooleanField(_("came with the software"), default=False, editable=False)
    added_at = models.DateTimeField(_("valid from"), default=timezone.now, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["kind", "-pk"]
        indexes = [models.Index(fields=["kind", "-id"], name="notice_newest_of_kind")]
        constraints = [known("notice", "kind", NoticeKind), filled("notice", "text")]

    def __str__(self) -> str:
        return _("%(kind)s of %(day)s") % {"kind": self.get_kind_display(), "day": title_of_day(self.added_at)}
