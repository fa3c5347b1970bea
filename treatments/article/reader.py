"""Reading a document row by row: texts become HTML, their words are explained, and their sources get numbers."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from treatments.article.basis import tag_of
from treatments.article.citations import Sources
from treatments.article.wording import PageRow, worded
from treatments.models import Prose, Row, Term
from treatments.publication.document import fields_of
from treatments.publication.reading import is_read
from treatments.text import marked
from treatments.text.explainer import Explainer
from treatments.text.prose import html
from treatments.values.row_types import Document, TermRow

#: What makes a text of each kind HTML.
AS_HTML = {Prose.PLAIN: marked.html, Prose.MARKDOWN: html}


@dataclass(frozen=True)
class Explained:
    """A word of the glossary that a text of the page has first, with its meaning, as HTML."""

    key: str
    anchor: str
    term: SafeString
    meaning: SafeString


class Reader:
    """Takes in what a page shows, in the order in which it shows it.

    The order matters: a word is explained, and a source gets its number, where the page has it first.
    """

    def __init__(self, document: Document, sources_page: str = "", *, explains: bool = True) -> None:
        self.document = document
        self.sources = Sources(document.get("sources", []), sources_page)
        self.terms = {term["key"]: term for term in document.get("glossary", [])}
        self.explainer = Explainer(self.terms.values() if explains else [])
        #: What was taken in, by the names that templates use.
        self.contents: dict[str, Any] = {}
        self._rows: dict[str, list[PageRow]] = {}

    def take_in(self, shows: "dict[str, Show]") -> None:
        """Read everything that a chapter shows."""
        for name, show in shows.items():
            self.contents[name] = show(self)

    def rows(self, model: type[Row]) -> list[PageRow]:
        """The rows of one kind with their addresses and their numbers in words; the same objects whenever asked."""
        if model.part not in self._rows:
            rows = cast(list[PageRow], self.document.get(model.part, []))
            self._rows[model.part] = [worded(model, {**row, "anchor": f"{model.anchor}-{row['key']}"}) for row in rows]
        return self._rows[model.part]

    def read(self, model: type[Row], row: PageRow) -> PageRow:
        """One of these rows, its texts as HTML, with `citations`, `tag` and the words `explained`.

        It is read once, where it stands first.
        """
        if "citations" in row:
            return row
        called = shortened(row.get(model.named_by, ""))
        row["citations"] = self.sources.cite(row.get("sources", []), row["anchor"], called)
        row["tag"] = tag_of(model, row)
        texts = {name: AS_HTML[prose](row[name]) for name, prose in model.prose.items() if name in row}
        explained, row["explained"] = self.explain(*texts.values())
        row.update(zip(texts, explained, strict=True))
        for column in lines_of(model):
            if column in row:
                row[column] = marked.html(row[column])
        return row

    def explain(self, *texts: str) -> tuple[list[SafeString], list[Explained]]:
        """(these texts with what explains the words that are new to the reader, the words that are)."""
        known = len(self.explainer.explained)
        done = [self.explainer(text) for text in texts]
        return done, [explained_by(self.terms[key]) for key in self.explainer.explained[known:]]


def explained_by(term: TermRow) -> Explained:
    """What the glossary says of a word."""
    anchor = f"{Term.anchor}-{term['key']}"
    return Explained(term["key"], anchor, marked.html(term["term"]), marked.html(term["meaning"]))


def shortened(text: str) -> SafeString:
    """The first nine words of a text without Markdown, as HTML."""
    return mark_safe(Truncator(marked.html(text)).words(9, html=True))


@functools.cache
def lines_of(model: type[Row]) -> list[str]:
    """The names of the columns that patients read in which no word is explained: names, briefs, figures in words."""
    return [column.name for column in fields_of(model) if is_read(column) and column.name not in model.prose]


#: Gives something that a chapter shows: rows that it reads, or what is computed from them. Empty if there is nothing.
Show = Callable[[Reader], Any]
