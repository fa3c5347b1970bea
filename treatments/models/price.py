"""Prices: what the clinic asks for, as examples that readers can compare."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known
from treatments.models.part import Statement, in_order

#: The code of a currency in ISO 4217.
CURRENCY = r"\A[A-Z]{3}\Z"


class Per(models.TextChoices):
    """What a price pays for."""

    SESSION = "session", _("One session")
    COURSE = "course", _("The whole course")


class Price(Statement):
    """What one thing costs, from an amount to another, in the clinic's own currency."""

    part = "prices"
    named_by = "what"
    anchor = "price"
    worded_by = "amount"

    what = models.CharField(_("what"), max_length=120, help_text=_("For example “A tattoo the size of a palm”."))
    least = models.DecimalField(_("from"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    most = models.DecimalField(
        _("to"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Empty: “from”. The same as the first: that very amount."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[RegexValidator(CURRENCY, _("Give the three letters of ISO 4217, such as MYR."))],
    )
    per = models.CharField(_("pays for"), max_length=10, choices=Per.choices)
    until = models.DateField(_("holds until"), null=True, blank=True)

    class Meta(Statement.Meta):
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            *Statement.Meta.constraints,
            filled("price", "what"),
            filled("price", "currency"),
            known("price", "per", Per),
            models.CheckConstraint(
                name="price_amounts_in_order",
                condition=Q(least__gte=0) & (Q(most__isnull=True) | Q(most__gte=models.F("least"))),
                violation_error_message=_("The second amount must not be less than the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def clean(self) -> None:
        in_order(self, "least", "most")
