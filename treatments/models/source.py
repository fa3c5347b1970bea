"""Where statements come from."""

import re
import unicodedata
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known, shaped
from treatments.models.part import Row

#: In capitals alone, so that no two references differ in case: they are ids on the page.
REFERENCE = r"\A[A-Z]+[0-9]*\Z"
#: What stands between references: blanks, commas and semicolons, also those of other scripts.
BETWEEN = re.compile(r"[\s,;，；、،؛]+")


def reference_of(text: str) -> str:
    """A reference as it was meant: “r9”, “[R9]”, “R9.” and full-width “Ｒ９” are all R9. Other text stays as it is."""
    meant = unicodedata.normalize("NFKC", text).strip(" \n[](){}.,;:").upper()
    return meant if re.search(REFERENCE, meant) else text


def references_in(text: str) -> list[str]:
    """The references of a text, each once, in its order."""
    return list(dict.fromkeys(filter(None, map(reference_of, BETWEEN.split(text)))))


def by_reference(reference: str) -> tuple[str, int, str, str]:
    """Sort key: R9 stands before R10."""
    letters, digits = re.findall(r"\A(\D*)0*(\d*)", reference)[0]
    return letters, len(digits), digits, reference


class EvidenceKind(models.TextChoices):
    OFFICIAL = "official", _("Official body or regulator")
    REVIEW = "review", _("Review of studies")
    TRIAL = "trial", _("Trial")
    STUDY = "study", _("Study or case series")
    PATIENT_INFORMATION = "patient-information", _("Patient information of a hospital or society")
    BOOK = "book", _("Textbook")
    REPORT = "report", _("News or conference report")
    PROVIDER = "provider", _("Another provider's sheet")


class Source(Row):
    """Something a statement of one treatment rests on, known by a short reference such as R9."""

    part = "sources"
    identified_by = "reference"
    named_by = "title"
    is_reviewed = True
    is_for_patients = False

    treatment = models.ForeignKey("treatments.Treatment", models.CASCADE, related_name="sources")
    reference = models.CharField(
        _("reference"),
        max_length=20,
        validators=[RegexValidator(REFERENCE, _("Use capital letters and then a number, such as R9."))],
    )
    title = models.CharField(_("title"), max_length=400)
    publisher = models.CharField(_("publisher or journal"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, validators=[MinValueValidator(1500), MaxValueValidator(2200)]
    )
    url = models.CharField(
        _("URL"),
        max_length=400,
        blank=True,
        validators=[
            URLValidator(["http", "https"], message=_("Give the whole address, such as https://example.org/."))
        ],
        help_text=_("The publisher's own page. Leave empty rather than link a copy."),
    )
    evidence = models.CharField(_("kind of evidence"), max_length=30, choices=EvidenceKind.choices)
    checked_date = models.DateField(_("last checked on"), null=True, blank=True)
    shown = models.BooleanField(
        _("shown to readers"),
        default=False,
        help_text=_("A statement whose sources are all unshown reads “usual practice”."),
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="source_reference_unique_in_treatment",
                fields=["treatment", "reference"],
                violation_error_message=_("Another source of this treatment has this reference."),
            ),
            shaped("source_reference_is_short", "reference", like=["[A-Z]*"], unlike=["*[^A-Z0-9]*", "*[0-9][A-Z]*"]),
            filled("source", "title"),
            known("source", "evidence", EvidenceKind),
            models.CheckConstraint(
                name="source_year_is_plausible", condition=Q(year__isnull=True) | Q(year__range=(1500, 2200))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @classmethod
    def in_order(cls, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(rows, key=lambda row: by_reference(row.get("reference", "")))
