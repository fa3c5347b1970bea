"""Plain data, as read from a file or an edition, brought into the shape of a document, or what is wrong with it."""

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from treatments.models import PARTS, Part, Row, Source, Treatment
from treatments.models.part import OUT_OF_ORDER
from treatments.models.source import REFERENCE, by_reference, reference_of
from treatments.publication import between_rows
from treatments.publication.document import (
    HEAD,
    Column,
    cleaned_text,
    fields_of,
    head_columns,
    keys_of,
    make_key,
    plain,
    without_empty,
)
from treatments.publication.problem import Place, Problem
from treatments.text import cleaning
from treatments.values.document_format import FORMAT
from treatments.values.row_types import Document

#: The least and the greatest whole number that PostgreSQL holds in a column of each kind; SQLite holds more.
RANGES: dict[type[Column], tuple[int, int]] = {
    models.SmallIntegerField: (-32768, 32767),
    models.PositiveSmallIntegerField: (0, 32767),
    models.PositiveIntegerField: (0, 2147483647),
}


@dataclass
class Checked:
    """A document in canonical shape and what is wrong with it.

    With problems the document is not whole: what was wrong is left out of it.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)


def check(data: object) -> Checked:
    """Bring plain data of the newest format, as read from a file or an edition, into canonical shape.

    The document that comes out may be stored only if there are no problems. `data` stays as it is. Costs no query.
    """
    checker = Checker()
    document = checker.treatment(data)
    # Without problems it has the keys and values of the type, which no static check can know.
    return Checked(cast(Document, document), checker.problems)


class Checker:
    """Walks plain data once and notes every problem with its place."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, place: Place, says: str) -> None:
        self.problems.append(Problem(place, says))

    def treatment(self, data: object) -> dict[str, Any]:
        """The whole document; empty for data that has no keys at all."""
        if not isinstance(data, dict):
            self.problem(Place(), _("the treatment must be a table of keys and values, such as a TOML file holds"))
            return {}
        document: dict[str, Any] = {"format": FORMAT}
        self.unknown_keys(Place(), data, ["format", *HEAD, *PARTS])
        before = len(self.problems)
        values = self.columns(Place(), data, head_columns())
        document.update(values)
        if len(self.problems) == before:
            self.whole_row(Place(), Treatment, values)
        for part, model in PARTS.items():
            rows = self.rows(part, data.get(part, []))
            if rows:
                document[part] = model.in_order(rows)
        self.references(document)
        self.problems.extend(between_rows.problems(document))
        return document

    def rows(self, part: str, data: object) -> list[dict[str, Any]]:
        """The rows of a part, in the order of the data; a row without a key is given one."""
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            self.problem(Place(part), _("must be a list of tables; begin each with [[%(part)s]]") % {"part": part})
            return []
        model = PARTS[part]
        taken: set[Any] = set()
        rows: list[dict[str, Any]] = []
        given = {row["key"] for row in data if isinstance(row.get("key"), str)}
        for number, row in enumerate(data):
            place = Place(part, number)
            if issubclass(model, Part) and "key" not in row:
                row = {"key": make_key(model, row, given | taken), **row}
            rows.append(self.row(place, part, row))
            name = rows[-1].get(model.identified_by)
            # One whose key is wrong has none here, and was told so.
            if name is not None and name in taken:
                twice = _("“%(name)s” stands twice in %(part)s; give this one another") % {"name": name, "part": part}
                self.problem(place.at(model.identified_by), twice)
            taken.add(name)
        self.once(part, rows)
        return rows

    def row(self, place: Place, part: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """One row of a part, without what is wrong in it."""
        model = PARTS[part]
        self.unknown_keys(place, data, keys_of(part))
        before = len(self.problems)
        values = self.columns(place, data, fields_of(model))
        if model.carries_sources():
            references = self.reference_list(place.at("sources"), data.get("sources", []))
            if references:
                values["sources"] = references
        if len(self.problems) == before:
            self.whole_row(place, model, values)
        return values

    def unknown_keys(self, place: Place, data: Iterable[object], known: Sequence[str]) -> None:
        for key in data:
            if key not in known:
                self.problem(place.at(key), unknown_key(key, known))

    def columns(self, place: Place, data: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
        """The values of these columns in canonical form, without those that are empty or wrong."""
        pairs = []
        for column in columns:
            value = self.column(place.at(column.name), column, data.get(column.name))
            pairs.append((column.name, value))
        return without_empty(pairs)

    def column(self, place: Place, column: Column, value: Any) -> str | float | None:
        """The value in its canonical form, or None where it is empty or wrong."""
        if value is None and column.has_default():
            value = column.get_default()
        try:
            value = typed(column, value)
            if value in (None, ""):
                if not column.blank:
                    self.problem(place, _("is needed; it is missing or empty"))
                return None
            return plain(column, column.clean(value, None))
        except ValidationError as error:
            self.problem(place, " ".join(error.messages))
            return None

    def reference_list(self, place: Place, value: object) -> list[str]:
        """The references of a row as they were meant, such as R9 for “[r9]”, in the order of the data."""
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(place, _('must be a list of references such as ["R9", "R16"]'))
            return []
        return [reference_of(item) for item in value]

    def whole_row(self, place: Place, model: type[Row | Treatment], values: Mapping[str, Any]) -> None:
        """The rules between the columns of one row."""
        columns = {name: value for name, value in values.items() if name != "sources"}
        for column in model._meta.fields:
            if column.name in columns:
                columns[column.name] = column.to_python(columns[column.name])
        try:
            model(**columns).clean()
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                for name, errors in error.error_dict.items():
                    self.problem(place.at(name), " ".join(map(said_with_keys, errors)))
            else:
                self.problem(place, " ".join(error.messages))

    def once(self, part: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """What only one row of a part may say; small and capital letters count as the same."""
        name = PARTS[part].said_once
        earlier: set[str] = set()
        for number, row in enumerate(rows):
            said = row.get(name, "").casefold()
            if said in earlier:
                twice = _("“%(words)s” is given twice; leave it out of one of them") % {"words": row[name]}
                self.problem(Place(part, number, name), twice)
            if said:
                earlier.add(said)

    def references(self, document: dict[str, Any]) -> None:
        """Every reference names a source; each list comes out in natural order, each reference once."""
        known = {source.get("reference") for source in document.get(Source.part, [])}
        for part, rows in document.items():
            if part not in PARTS:
                continue
            for number, row in enumerate(rows):
                for item, reference in enumerate(row.get("sources", [])):
                    if reference not in known:
                        self.problem(Place(part, number, "sources", item), no_source(reference))
                if "sources" in row:
                    row["sources"] = sorted(set(row["sources"]), key=by_reference)


def said_with_keys(error: ValidationError) -> str:
    """What an error says, with another column by its key, as a file has it, and not by its label at the desk."""
    if error.code == OUT_OF_ORDER and error.params:
        return _("This must not be less than %(column)s, which is %(first)s.") % error.params
    return " ".join(error.messages)


def no_source(reference: str) -> str:
    """That a reference leads nowhere, and what to write."""
    if re.search(REFERENCE, reference):
        return _('no source "%(name)s"; sources are defined under [[sources]]') % {"name": reference}
    says = _('no source "%(name)s"; each reference stands by itself, in capitals, such as ["R9", "R16"]')
    return says % {"name": reference}


def unknown_key(key: object, known: Sequence[str]) -> str:
    """That a key is unknown, and what was probably meant, or where it belongs, or which keys there are."""
    close = difflib.get_close_matches(str(key), known, 1)
    if close:
        return _("not a key of this place; did you mean %(key)s?") % {"key": close[0]}
    if key in HEAD:
        return _("not a key of this place; it belongs at the top of the file, before the first double brackets")
    return _("not a key of this place; the keys are %(keys)s") % {"keys": ", ".join(known)}


def typed(column: Column, value: Any) -> Any:
    """The value, brought into the type of the column; None stays None.

    Raises ValidationError for a value of another type, a number that no database holds, or a control character.
    """
    if value is None:
        return None
    if isinstance(column, models.BooleanField):
        return expected(value, isinstance(value, bool), _("must be true or false, without quotes"))
    if isinstance(column, models.DateField):
        return expected(value, value == "" or is_date(value), _("must be a date such as 2026-12-03"))
    if isinstance(column, models.DecimalField):
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
        return Decimal(str(expected(value, is_number, _("must be a number such as 3.5, without quotes"))))
    if isinstance(column, models.IntegerField):
        low, high = range_of(column)
        is_whole = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        says = _("must be a whole number from %(low)s to %(high)s, without quotes") % {"low": low, "high": high}
        return expected(value, is_whole, says)
    cleaning.check_printable(expected(value, isinstance(value, str), _("must be text in quotes")))
    text = cleaned_text(column, value)
    if text and column.choices:
        known = [choice for choice, _label in column.choices if choice]
        says = _("must be one of %(choices)s") % {"choices": ", ".join(f'"{choice}"' for choice in known)}
        expected(text, text in known, says)
    return text


def range_of(column: Column) -> tuple[int, int]:
    """The least and the greatest whole number of a column: what every database holds, and its validators let pass."""
    low, high = RANGES[type(column)]
    for validator in column.validators:
        if isinstance(validator, MinValueValidator):
            low = max(low, validator.limit_value)
        elif isinstance(validator, MaxValueValidator):
            high = min(high, validator.limit_value)
    return low, high


def is_date(value: object) -> bool:
    """Whether it is a date, or text that Django's column reads as one."""
    if isinstance(value, str):
        try:
            return parse_date(value) is not None
        except ValueError:  # There is no such day.
            return False
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


def expected(value: Any, is_right: bool, says: str) -> Any:
    """The value, if it is right; otherwise ValidationError says what was wanted."""
    if not is_right:
        raise ValidationError(says)
    return value
