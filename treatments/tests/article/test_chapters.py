"""The table of chapters: what each shows is found by a name of its own."""

import pytest
from django.template.loader import get_template, render_to_string

from treatments.article.chapters import CHAPTERS, FOLDED, OPENING
from treatments.article.page import Article
from treatments.article.reader import Reader
from treatments.article.wording import WORDED_BY
from treatments.models import PARTS, Place
from treatments.tests.builders import canonical_document, full_document

NAMES = [*OPENING, *(name for chapter in (*CHAPTERS, *FOLDED) for name in chapter.shows)]


class TestTheTableOfChapters:
    def test_gives_no_name_twice(self):
        assert len(NAMES) == len(set(NAMES))

    def test_gives_no_name_that_the_page_has_for_something_else(self):
        article = Article(canonical_document(full_document()))

        assert set(NAMES) & set(dir(article)) == set()

    def test_has_a_template_for_each_chapter(self):
        assert all(get_template(chapter.template) for chapter in (*CHAPTERS, *FOLDED))

    @pytest.mark.parametrize("place", Place.values)
    def test_shows_the_lead_of_every_place(self, place):
        lead = {"key": "first", "place": place, "text": "This comes first."}
        article = Article(canonical_document(full_document(leads=[lead])))

        context = {"article": article, "edition": None}
        shown = [chapter for chapter in (*article.chapters, *article.folded) if chapter.lead]
        pages = [render_to_string(chapter.template, {**context, "chapter": chapter}) for chapter in article.chapters]

        assert len(shown) == 1 or any('id="lead-first"' in page for page in pages)

    def test_shows_every_row_that_is_for_patients(self):
        article = Article(canonical_document(full_document()))
        shown = {row["anchor"] for name in NAMES for row in rows_in(article[name])}
        shown |= {chapter.lead["anchor"] for chapter in article.chapters if chapter.lead}

        reader = Reader(article.document)
        rows = [row for model in PARTS.values() if model.anchor for row in reader.rows(model)]

        assert {row["anchor"] for row in rows} == shown


def rows_in(found):
    """The rows of what a chapter shows, whether they stand in groups, in a drawing or by themselves."""
    if isinstance(found, list):
        for one in found:
            yield from getattr(one, "rows", [one] if isinstance(one, dict) else [])
    yield from getattr(found, "facts", [])


class TestAKindOfRow:
    def test_has_an_address_of_its_own_if_patients_read_it(self):
        anchors = [model.anchor for model in PARTS.values() if model.is_for_patients]

        assert all(anchors)
        assert len(anchors) == len(set(anchors))

    def test_is_worded_in_a_way_that_there_is(self):
        assert {model.worded_by for model in PARTS.values()} - {""} == set(WORDED_BY)

    def test_has_the_columns_that_it_names(self):
        named = [
            (model, name)
            for model in PARTS.values()
            for name in (model.identified_by, model.named_by, model.said_once, *model.prose)
            if name
        ]

        assert [model._meta.get_field(name).name for model, name in named] == [name for _model, name in named]
