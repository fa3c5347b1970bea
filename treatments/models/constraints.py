"""Small makers of database constraints that many models share.

They are plain SQL: no constraint calls a function that only Django's own connections have, so that any program for the
database can copy, check and rebuild it.
"""

import functools
import operator
import re

from django.db import models
from django.db.models import CharField, DateTimeField, F, Lookup, Q, TextField, TimeField
from django.utils.translation import gettext_lazy as _

#: How a moment or a time of day reads at which a five-minute cell begins: no fraction of a second follows.
FIVES = ("*:?[05]:00", "*:?[05]:00[^.]*")


@CharField.register_lookup
@TextField.register_lookup
@DateTimeField.register_lookup
@TimeField.register_lookup
class Glob(Lookup):
    """Whether a value, as text, matches a pattern of *, ?, [a-z] and [^a-z] as a whole: GLOB on SQLite, ~ elsewhere."""

    lookup_name = "glob"
    # The pattern of a moment is none.
    prepare_rhs = False

    def as_sqlite(self, compiler, connection):
        text, text_parameters = self.process_lhs(compiler, connection)
        pattern, pattern_parameters = self.process_rhs(compiler, connection)
        return f"{text} GLOB {pattern}", (*text_parameters, *pattern_parameters)

    def as_postgresql(self, compiler, connection):
        text, text_parameters = self.process_lhs(compiler, connection)
        pattern, pattern_parameters = self.process_rhs(compiler, connection)
        return f"{text}::text ~ {pattern}", (*text_parameters, *map(expression_of, pattern_parameters))


def expression_of(pattern):
    """The regular expression that matches what the pattern does; what stands in [brackets] is the same in both."""
    signs = {"*": ".*", "?": "."}
    pieces = re.findall(r"\[.+?\]|.", pattern, re.S)
    return f"^{''.join(piece if len(piece) > 1 else signs.get(piece, re.escape(piece)) for piece in pieces)}$"


def any_of(field, patterns):
    """The condition that the text column matches at least one of these patterns."""
    return functools.reduce(operator.or_, (Q(**{f"{field}__glob": pattern}) for pattern in patterns))


def shaped(name, field, *, like, unlike=()):
    """The text column matches one of the patterns `like` and none of `unlike`; see `Glob`."""
    condition = any_of(field, like) & ~any_of(field, unlike) if unlike else any_of(field, like)
    return models.CheckConstraint(name=name, condition=condition)


def slug(name, field):
    """The text column holds small letters and digits, with single hyphens between them."""
    return shaped(name, field, like=["[a-z0-9]*"], unlike=["*[^a-z0-9-]*", "*--*", "*-"])


def on_five_minutes(name, *fields, **options):
    """The moments or times of day are whole multiples of five minutes."""
    condition = functools.reduce(operator.and_, (any_of(field, FIVES) for field in fields))
    return models.CheckConstraint(name=name, condition=condition, **options)


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
