"""A document as the treatment page shows it: texts as HTML, sources numbered, figures computed, in reading order."""

import datetime
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from treatments.article.chapters import CHAPTERS, FOLDED, OPENING, Chapter
from treatments.article.contents import lead
from treatments.article.reader import Reader
from treatments.article.wording import PageRow
from treatments.models import Photo
from treatments.text import marked
from treatments.values.languages import direction_of
from treatments.values.row_types import Document

#: What Unicode calls letters, numbers and marks that run from right to left.
LEFTWARD = {"R", "AL", "AN", "RLE", "RLO", "RLI"}


@dataclass(frozen=True)
class ShownChapter:
    """A chapter that has something to say, and the words of the link to it at the top."""

    id: str
    title: str
    door: str
    template: str
    lead: PageRow | None


class Article:
    """Everything that the templates of a treatment page need, made once from a document.

    Templates find what the table of chapters names as `article.benefits`, and code as `article["benefits"]`.
    `sources_page` is the URL of the page that lists its sources; empty if the article does, as a preview.
    A page that does not show what words mean `explains` none.
    """

    def __init__(self, document: Document, sources_page: str = "", *, explains: bool = True) -> None:
        self.document = document
        self.slug = document["slug"]
        self.name = document["name"]
        self.title = document["title"]
        self.description = document["description"]
        self.language = document["language"]
        self.runs_both_ways = direction_of(self.language) == "rtl" or has_leftward(document)
        reader = Reader(document, sources_page, explains=explains)
        (self.answer,), self.explained = reader.explain(marked.html(document["answer"]))
        reader.take_in(OPENING)
        self.chapters = all_shown(CHAPTERS, reader)
        self.folded = all_shown(FOLDED, reader)
        self.hero = next((reader.read(Photo, photo) for photo in reader.rows(Photo)), None)
        self.contents = reader.contents
        # Whoever is worried looks for nothing else.
        self.doors = sorted(self.chapters, key=lambda chapter: chapter.id != "warning-signs")

    def __getitem__(self, name: str) -> Any:
        """What the table of chapters calls so."""
        return self.contents[name]

    @property
    def review_date(self) -> datetime.date | None:
        return date_in(self.document.get("review_date"))

    @property
    def next_review_date(self) -> datetime.date | None:
        return date_in(self.document.get("next_review_date"))


def all_shown(chapters: Iterable[Chapter], reader: Reader) -> list[ShownChapter]:
    """The chapters of which something is found, in their order."""
    return [shown for chapter in chapters if (shown := shown_in(chapter, reader))]


def shown_in(chapter: Chapter, reader: Reader) -> ShownChapter | None:
    """A chapter as the page shows it, once the reader has taken in what it shows; None if that is nothing."""
    leading = lead(reader, chapter.id)
    reader.take_in(chapter.shows)
    if not leading and not any(reader.contents[name] for name in chapter.shows):
        return None
    return ShownChapter(chapter.id, str(chapter.title), str(chapter.door or chapter.title), chapter.template, leading)


def date_in(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def has_leftward(document: Document) -> bool:
    """Whether any text of a document, the words of its pictures included, has a letter that runs from right to left."""
    letters = set(json.dumps(document, ensure_ascii=False))
    return any(unicodedata.bidirectional(letter) in LEFTWARD for letter in letters)
