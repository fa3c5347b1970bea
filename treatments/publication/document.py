"""The document: a whole treatment as plain data, between rows, files and editions.

A document is a dict of str, int, float, bool, dicts and lists, in canonical shape: no nulls and no empty values
(what is absent is empty), no database ids, texts as `cleaning` keeps them, dates as ISO text, references in natural
order (R9 before R10). The content file, an export, a preview and an edition are all this one shape.

Its keys and rows are written out in `values.row_types`. Code that goes over all parts by name takes it as a
`Mapping[str, Any]`, which a `Document` is as well.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import translation
from django.utils.text import slugify

from treatments.models import PARTS, Part, Photo, Row, Source, Statement, Treatment
from treatments.models.source import by_reference
from treatments.text import cleaning
from treatments.text.marked import bare
from treatments.values.document_format import FORMAT

if TYPE_CHECKING:
    Column = models.Field[Any, Any]
else:
    # Django's own class cannot be subscripted when the code runs.
    Column = models.Field

#: The treatment's own columns, which come before its lists of rows.
HEAD = (
    "slug",
    "name",
    "title",
    "answer",
    "description",
    "language",
    "translation_of",
    "reviewer",
    "review_date",
    "next_review_date",
)


def head_columns() -> list[Column]:
    """The columns of HEAD, in its order."""
    columns = {column.name: column for column in Treatment._meta.fields}
    return [columns[name] for name in HEAD]


def fields_of(model: type[models.Model]) -> list[Column]:
    """The columns of a part that a document carries, in the order in which they are written."""
    own = (model_field for model_field in model._meta.fields if not model_field.is_relation)
    return [model_field for model_field in own if model_field.name not in ("id", "order")]


def keys_of(part: str) -> list[str]:
    """The keys that a row of this part may have, in the order in which they are written."""
    model = PARTS[part]
    return [model_field.name for model_field in fields_of(model)] + (["sources"] if model.carries_sources() else [])


def plain(column: Column, value: Any) -> str | float | None:
    """A column's value as the document holds it; None for one that says nothing: an empty text, False or None.

    Dates become ISO text and decimal numbers float; whole numbers and True stay.
    """
    if isinstance(value, str):
        return cleaned_text(column, value) or None
    if isinstance(value, Decimal):
        # A nought below zero is a nought.
        return float(value) + 0.0
    if isinstance(value, datetime.date):
        return value.isoformat()
    return None if value is False else value


def cleaned_text(column: Column, text: str) -> str:
    """The column's text as it is kept, on one line or on several."""
    return cleaning.text(text) if isinstance(column, models.TextField) else cleaning.line(text)


def cleaned(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document that an earlier version stored, its texts as they would be kept now, to compare it with newer ones."""
    found = cleaned_row(document, head_columns())
    for part, model in PARTS.items():
        if part in document:
            found[part] = [cleaned_row(row, fields_of(model)) for row in document[part]]
    return found


def cleaned_row(row: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """The row with the texts of these columns as they would be kept now; everything else as it is."""
    texts = {column.name: column for column in columns if isinstance(row.get(column.name), str)}
    pairs = ((name, plain(texts[name], value) if name in texts else value) for name, value in row.items())
    return without_empty(pairs)


def without_empty(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The (key, value) pairs as a dict, without those whose value is None."""
    return {key: value for key, value in pairs if value is not None}


def make_key(model: type[Row], values: Mapping[str, Any], taken: Container[str]) -> str:
    """A key for a new row with these values, such as "no-pain" or "no-pain-2", unlike those in `taken`.

    It is made from the row's naming text, and from the kind of row where that has no letters or digits of ASCII.
    """
    text = values.get(model.named_by)
    words = slugify(bare(text) if isinstance(text, str) else "").replace("_", "-").strip("-")
    stem = re.sub(r"-+", "-", words)[:60].strip("-") or kind_of(model)
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


def kind_of(model: type[Row]) -> str:
    """What a row of this kind is called in addresses, such as "key-fact": the same in every language of the desk."""
    with translation.override(None):
        return slugify(str(model._meta.verbose_name))


# Rows to document


def of(treatment: Treatment) -> dict[str, Any]:
    """The draft's document, which may still lack what a `Document` needs: `checking.check` says what.

    `treatment` comes from `Treatment.objects.with_parts()`; then this costs no query.
    """
    columns = head_columns()
    document = without_empty((column.name, plain(column, getattr(treatment, column.name))) for column in columns)
    document["format"] = FORMAT
    for part, model in PARTS.items():
        rows = [of_row(row) for row in getattr(treatment, model.related_name()).all()]
        if rows:
            document[part] = model.in_order(rows)
    return document


def of_row(row: Row) -> dict[str, Any]:
    """One row of a part as plain data."""
    return of_columns(row, row.sources.all() if isinstance(row, Statement) else [])


def of_columns(row: Row, sources: Iterable[Source]) -> dict[str, Any]:
    """The same with these sources, for a row that is not saved yet."""
    columns = fields_of(type(row))
    data = without_empty((column.name, plain(column, getattr(row, column.name))) for column in columns)
    references = sorted({source.reference for source in sources}, key=by_reference)
    return {**data, "sources": references} if references else data


def canonical(document: Mapping[str, Any] | Sequence[Any]) -> str:
    """Plain data as the one JSON text that stands for it, the same on every machine: keys sorted, no blanks.

    Raises ValueError for a number that JSON does not have, such as NaN.
    """
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of a document's text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


# Document to rows


@transaction.atomic
def write(document: Mapping[str, Any]) -> Treatment:
    """Make the draft of the document's treatment be this document, and return the treatment.

    `document` comes from `checking.check` without problems. A draft that is there is replaced; editions stay.
    The number of queries does not depend on the number of rows but for the databases' own batches.
    """
    values = {column.name: document.get(column.name, initial(column)) for column in head_columns()}
    treatment, _created = Treatment.objects.update_or_create(slug=values.pop("slug"), defaults=values)
    for model in PARTS.values():
        getattr(treatment, model.related_name()).all().delete()
    written = {part: write_rows(treatment, model, document.get(part, [])) for part, model in PARTS.items()}
    sources = {source.reference: source for source in written[Source.part] if isinstance(source, Source)}
    for part, model in PARTS.items():
        cite(model, written[part], document.get(part, []), sources)
    return treatment


def initial(column: Column) -> Any:
    """What a column of the treatment itself holds when the document does not mention it: its default, if it has one."""
    return column.get_default() if column.has_default() else None if column.null else ""


def write_rows(treatment: Treatment, model: type[Row], items: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Store the items of a part as new rows of the treatment, in their order, and return the rows."""
    rows = []
    for place, item in enumerate(items):
        columns = {column.name: item.get(column.name, absent(column)) for column in fields_of(model)}
        columns["treatment"] = treatment
        if issubclass(model, Part):
            columns["order"] = (place + 1) * 10
        rows.append(model(**columns))
    return model._default_manager.bulk_create(rows)


def absent(column: Column) -> bool | str | None:
    """What a column of a part holds when its key is absent: nothing, never the column's default."""
    if isinstance(column, models.BooleanField):
        return False
    return None if column.null else ""


def cite(
    model: type[Row],
    rows: Iterable[Row],
    items: Iterable[Mapping[str, Any]],
    sources: Mapping[str, Source],
) -> None:
    """Link the rows of a part that carries sources to those that their items name; `sources` has each by reference."""
    if not issubclass(model, Statement):
        return
    link = model.sources.through
    own = f"{model._meta.model_name}_id"
    link._default_manager.bulk_create(
        link(**{own: row.pk, "source_id": sources[reference].pk})
        for row, item in zip(rows, items, strict=True)
        for reference in item.get("sources", [])
    )


def pictures_of(document: Mapping[str, Any]) -> list[str]:
    """The file names of the pictures that a document shows, as `text.pictures` stores them."""
    return [photo["picture"] for photo in document.get(Photo.part, [])]
