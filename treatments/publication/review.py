"""What a reviewer has read of a treatment, statement by statement, and what has changed since.

A reviewer stands behind the head of the page, its medical statements, its pictures, and the sources that are cited.
Each is named by its part and its lasting key, the head by two empty texts, a source by its reference.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from treatments.models import PARTS, ReviewedStatement, Row, Source, Treatment
from treatments.publication import reading
from treatments.publication.document import Column, canonical, fields_of, head_columns
from treatments.text.words import is_markdown, links_of_markdown
from treatments.text.words import words_of as shown_words

#: What tells a statement from all others of a document: its part, and its key or reference; ("", "") for the head.
Name = tuple[str, str]
#: Columns of a row that are no part of what it says to readers.
NOT_SAID = {"key", "note", "checked_date"}


def name_of(part: str, row: Mapping[str, Any]) -> str:
    """What tells a row of a part from the others, always: its key, or its reference; empty for a row without one."""
    name: str = row.get(PARTS[part].identified_by, "")
    return name


def words_of(document: Mapping[str, Any]) -> dict[Name, dict[str, Any]]:
    """{(part, name): {column: value}} of everything that a reviewer stands behind, texts as readers see them."""
    found = {("", ""): head_of(document)}
    for part, model in PARTS.items():
        rows = cited_sources(document) if model is Source else document.get(part, [])
        if model.is_medical or model.is_reviewed:
            found |= {(part, name_of(part, row)): row_of(model, row) for row in rows}
    return found


def head_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The words of the page itself."""
    columns = (column for column in head_columns() if column.name in document)
    return {column.name: said(column, "", document[column.name]) for column in columns if reading.is_read(column)}


def row_of(model: type[Row], row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says: its texts, choices, numbers and days, its basis, and the sources it rests on."""
    columns = (column for column in fields_of(model) if column.name in row and column.name not in NOT_SAID)
    words = {column.name: said(column, model.part, row[column.name]) for column in columns}
    return {**words, "sources": row["sources"]} if "sources" in row else words


def said(column: Column, part: str, value: Any) -> Any:
    """A column's value as readers see it, with the URLs that its text leads to, each on a line of its own."""
    if not reading.is_read(column):
        return value
    links = links_of_markdown(value) if is_markdown(part, column.name) else []
    return "\n".join([shown_words(part, column.name, value), *links])


def cited_sources(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of those sources that a statement of the document cites, in the document's order."""
    cited = {reference for part in PARTS for row in document.get(part, []) for reference in row.get("sources", [])}
    return [source for source in document.get(Source.part, []) if source["reference"] in cited]


def digest_of(words: Mapping[str, Any] | list[Any]) -> str:
    """SHA-256 of what one statement says, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(words).encode()).hexdigest()


def digest_of_all(words: Mapping[Name, Mapping[str, Any]]) -> str:
    """The same of everything that a reviewer would stand behind, as words_of gives it."""
    return digest_of([[*name, digest_of(row)] for name, row in sorted(words.items())])


def changed(
    now: Mapping[Name, dict[str, Any]], reviewed: Mapping[Name, ReviewedStatement]
) -> Iterator[tuple[str, Name, dict[str, Any]]]:
    """("new", "changed" or "gone", (part, name), words) of every statement that the reviewer did not read as it is.

    `now` is what words_of gives, `reviewed` what seen_of gives; a statement that is gone has the words that were read.
    """
    for name, words in now.items():
        if name not in reviewed:
            yield "new", name, words
        elif reviewed[name].digest != digest_of(words):
            yield "changed", name, words
    for name, statement in reviewed.items():
        if name not in now:
            yield "gone", name, statement.words


def document_of(words: Mapping[Name, Mapping[str, Any]]) -> dict[str, Any]:
    """What words_of gives in the shape of a document, for `comparison.changes`; it is not whole, and never stored."""
    document: dict[str, Any] = dict(words.get(("", ""), {}))
    for (part, name), row in words.items():
        if part:
            document.setdefault(part, []).append({PARTS[part].identified_by: name, **row})
    return document


def statements_of(document: Mapping[str, Any]) -> dict[Name, ReviewedStatement]:
    """{(part, name): ReviewedStatement, not saved} of a document as a reviewer reads it now."""
    return {
        (part, name): ReviewedStatement(part=part, key=name, digest=digest_of(words), words=words)
        for (part, name), words in words_of(document).items()
    }


def seen_of(treatment: Treatment) -> dict[Name, ReviewedStatement]:
    """{(part, name): ReviewedStatement} of what the newest review of a treatment was about; empty without a review."""
    return {(row.part, row.key): row for row in ReviewedStatement.objects.filter(treatment=treatment)}


def forget(treatment: Treatment, part: str, name: str) -> None:
    """Let the review of one statement of a treatment not count any more."""
    ReviewedStatement.objects.filter(treatment=treatment, part=part, key=name).delete()


def keep(treatment: Treatment, document: Mapping[str, Any]) -> None:
    """Let this document, and nothing before it, be what the reviewer of a treatment has read."""
    ReviewedStatement.objects.filter(treatment=treatment).delete()
    statements = statements_of(document).values()
    for statement in statements:
        statement.treatment = treatment
    ReviewedStatement.objects.bulk_create(statements)
