"""What a reviewer has seen of a treatment, statement by statement, and what has changed since.

A reviewer stands behind the head of the page, its medical statements, its pictures, and the sources that are cited.
Each is named by its part and its lasting key, the head by two empty texts, a source by its reference.
"""

import hashlib

from treatments.models import PARTS, ReviewedStatement, Source, Treatment
from treatments.publication import reading
from treatments.publication.document import HEAD, canonical, fields_of

#: Of a row, what no reader reads as part of what it says.
NOT_SAID = {"key", "note", "checked_date"}


def name_of(part, row):
    """What tells a row of a part from the others, always."""
    return row.get(PARTS[part].identified_by, "")


def words_of(document):
    """{(part, name): {column: value}} of everything that a reviewer stands behind, texts as readers see them."""
    found = {("", ""): head_of(document)}
    for part, model in PARTS.items():
        rows = cited_sources(document) if model is Source else document.get(part, [])
        if model.is_medical or model.is_reviewed:
            found |= {(part, name_of(part, row)): row_of(model, row) for row in rows}
    return found


def head_of(document):
    """The words of the page itself."""
    columns = (Treatment._meta.get_field(name) for name in HEAD if name in document)
    return {column.name: said(column, "", document[column.name]) for column in columns if reading.is_read(column)}


def row_of(model, row):
    """What a row says: its texts, choices, numbers and days, its basis, and the sources it rests on."""
    columns = (column for column in fields_of(model) if column.name in row and column.name not in NOT_SAID)
    words = {column.name: said(column, model.part, row[column.name]) for column in columns}
    return {**words, "sources": row["sources"]} if "sources" in row else words


def said(column, part, value):
    """A column's value as readers see it, with the addresses that its text leads to."""
    if not reading.is_read(column):
        return value
    links = reading.links_of_markdown(value) if reading.is_markdown(part, column.name) else []
    return "\n".join([reading.words_of(part, column.name, value), *links])


def cited_sources(document):
    cited = {reference for part in PARTS for row in document.get(part, []) for reference in row.get("sources", [])}
    return [source for source in document.get(Source.part, []) if source["reference"] in cited]


def digest_of(words):
    """SHA-256 of what one statement says, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(words).encode()).hexdigest()


def digest_of_all(words):
    """The same of everything that a reviewer would stand behind."""
    return digest_of([[*name, digest_of(row)] for name, row in sorted(words.items())])


def changed(now, seen):
    """("new", "changed" or "gone", (part, name), words) of every statement that the reviewer did not see as it is.

    `now` is what words_of gives, `seen` what seen_of gives; a statement that is gone has the words that were seen.
    """
    for name, words in now.items():
        if name not in seen:
            yield "new", name, words
        elif seen[name].digest != digest_of(words):
            yield "changed", name, words
    for name, statement in seen.items():
        if name not in now:
            yield "gone", name, statement.words


def document_of(words):
    """What words_of gives in the shape of a document, for comparing."""
    document = dict(words.get(("", ""), {}))
    for (part, name), row in words.items():
        if part:
            document.setdefault(part, []).append({PARTS[part].identified_by: name, **row})
    return document


def statements_of(document):
    """{(part, name): ReviewedStatement, not saved} of a document as a reviewer sees it now."""
    return {
        (part, name): ReviewedStatement(part=part, key=name, digest=digest_of(words), words=words)
        for (part, name), words in words_of(document).items()
    }


def seen_of(treatment):
    """{(part, name): ReviewedStatement} of what the newest review of a treatment has seen."""
    return {(row.part, row.key): row for row in ReviewedStatement.objects.filter(treatment=treatment)}


def forget(treatment, part, name):
    """Let what the reviewer of a treatment has seen of one statement not count any more."""
    ReviewedStatement.objects.filter(treatment=treatment, part=part, key=name).delete()


def keep(treatment, document):
    """Let this document, and nothing before it, be what the reviewer of a treatment has seen."""
    ReviewedStatement.objects.filter(treatment=treatment).delete()
    statements = statements_of(document).values()
    for statement in statements:
        statement.treatment = treatment
    ReviewedStatement.objects.bulk_create(statements)
