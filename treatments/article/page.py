"""A document as the treatment page shows it: texts as HTML, sources numbered, figures computed, in reading order."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape

from treatments.article.chapters import CHAPTERS, OPENING
from treatments.article.citations import Listed
from treatments.article.contents import lead
from treatments.article.direction import direction_of, has_leftward
from treatments.article.reader import Reader
from treatments.article.wording import PageRow
from treatments.models import Photo
from treatments.values.row_types import Document


@dataclass
class ShownChapter:
    """A chapter that has something to say, with the sources that it cites, by their numbers."""

    id: str
    title: str
    template: str
    lead: PageRow | None
    sources: list[Listed]


class Article:
    """Everything that the templates of a treatment page need, made once from a document.

    Templates find what the table of chapters names as `article.benefits`, and code as `article["benefits"]`.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.slug = document["slug"]
        self.name = document["name"]
        self.title = document["title"]
        self.description = document["description"]
        self.language = document["language"]
        self.direction = direction_of(document)
        self.runs_both_ways = self.direction == "rtl" or has_leftward(document)
        reader = Reader(document)
        self.answer = reader.explain(escape(document["answer"]))
        # The opening has no list of sources of its own: the first chapter's has them too.
        reader.sources.begin(CHAPTERS[0].id)
        reader.take_in(OPENING)
        leads = {}
        for chapter in CHAPTERS:
            reader.sources.begin(chapter.id)
            leads[chapter.id] = lead(reader, chapter.id)
            reader.take_in(chapter.shows)
        self.hero = next(iter(reader.rows(Photo)), None)
        self.contents = reader.contents
        self.chapters = [
            ShownChapter(
                chapter.id,
                str(chapter.title),
                chapter.template,
                leads[chapter.id],
                reader.sources.of_chapter(chapter.id),
            )
            for chapter in CHAPTERS
            if leads[chapter.id] or any(self.contents[name] for name in chapter.shows)
        ]

    def __getitem__(self, name: str) -> Any:
        """What the table of chapters calls so."""
        return self.contents[name]

    @property
    def review_date(self) -> datetime.date | None:
        return date_in(self.document.get("review_date"))

    @property
    def next_review_date(self) -> datetime.date | None:
        return date_in(self.document.get("next_review_date"))


def date_in(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None
