"""What the kinds of row that make a treatment have in common, and what each says of itself.

Whatever works on documents reads it here: no other place names a part to know how to treat it.
"""

from enum import Enum
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import slug


class Basis(models.TextChoices):
    CLINIC = "clinic", _("The clinic’s own")
    EVIDENCE = "evidence", _("Evidence")
    PROPOSED = "proposed", _("Proposed")


KEY = r"\A[a-z0-9]+(-[a-z0-9]+)*\Z"


class Prose(Enum):
    """How a text of the page is written. Either way the page explains the words of the glossary in it."""

    PLAIN = "plain"
    MARKDOWN = "markdown"


class Row(models.Model):
    """One row of one list of a treatment; `treatment` is its foreign key. Each kind says what it is below."""

    #: Django gives each kind its own.
    objects: ClassVar[models.Manager[Any]]

    #: The list's name in a document.
    part: ClassVar[str] = ""
    #: The column whose value no two rows of the list share, and which never changes.
    identified_by: ClassVar[str] = "key"
    #: The column that staff know a row by; a new row's key is made from it.
    named_by: ClassVar[str] = ""
    #: What the id of a row on the page begins with.
    anchor: ClassVar[str] = ""
    #: {column: Prose} of its texts in which words are explained, in reading order.
    prose: ClassVar[dict[str, Prose]] = {}
    #: How its choices, numbers or days are put into words, by a name in article.wording.
    worded_by: ClassVar[str] = ""
    #: The column in which no two rows of a document may say the same.
    said_once: ClassVar[str] = ""
    #: {column: part} of its columns that hold the key of another row.
    refers: ClassVar[dict[str, str]] = {}
    #: Whether its rows claim something that a patient could rely on.
    is_medical: ClassVar[bool] = False
    #: Whether a review covers its rows although they claim nothing.
    is_reviewed: ClassVar[bool] = False
    #: Whether its texts are ours, and addressed to patients.
    is_for_patients: ClassVar[bool] = True

    class Meta:
        abstract = True

    @classmethod
    def related_name(cls) -> str:
        """The treatment's attribute that gives the rows of this kind."""
        to_treatment = cls._meta.get_field("treatment")
        assert isinstance(to_treatment, models.ForeignKey)
        return str(to_treatment.remote_field.related_name)

    @classmethod
    def carries_sources(cls) -> bool:
        return issubclass(cls, Statement)

    @classmethod
    def in_order(cls, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """These rows of a document in the order in which a canonical document has them: most kinds as they are."""
        return rows


class Part(Row):
    """A row with a key that never changes, and a place in its list."""

    treatment = models.ForeignKey("treatments.Treatment", models.CASCADE, related_name="%(class)s_rows")
    key = models.CharField(
        _("key"),
        max_length=80,
        validators=[RegexValidator(KEY, _("Use small letters, digits and single hyphens."))],
        help_text=_("Part of the row's address on the page. Made once, never changed."),
    )
    order = models.PositiveIntegerField(_("place"), default=0)

    class Meta:
        abstract = True
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="%(class)s_key_unique_in_treatment",
                fields=["treatment", "key"],
                violation_error_message=_("Another row of this list has this key."),
            ),
            slug("%(class)s_key_is_a_slug", "key"),
        ]


class Statement(Part):
    """A part that claims something, and so says what the claim rests on."""

    is_medical = True

    basis = models.CharField(
        _("basis"),
        max_length=10,
        choices=Basis.choices,
        default=Basis.EVIDENCE,
        help_text=_(
            "The clinic’s own: a figure or practice of yours. "
            "Proposed: usual practice that a clinician still has to confirm."
        ),
    )
    sources = models.ManyToManyField("treatments.Source", blank=True, related_name="+")
    note = models.TextField(_("note for staff"), blank=True, help_text=_("Never shown to patients."))

    class Meta(Part.Meta):
        abstract = True
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(name="%(class)s_basis_is_known", condition=Q(basis__in=Basis.values)),
        ]


#: The code of what `in_order` raises; its params hold the other column and its number.
OUT_OF_ORDER = "out-of-order"


def in_order(row: Row, low: str, high: str) -> None:
    """Raise ValidationError on the column `high` if its number is less than that of the column `low`."""
    first, second = getattr(row, low), getattr(row, high)
    if first is not None and second is not None and first > second:
        field = row._meta.get_field(low)
        assert isinstance(field, models.Field)
        says = _("This must not be less than “%(name)s”, which is %(first)s.")
        params = {"name": field.verbose_name, "column": low, "first": first}
        raise ValidationError({high: ValidationError(says, code=OUT_OF_ORDER, params=params)})
