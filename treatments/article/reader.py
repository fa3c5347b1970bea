"""Reading a document row by row: texts become HTML, their words are explained, and their sources get numbers."""

import functools
from collections.abc import Callable
from typing import Any, cast

from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from treatments.article.basis import tag_of
from treatments.article.citations import Sources
from treatments.article.wording import PageRow, worded
from treatments.models import Prose, Row
from treatments.publication.document import fields_of
from treatments.publication.reading import is_read
from treatments.text import marked
from treatments.text.explainer import Explainer
from treatments.text.prose import html
from treatments.values.row_types import Document

#: What makes a text of each kind HTML.
AS_HTML = {Prose.PLAIN: marked.html, Prose.MARKDOWN: html}


class Reader:
    """Takes in what a page shows, in the order in which it shows it.

    The order matters: a word is explained, and a source gets its number, where the page has it first.
    """

    def __init__(self, document: Document, sources_page: str = "") -> None:
        self.document = document
        self.sources = Sources(document.get("sources", []), sources_page)
        self.explain = Explainer(document.get("glossary", []))
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
        """One of these rows, all its texts as HTML, with `citations` and `tag`; read once, where it stands first."""
        if "citations" in row:
            return row
        called = shortened(row.get(model.named_by, ""))
        row["citations"] = self.sources.cite(row.get("sources", []), row["anchor"], called)
        row["tag"] = tag_of(model, row)
        for name, prose in model.prose.items():
            if name in row:
                row[name] = self.explain(AS_HTML[prose](row[name]))
        for column in lines_of(model):
            if column in row:
                row[column] = marked.html(row[column])
        return row


def shortened(text: str) -> SafeString:
    """The first nine words of a text without Markdown, as HTML."""
    return mark_safe(Truncator(marked.html(text)).words(9, html=True))


@functools.cache
def lines_of(model: type[Row]) -> list[str]:
    """The names of the columns that patients read in which no word is explained: names, briefs, figures in words."""
    return [column.name for column in fields_of(model) if is_read(column) and column.name not in model.prose]


#: Gives something that a chapter shows: rows that it reads, or what is computed from them. Empty if there is nothing.
Show = Callable[[Reader], Any]
