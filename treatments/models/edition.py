"""What has been published: the whole treatment as one document, once and for all."""

import json
from typing import Any, Never, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, shaped
from treatments.models.private_link import new_secret
from treatments.values import document_format
from treatments.values.row_types import Document


class EditionQuerySet(models.QuerySet["Edition"]):
    def newest(self, slug: str) -> "Edition | None":
        """The edition that visitors of /treatments/<slug>/ read now, or None."""
        return self.public().select_related("treatment").filter(treatment__slug=slug).order_by("-number").first()

    def public(self) -> Self:
        """Editions of treatments that are not withdrawn."""
        return self.filter(treatment__withdrawn_at__isnull=True)

    def newest_of_each(self) -> Self:
        """The newest public edition of every treatment, in the order of the list of treatments.

        That order goes by their slugs, which stay: a new name in the draft must not move what is public.
        """
        newer = Edition.objects.filter(treatment=models.OuterRef("treatment"), number__gt=models.OuterRef("number"))
        return (
            self.public()
            .filter(~models.Exists(newer))
            .select_related("treatment")
            .order_by("treatment__order", "treatment__slug")
        )

    def family(self, original: str) -> Self:
        """The newest public editions that say in several languages what this treatment, by its slug, says in its own.

        Without their documents.
        """
        is_original = models.Q(treatment__slug=original, translation_of="")
        members = self.newest_of_each().filter(is_original | models.Q(translation_of=original))
        return members.order_by("language", "treatment__slug").defer("document")

    def naming(self, picture: str) -> Self:
        """Editions whose document names the picture with this file name."""
        return self.filter(document__contains=picture)

    def renew_tokens(self) -> None:
        """Give every page of every edition another cache key and ETag: no page of before is taken for one of now."""
        for pk in self.values_list("pk", flat=True):
            # A token is no part of what was published, so this goes past our own `update`.
            models.QuerySet.update(self.filter(pk=pk).order_by(), token=new_secret())

    def update(self, **values: Any) -> Never:
        raise TypeError("An edition is never changed; publish a new one.")

    def delete(self) -> Never:
        raise TypeError("An edition is never deleted; withdraw the treatment instead.")


class Edition(models.Model):
    """One publication of a treatment. Rows are only ever added."""

    treatment = models.ForeignKey(
        "treatments.Treatment", models.PROTECT, related_name="editions", verbose_name=_("treatment")
    )
    number = models.PositiveIntegerField(_("number"))
    document = models.TextField(_("document"), help_text=_("The whole treatment as canonical JSON."))
    digest = models.CharField(_("SHA-256 of the document"), max_length=64)
    is_sample = models.BooleanField(
        _("sample"), default=True, help_text=_("Public, but marked as awaiting clinical review.")
    )
    next_review_date = models.DateField(_("next review by"), null=True)
    language = models.CharField(_("language"), max_length=12, default="en", help_text=_("Of its document."))
    translation_of = models.CharField(
        _("translation of"),
        max_length=80,
        blank=True,
        help_text=_("The address of the treatment whose page its document says in another language."),
    )
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("published by")
    )
    token = models.CharField(
        max_length=32,
        unique=True,
        default=new_secret,
        editable=False,
        help_text=_("Random: restoring a database takes numbers back, and the next edition must not pass for another."),
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["treatment", "-number"]
        constraints = [
            models.UniqueConstraint(name="edition_number_unique_in_treatment", fields=["treatment", "number"]),
            models.CheckConstraint(name="edition_number_starts_at_one", condition=models.Q(number__gte=1)),
            shaped("edition_digest_is_sha256", "digest", like=["[0-9a-f]" * 64]),
            filled("edition", "document"),
        ]

    def __str__(self) -> str:
        return _("%(treatment)s, edition %(number)s") % {"treatment": self.treatment, "number": self.number}

    def save(self, **kwargs: Any) -> None:
        """Add the row; TypeError if it is already there."""
        if not self._state.adding:
            raise TypeError("An edition is never changed; publish a new one.")
        super().save(**kwargs)

    def delete(self, using: Any = None, keep_parents: bool = False) -> Never:
        raise TypeError("An edition is never deleted; withdraw the treatment instead.")

    @property
    def original(self) -> str:
        """The slug of the treatment that it is a translation of; its own if it is none."""
        return self.translation_of or self.treatment.slug

    def earlier(self) -> EditionQuerySet:
        """The twenty editions before this one, the newest first, for readers who want to know what changed."""
        others = Edition.objects.filter(treatment=self.treatment_id, number__lt=self.number)
        return others.order_by("-number").defer("document")[:20]

    def content(self) -> Document:
        """The document as plain data, in the newest format.

        Raises document_format.Refused for a format that this version does not know.
        """
        stored: Document = json.loads(self.document)
        return document_format.upgrade(stored)
