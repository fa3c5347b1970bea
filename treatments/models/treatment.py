"""A treatment: what holds its parts together, and whether the public may see it."""

from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, shaped, slug
from treatments.models.part import KEY

#: A language tag by its shape (BCP 47): en, he-IL, zh-Hant.
LANGUAGE = r"\A[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z"


class TreatmentQuerySet(models.QuerySet["Treatment"]):
    def public(self) -> Self:
        """Treatments with an edition that anyone may read now."""
        return self.filter(editions__isnull=False, withdrawn_at__isnull=True).distinct()

    def withdrawn(self) -> Self:
        """Treatments that the public could read once, and cannot any more."""
        return self.filter(withdrawn_at__isnull=False, editions__isnull=False).distinct()

    def with_parts(self) -> Self:
        """Treatments with every part and its sources, in a fixed number of queries."""
        from treatments.models import PARTS

        lookups = []
        for part in PARTS.values():
            lookups.append(part.related_name())
            if part.carries_sources():
                lookups.append(f"{part.related_name()}__sources")
        return self.prefetch_related(*lookups)


class Treatment(models.Model):
    """One treatment's draft. Visitors never see it: they read its newest edition."""

    slug = models.CharField(
        _("address"),
        max_length=80,
        unique=True,
        validators=[RegexValidator(KEY, _("Use small letters, digits and single hyphens."))],
        help_text=_("The last part of the page's address, for ever."),
    )
    name = models.CharField(_("name"), max_length=80, help_text=_("As in a list of treatments."))
    title = models.CharField(_("title"), max_length=120, help_text=_("The heading of the page."))
    answer = models.TextField(
        _("answer in one sentence"), help_text=_("What the treatment is and does, in at most 25 plain words.")
    )
    description = models.CharField(
        _("description"),
        max_length=165,
        help_text=_("For search results and the list of treatments, in at most 165 letters."),
    )
    language = models.CharField(
        _("language"),
        max_length=12,
        default="en",
        validators=[RegexValidator(LANGUAGE, _("Use a language tag such as en, ar or zh-Hant."))],
        help_text=_("Of the article's text, as a tag such as en or ar."),
    )
    translation_of = models.CharField(
        _("translation of"),
        max_length=80,
        blank=True,
        validators=[RegexValidator(KEY, _("Use small letters, digits and single hyphens."))],
        help_text=_("The address of the treatment whose page this one says in another language."),
    )
    reviewer = models.CharField(
        _("reviewed by"), max_length=160, blank=True, help_text=_("Name and profession of the clinician.")
    )
    review_date = models.DateField(_("reviewed on"), null=True, blank=True)
    next_review_date = models.DateField(_("next review by"), null=True, blank=True)
    publish_at = models.DateTimeField(
        _("publish at"), null=True, blank=True, help_text=_("Then the draft is published, if the gate lets it pass.")
    )
    publish_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("to be published by")
    )
    publish_note = models.CharField(_("what will have changed"), max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(
        _("withdrawn"), null=True, blank=True, help_text=_("Visitors are told that the page is gone.")
    )
    order = models.PositiveIntegerField(_("place in lists"), default=0)

    #: Of its newest edition, None without one; of rows that the list at the desk reads, others do not have it.
    newest_number: int | None

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        ordering = ["order", "name", "pk"]
        permissions = [
            ("publish_treatment", _("Can publish treatments")),
            ("confirm_treatment", _("Can confirm proposed lines and record a review")),
        ]
        constraints = [
            slug("treatment_slug_is_a_slug", "slug"),
            shaped(
                "treatment_language_is_a_tag",
                "language",
                like=["[A-Za-z]" * 2, "[A-Za-z]" * 2 + "-*", "[A-Za-z]" * 3, "[A-Za-z]" * 3 + "-*"],
                # No sign but these, no part shorter than two or longer than eight.
                unlike=["*[^A-Za-z0-9-]*", "*-", "*-?", "*-?-*", "*--*", f"*-{'[^-]' * 9}*"],
            ),
            *(filled("treatment", field) for field in ("name", "title", "answer", "description")),
            models.CheckConstraint(
                name="treatment_review_has_a_reviewer",
                condition=Q(review_date__isnull=True, reviewer="") | (Q(review_date__isnull=False) & ~Q(reviewer="")),
                violation_error_message=_("A review needs both a reviewer and a date."),
            ),
            models.CheckConstraint(
                name="treatment_next_review_is_later",
                condition=Q(next_review_date__isnull=True)
                | Q(review_date__isnull=False, next_review_date__gt=F("review_date")),
                violation_error_message=_("The next review must be later than the last one."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("treatments:treatment_detail", args=[self.slug])

    def clean(self) -> None:
        if self.translation_of and self.translation_of == self.slug:
            raise ValidationError({"translation_of": _("A page cannot be a translation of itself.")})
        if bool(self.review_date) != bool(self.reviewer):
            missing = "reviewer" if self.review_date else "review_date"
            raise ValidationError({missing: _("A review needs both a reviewer and a date.")})
        if not self.next_review_date:
            return
        if not self.review_date:
            raise ValidationError({"next_review_date": _("A next review needs a last one, with its reviewer.")})
        if self.next_review_date <= self.review_date:
            raise ValidationError({"next_review_date": _("The next review must be later than the last one.")})
