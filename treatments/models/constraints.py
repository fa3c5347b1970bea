"""Small makers of database constraints that many models share."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

#: The minutes at which five-minute cells begin.
FIVES = range(0, 60, 5)


def filled(table, field):
    """The text column is never empty."""
    return models.CheckConstraint(
        name=f"{table}_{field}_is_filled",
        condition=~Q(**{field: ""}),
        violation_error_message=_("This text is needed."),
    )


def known(table, field, choices, *, blank=False):
    """The column holds one of the choices, or nothing where `blank`."""
    values = [*choices.values, *([""] if blank else [])]
    return models.CheckConstraint(name=f"{table}_{field}_is_known", condition=Q(**{f"{field}__in": values}))


def ordered(table, low, high):
    """`low` is not above `high`; either may be missing."""
    return models.CheckConstraint(
        name=f"{table}_{low}_not_above_{high}",
        condition=Q(**{f"{low}__isnull": True}) | Q(**{f"{high}__isnull": True}) | Q(**{f"{low}__lte": F(high)}),
        violation_error_message=_("The first number must not be larger than the second."),
    )
