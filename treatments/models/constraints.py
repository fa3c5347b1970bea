"""Small makers of database constraints that many models share.

They are plain SQL: no constraint calls a function that only Django's own connections have, so that any program for the
database can copy, check and rebuild it.
"""

import functools
import operator
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, CheckConstraint, DateTimeField, F, Lookup, Q, TextField, TimeField
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    LookupOfText = Lookup[str]
else:
    # Django's class takes no type when the code runs.
    LookupOfText = Lookup

#: How a moment or a time of day reads at which a five-minute cell begins: no fraction of a second follows.
FIVES = ("*:?[05]:00", "*:?[05]:00[^.]*")


@CharField.register_lookup
@TextField.register_lookup
@DateTimeField.register_lookup
@TimeField.register_lookup
class Glob(LookupOfText):
    """Whether a value, as text, matches a pattern of *, ?, [a-z] and [^a-z] as a whole.

    It is the operator GLOB on SQLite, and ~ with a regular expression on PostgreSQL.
    """

    lookup_name = "glob"
    # A pattern stays text, also where the column holds moments: it is no moment itself.
    prepare_rhs = False

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        text, text_parameters = self.process_lhs(compiler, connection)
        pattern, pattern_parameters = self.process_rhs(compiler, connection)
        return f"{text} GLOB {pattern}", (*text_parameters, *pattern_parameters)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        text, text_parameters = self.process_lhs(compiler, connection)
        pattern, pattern_parameters = self.process_rhs(compiler, connection)
        expressions = [expression_of(str(parameter)) for parameter in pattern_parameters]
        return f"{text}::text ~ {pattern}", (*text_parameters, *expressions)


def expression_of(pattern: str) -> str:
    """The regular expression that matches what a GLOB pattern does; [brackets] mean the same in both languages."""
    signs = {"*": ".*", "?": "."}
    pieces = re.findall(r"\[.+?\]|.", pattern, re.S)
    return f"^{''.join(piece if len(piece) > 1 else signs.get(piece, re.escape(piece)) for piece in pieces)}$"


def any_of(field: str, patterns: Iterable[str]) -> Q:
    """The condition that the column, as text, matches at least one of these patterns."""
    return functools.reduce(operator.or_, (Q(**{f"{field}__glob": pattern}) for pattern in patterns))


def shaped(name: str, field: str, *, like: Iterable[str], unlike: Iterable[str] = ()) -> CheckConstraint:
    """The text column matches one of the patterns `like` and none of `unlike`; see `Glob`."""
    condition = any_of(field, like) & ~any_of(field, unlike) if unlike else any_of(field, like)
    return CheckConstraint(name=name, condition=condition)


def slug(name: str, field: str) -> CheckConstraint:
    """The text column holds small letters and digits, with single hyphens between them."""
    return shaped(name, field, like=["[a-z0-9]*"], unlike=["*[^a-z0-9-]*", "*--*", "*-"])


def on_five_minutes(name: str, *fields: str, **options: Any) -> CheckConstraint:
    """The moments or times of day are whole multiples of five minutes; `options` go to CheckConstraint."""
    condition = functools.reduce(operator.and_, (any_of(field, FIVES) for field in fields))
    return CheckConstraint(name=name, condition=condition, **options)


def filled(table: str, field: str) -> CheckConstraint:
    """The text column is never empty."""
    return CheckConstraint(
        name=f"{table}_{field}_is_filled",
        condition=~Q(**{field: ""}),
        violation_error_message=_("This text is needed."),
    )


def known(table: str, field: str, choices: type[models.Choices], *, blank: bool = False) -> CheckConstraint:
    """The column holds one of the choices, or nothing where `blank`."""
    values = [*choices.values, *([""] if blank else [])]
    return CheckConstraint(name=f"{table}_{field}_is_known", condition=Q(**{f"{field}__in": values}))


def ordered(table: str, low: str, high: str) -> CheckConstraint:
    """`low` is not above `high`; either may be missing."""
    return CheckConstraint(
        name=f"{table}_{low}_not_above_{high}",
        condition=Q(**{f"{low}__isnull": True}) | Q(**{f"{high}__isnull": True}) | Q(**{f"{low}__lte": F(high)}),
        violation_error_message=_("The first number must not be larger than the second."),
    )
