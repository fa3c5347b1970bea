"""The document: a whole treatment as plain data, between rows, files and editions.

A document is a dict of str, int, float, bool, dicts and lists, in canonical shape: no nulls and no empty values
(what is absent is empty), no database ids, texts as `cleaning` keeps them, dates as ISO text, references in natural
order. The content file, an export, a preview and an edition are all this one shape.
"""

import datetime
import hashlib
import json
import re
from decimal import Decimal

from django.db import models, transaction
from django.utils.text import slugify

from treatments.models import PARTS, Part, Photo, Source, Treatment
from treatments.models.source import by_reference
from treatments.text import cleaning
from treatments.values.document_format import FORMAT

#: The treatment's own fields, before its lists.
HEAD = (
    "slug",
    "name",
    "title",
    "answer",
    "description",
    "language",
    "reviewer",
    "review_date",
    "next_review_date",
)


def fields_of(model):
    """The columns of a part that a document carries, in the order in which they are written."""
    own = (model_field for model_field in model._meta.fields if not model_field.is_relation)
    return [model_field for model_field in own if model_field.name not in ("id", "order")]


def keys_of(part):
    """The keys that a row of this list may have."""
    model = PARTS[part]
    return [model_field.name for model_field in fields_of(model)] + (["sources"] if model.carries_sources() else [])


def plain(column, value):
    """A column's value as the document holds it; None for one that says nothing."""
    if isinstance(value, str):
        return cleaned_text(column, value) or None
    if isinstance(value, Decimal):
        # A nought below zero is a nought.
        return float(value) + 0.0
    if isinstance(value, datetime.date):
        return value.isoformat()
    return None if value is False else value


def cleaned_text(column, text):
    """The column's text as it is kept, on one line or on several."""
    return cleaning.text(text) if isinstance(column, models.TextField) else cleaning.line(text)


def cleaned(document):
    """A document that an earlier version stored, its texts as they would be kept now, to compare it with newer ones."""
    found = cleaned_row(document, [Treatment._meta.get_field(name) for name in HEAD])
    for part, model in PARTS.items():
        if part in document:
            found[part] = [cleaned_row(row, fields_of(model)) for row in document[part]]
    return found


def cleaned_row(row, columns):
    texts = {column.name: column for column in columns if isinstance(row.get(column.name), str)}
    pairs = ((name, plain(texts[name], value) if name in texts else value) for name, value in row.items())
    return without_empty(pairs)


def without_empty(pairs):
    return {key: value for key, value in pairs if value is not None}


def make_key(model, values, taken):
    """A key for a new row, from its naming text, unlike those in `taken`."""
    text = values.get(model.named_by)
    words = slugify(text if isinstance(text, str) else "").replace("_", "-").strip("-")
    stem = re.sub(r"-+", "-", words)[:60].strip("-") or slugify(str(model._meta.verbose_name))
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


# Rows to document


def of(treatment):
    """The draft's document.

    `treatment` comes from `Treatment.objects.with_parts()`; then this costs no query.
    """
    columns = [Treatment._meta.get_field(name) for name in HEAD]
    document = without_empty((column.name, plain(column, getattr(treatment, column.name))) for column in columns)
    document["format"] = FORMAT
    for part, model in PARTS.items():
        rows = [of_row(row) for row in getattr(treatment, model.related_name()).all()]
        if rows:
            document[part] = model.in_order(rows)
    return document


def of_row(row):
    """One row of a list as plain data."""
    return of_columns(row, row.sources.all() if row.carries_sources() else [])


def of_columns(row, sources):
    """The same with these sources, for a row that is not saved yet."""
    columns = fields_of(type(row))
    data = without_empty((column.name, plain(column, getattr(row, column.name))) for column in columns)
    references = sorted({source.reference for source in sources}, key=by_reference)
    return {**data, "sources": references} if references else data


def canonical(document):
    """The document as the one text that stands for it, the same bytes on every machine."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(text):
    """SHA-256 of a document's text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


# Document to rows


@transaction.atomic
def write(document):
    """Make the draft of the document's treatment be this document, and return the treatment.

    `document` comes from `checking.check` without problems. A draft that is there is replaced; editions stay.
    The number of queries does not depend on the number of rows but for the databases' own batches.
    """
    values = {name: document.get(name, empty(Treatment, name)) for name in HEAD}
    treatment, _created = Treatment.objects.update_or_create(slug=values.pop("slug"), defaults=values)
    for model in PARTS.values():
        model.objects.filter(treatment=treatment).delete()
    written = {part: write_rows(treatment, model, document.get(part, [])) for part, model in PARTS.items()}
    sources = {source.reference: source for source in written[Source.part]}
    for part, model in PARTS.items():
        if model.carries_sources():
            cite(model, written[part], document.get(part, []), sources)
    return treatment


def empty(model, name):
    """What a column holds when the document does not mention it."""
    column = model._meta.get_field(name)
    return column.get_default() if column.has_default() else None if column.null else ""


def write_rows(treatment, model, items):
    rows = []
    for place, item in enumerate(items):
        columns = {column.name: item.get(column.name, absent(column)) for column in fields_of(model)}
        if issubclass(model, Part):
            columns["order"] = (place + 1) * 10
        rows.append(model(treatment=treatment, **columns))
    return model.objects.bulk_create(rows)


def absent(column):
    """An absent key in a document: nothing, never the column's default."""
    if isinstance(column, models.BooleanField):
        return False
    return None if column.null else ""


def cite(model, rows, items, sources):
    """Link the rows to the sources that their items name."""
    link = model.sources.through
    own = f"{model._meta.model_name}_id"
    link.objects.bulk_create(
        link(**{own: row.pk, "source_id": sources[reference].pk})
        for row, item in zip(rows, items, strict=True)
        for reference in item.get("sources", [])
    )


def pictures_of(document):
    """The file names of the pictures that a document shows."""
    return [photo["picture"] for photo in document.get(Photo.part, [])]
