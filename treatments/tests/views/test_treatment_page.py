"""The treatment page says everything of an edition, in order, with its sources, and nothing else."""

import datetime
import itertools
import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as project
from django.db import models, transaction
from django.test import Client
from django.utils.text import capfirst

from treatments.article import days as days_of
from treatments.article.figures.course import time_ticks
from treatments.article.figures.icons import icon_array
from treatments.article.figures.plot import sessions_plot
from treatments.article.figures.recovery import recovery_line
from treatments.article.wording import count_words
from treatments.models import PARTS, Clinic, Place
from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.tests.builders import (
    PICTURE,
    bundled_article,
    full_document,
    make_clinic,
    make_edition_of,
    make_picture,
    make_published_treatment,
    plain_document,
)
from treatments.tests.meaning import (
    chapter_titles,
    contents,
    first_layer,
    folded_titles,
    fragments,
    headings,
    ids,
    meta,
    parsed,
    squeezed,
    structured_data,
    words,
)
from treatments.tests.tables import one_in
from treatments.text import pictures
from treatments.values import document_format
from treatments.web import pages

#: The chapters of a treatment with everything, in reading order.
CHAPTERS = {
    "suitability": "Is it for me?",
    "risks": "Risks",
    "preparation": "Before",
    "aftercare": "After",
    "warning-signs": "Something worries you?",
    "cost": "Cost",
}
#: Those that stand folded below them.
FOLDED = {
    "results": "Results",
    "how-it-works": "How it works",
    "benefits": "Benefits, in figures",
    "appointment": "Appointment",
    "alternatives": "Other treatments",
    "questions": "Questions",
    "consultation": "Consultation",
    "glossary": "Words explained",
    "sources": "Sources",
}
#: What stands after them.
END = {"more": "Read more", "edition": "About this page"}

#: The parts whose absence empties a chapter of the full document.
EMPTIES = {
    "suitability": ["leads", "concerns", "precautions"],
    "how-it-works": ["sections"],
    "benefits": ["benefits"],
    "risks": ["risks"],
    "preparation": ["preparation"],
    "appointment": ["concerns"],
    "aftercare": ["aftercare", "activities", "recovery"],
    "results": ["key_facts", "concerns"],
    "cost": ["sections", "prices"],
    "alternatives": ["alternatives"],
    "questions": ["questions"],
    "warning-signs": ["warning_signs"],
    "consultation": ["ask_at_consultation"],
    "glossary": ["glossary"],
}

#: The columns that patients read as they are written, as far as the full document has them.
READ = {
    *("label", "value", "detail", "name", "honest", "lasting", "situation", "says", "why", "title", "body", "text"),
    *("finding", "counted", "lasts", "rule", "usual", "can_do", "good_at", "limits", "question", "answer", "sign"),
    *("term", "meaning", "verdict", "brief", "activity", "applies_to", "condition", "what"),
}

REVIEW = {"reviewer": "Dr Lee, dermatologist", "review_date": "2026-01-10", "next_review_date": "2026-07-10"}


def without(*parts):
    """The full document without these parts."""
    return {part: rows for part, rows in full_document().items() if part not in parts}


@pytest.fixture
def show(read):
    """Publish plain data and read its page."""

    def publish_and_read(data, **headers):
        return read(make_edition_of(data).get_absolute_url(), **headers)

    return publish_and_read


def page_without_traces(data):
    """The page of this plain data, parsed; afterwards the database is as before."""
    # The test before may have left a page of an edition with the same id: ids of what is rolled back are given again.
    pages.store.clear()
    with transaction.atomic():
        response = Client().get(make_edition_of(data).get_absolute_url())
        transaction.set_rollback(True)
    page = BeautifulSoup(response.content, "html.parser")
    page.response = response  # type: ignore[attr-defined]  # For tests of its headers.
    return page


@pytest.fixture(scope="module")
def full_page(django_db_setup, django_db_blocker):
    """The page of the full document, made once; not to be changed."""
    with django_db_blocker.unblock():
        return page_without_traces(full_document())


@pytest.fixture(scope="module")
def article_page(django_db_setup, django_db_blocker):
    """The page of the bundled article, made once; not to be changed."""
    with django_db_blocker.unblock():
        return page_without_traces(bundled_article())


BUNDLED = pytest.param("article_page", marks=pytest.mark.slow)


@pytest.fixture(params=["full_page", BUNDLED])
def rich_page(request):
    """A page with every part: of the tests' own document, and of the bundled article."""
    return request.getfixturevalue(request.param)


@pytest.mark.django_db
class TestATreatmentPage:
    def test_has_one_main_heading_with_its_title_and_then_its_answer(self, full_page):
        (heading,) = full_page.find_all("h1")

        assert words(heading) == full_document()["name"]
        assert words(heading.find_next("p")) == full_document()["answer"]

    @pytest.mark.parametrize(
        "part", one_in(6, [None, "concerns", "precautions", "sections", "benefits", "risks", "photos"])
    )
    def test_never_skips_a_level_of_headings(self, show, part):
        levels = [level for level, _text in headings(show(without(part)))]

        assert levels[0] == 1
        assert all(level - before <= 1 for before, level in zip(levels, levels[1:], strict=False))

    def test_has_each_landmark_once_and_names_each_navigation(self, full_page):
        body = full_page.body

        assert [child.name for child in body.find_all(["header", "main", "footer"], recursive=False)] == [
            "header",
            "main",
            "footer",
        ]
        assert len(full_page.find_all("main")) == 1
        names = []
        for nav in full_page.find_all("nav"):
            by = nav.get("aria-labelledby")
            names.append(nav.get("aria-label") or words(full_page.find(id=by)))
        assert names == ["Main", "What patients ask", "On this page", "At hand, first", "At hand"]

    def test_begins_with_a_link_that_skips_to_the_text(self, full_page):
        link = full_page.find("a")

        assert words(link) == "Skip to the text"
        assert full_page.find(id=link["href"][1:]).name == "main"

    def test_says_its_chapters_in_reading_order_and_lists_them(self, full_page):
        assert chapter_titles(full_page) == {**CHAPTERS, **END}
        assert list(chapter_titles(full_page)) == [*CHAPTERS, *END]
        assert contents(full_page) == chapter_titles(full_page)
        assert list(contents(full_page)) == list(chapter_titles(full_page))
        assert folded_titles(full_page) == FOLDED
        assert list(folded_titles(full_page)) == list(FOLDED)

    def test_has_a_door_for_each_chapter_and_first_for_whoever_is_worried(self, full_page):
        doors = [link["href"][1:] for link in full_page.select(".doors a")]

        assert doors[0] == "warning-signs"
        assert sorted(doors) == sorted(CHAPTERS)

    @pytest.mark.parametrize("chapter", one_in(5, EMPTIES))
    def test_leaves_out_a_chapter_without_contents_and_its_link(self, show, chapter):
        page = show(without(*EMPTIES[chapter]))

        assert chapter not in {**chapter_titles(page), **folded_titles(page)}
        assert {**CHAPTERS, **FOLDED}[chapter] not in [text for _level, text in headings(page)]
        assert contents(page) == chapter_titles(page)

    def test_of_the_smallest_treatment_has_no_chapter_but_the_one_about_itself(self, show):
        page = show(plain_document())

        assert chapter_titles(page) == contents(page) == {"edition": "About this page"}
        assert not page.find_all(["h3", "h4", "dt"], string="")

    @pytest.mark.parametrize("kind", ["full_page", BUNDLED, "smallest"])
    def test_has_each_id_once_and_no_link_that_leads_nowhere(self, show, request, kind):
        page = show(plain_document()) if kind == "smallest" else request.getfixturevalue(kind)

        assert len(ids(page)) == len(set(ids(page)))
        assert set(fragments(page)) <= set(ids(page))
        for name in ("aria-labelledby", "aria-describedby", "popovertarget"):
            assert {element[name] for element in page.select(f"[{name}]")} <= set(ids(page))

    def test_has_each_id_once_whatever_its_rows_are_called(self, show):
        names = ["Title", "Recovery", "Contents", "Main", "Edition", "1", "R1 1"]
        document = full_document()
        for part, model in PARTS.items():
            for row in document.get(part, [])[:1] if part not in ("sources", "waivers", "key_facts") else []:
                rows = [{**row, model.named_by: name, "key": None, "boxed": True} for name in names]
                allowed = {*documents.keys_of(part)} - {"key", *model.refers}
                if model.said_once == "place":
                    rows = [{**row, "place": place} for row, place in zip(rows, Place.values, strict=False)]
                document[part] = [{key: value for key, value in row.items() if key in allowed} for row in rows]

        page = show(document)

        assert page.find(id="recovery-title").name == "li"
        assert len(ids(page)) == len(set(ids(page))) > 50

    def test_shows_every_text_of_its_document(self, show):
        data = full_document()
        # Facts in numbers that are not at the top only feed the figures; a question when booking is for the form.
        data["key_facts"] = [row for row in data["key_facts"] if row.get("at_top")]
        texts = {}
        for part, model in PARTS.items():
            for row in data.get(part, []):
                for name in READ & set(documents.keys_of(part)) - set(model.refers):
                    # The care sheet says aftercare in brief.
                    elsewhere = (part, name) in (("precautions", "question"), ("aftercare", "brief"))
                    if not elsewhere and not (name == "value" and "measure" in row):
                        texts[part, name] = row[name] = f"The {name} among {part}."
                if part == "sources":
                    row["shown"] = True

        shown = words(show(data).main)

        assert len(texts) > 30
        assert [text for text in texts.values() if text not in shown] == []

    def test_never_shows_a_note_for_staff(self, show):
        data = full_document()
        for part, model in PARTS.items():
            if model.carries_sources():
                for row in data[part]:
                    row["note"] = "Between ourselves"

        assert "Between ourselves" not in show(data).response.content.decode()

    def test_does_not_change_when_the_draft_is_saved(self, read):
        treatment = make_published_treatment(name="Before")
        before = read(treatment.get_absolute_url()).response.content
        treatment.title = treatment.name = "After"
        treatment.save()
        treatment.question_rows.all().delete()

        page = read(treatment.get_absolute_url())

        assert words(page.h1) == "Before"
        assert page.response.content == before

    def test_sets_no_cookie_and_does_not_vary_by_one(self, full_page):
        assert not full_page.response.cookies
        assert full_page.response.headers["Vary"] == "Accept-Encoding"

    def test_offers_a_free_consultation_about_this_treatment(self, full_page):
        links = [link["href"] for link in full_page.main.select("a[href^='/consultation/']")]

        assert set(links) == {"/consultation/?treatment=light-peel"}

    def test_warns_before_it_first_offers_a_booking(self, full_page):
        warning = full_page.find("h3", string="A new or changing spot")
        chapter = full_page.find(id="suitability")

        assert warning in chapter.select("h3")
        offer = full_page.main.find("a", href="/consultation/?treatment=light-peel")
        assert warning in offer.find_all_previous("h3")
        assert full_page.find("dt", string="Wait") in offer.find_all_previous("dt")
        docked = [link["href"] for link in full_page.select(".dock__item--act")]
        assert docked == ["#suitability", "/consultation/?treatment=light-peel"]

    def test_sorts_the_precautions_by_what_to_do(self, full_page):
        line = full_page.find("dt", string="Wait").find_parent("div")

        assert [words(brief) for brief in line.select("li")] == ["pregnancy"]

    @pytest.mark.parametrize("chapter", ["preparation", "aftercare"])
    def test_says_first_what_to_do_and_then_what_not_to(self, full_page, chapter):
        section = full_page.find(id=chapter)

        assert [words(heading) for heading in section.find_all("h3")][-2:] == ["Do", "Do not"]

    def test_of_a_treatment_in_a_language_from_right_to_left_is_set_that_way(self, show):
        page = show(full_document(language="ar")).html

        assert (page["lang"], page["dir"]) == ("ar", "rtl")

    @pytest.mark.parametrize(
        ("language", "direction"),
        one_in(
            5,
            [
                ("en", "ltr"),
                ("he-IL", "rtl"),
                ("FA", "rtl"),
                ("arn", "ltr"),
                ("ms-Arab", "rtl"),
                ("pa-Arab-PK", "rtl"),
                ("az-arab", "rtl"),
                ("ff-Adlm", "rtl"),
                ("ur-Latn", "ltr"),
                ("he-Latn-IL", "ltr"),
                ("ms", "ltr"),
                *((tag, "rtl") for tag in ("iw", "glk", "mzn", "lrc", "pnb", "azb", "prs", "bal", "pa-PK", "ku-IQ")),
                *((tag, "ltr") for tag in ("pa", "pa-IN", "ku", "ku-TR", "sd-IN", "ug-KZ", "pa-Guru-PK")),
            ],
        ),
    )
    def test_takes_its_direction_from_its_language(self, show, language, direction):
        page = show(plain_document(language=language)).html

        assert (page["lang"], page.get("dir", "ltr")) == (language, direction)
        assert page.header.get("dir", direction) == "ltr"

    @pytest.mark.parametrize(
        ("language", "answer", "both_ways"),
        one_in(
            3,
            [
                ("en", "It fades ink, at 532 nm.", False),
                ("ja", "インクを薄くします。", False),
                ("ar", "Only Latin letters.", True),
                ("en", "In Hebrew: לייזר.", True),
                ("en", "In Arabic: ليزر.", True),
                ("en", "A mark that turns what follows: \N{RIGHT-TO-LEFT MARK}(1)", True),
            ],
        ),
    )
    def test_minds_both_directions_if_its_letters_run_both_ways(self, show, language, answer, both_ways):
        article = show(plain_document(language=language, answer=answer)).article

        assert ("article--both-ways" in article["class"]) == both_ways

    def test_keeps_a_word_of_five_thousand_letters_whole(self, show):
        word = "a" * 5000

        page = show(full_document(answer=word, questions=[{"question": "Why?", "answer": word}]))

        assert words(page.h1.find_next("p")) == word
        assert words(page.find(id="question-why").p) == word

    @pytest.mark.slow
    def test_numbers_two_hundred_sources_in_the_order_in_which_they_are_cited(self, show):
        sources = [
            {"reference": f"R{n}", "title": f"Study {n}", "evidence": "study", "shown": True} for n in range(1, 201)
        ]
        benefits = [{"title": f"Benefit {n}", "text": "Yes.", "sources": [f"R{n}"]} for n in range(200, 0, -1)]

        page = show(plain_document(sources=sources, benefits=benefits))

        listed = page.select("#sources ol > li[value]")
        assert [int(row["value"]) for row in listed] == list(range(1, 201))
        assert [words(row) for row in listed] == [f"Study {n}" for n in range(200, 0, -1)]


def in_brief(document, part):
    """What the rows of a part are called where they stand on one line."""
    model = PARTS[part]
    return [row.get("brief", row[model.named_by]) for row in document[part]]


@pytest.mark.django_db
class TestThePageWithEveryFoldOpen:
    """For browsers that print folds shut, and for readers who want all of it at once."""

    @pytest.fixture
    def path(self):
        return make_edition_of(full_document()).get_absolute_url()

    def test_is_the_page_with_nothing_else_changed(self, client, path):
        plain, opened = (client.get(path + query).content.decode() for query in ("", "?open=all"))

        assert plain.count("<details") == opened.count("<details open") > 10
        assert opened.replace("<details open", "<details") == plain

    def test_is_left_out_of_search_and_names_the_page_itself(self, read, path):
        opened = read(path + "?open=all")

        assert opened.response.headers["X-Robots-Tag"] == "noindex"
        assert opened.find("link", rel="canonical")["href"].endswith(path)

    def test_is_where_one_quiet_line_leads_that_no_search_engine_follows(self, read, path):
        (link,) = [link for link in read(path).select("#edition a") if words(link) == "Print everything"]

        assert (link["href"], link["rel"]) == ("?open=all", ["nofollow"])

    def test_is_for_its_own_query_string_alone(self, client, path):
        plain = client.get(path)

        for query in ("?open=all&x=1", "?x=1&open=all", "?open=none", "?open=ALL"):
            assert client.get(path + query).content == plain.content, query
            assert client.get(path + query).headers["ETag"] == plain.headers["ETag"]


@pytest.mark.django_db
class TestTheFirstLayer:
    @pytest.mark.parametrize("make", [full_document, pytest.param(bundled_article, marks=pytest.mark.slow)])
    @pytest.mark.parametrize("part", ["precautions", "warning_signs", "risks", "preparation"])
    def test_names_every_row_that_may_matter_to_a_patient(self, show, make, part):
        document = make()
        shown = words(first_layer(show(document))).casefold()

        assert [named for named in in_brief(document, part) if named.casefold() not in shown] == []

    @pytest.mark.parametrize("make", [full_document, pytest.param(bundled_article, marks=pytest.mark.slow)])
    def test_has_each_concern_with_its_verdict_and_its_sessions(self, show, make):
        rows = first_layer(show(make())).select(".row > summary")
        shown = {words(row.select_one(".row__name")): row for row in rows}

        for concern in make()["concerns"]:
            if concern["advice"] in ("can-help", "ask"):
                brief = concern.get("brief")
                row = shown[capfirst(brief) if brief else concern["name"]]
                assert concern.get("verdict", "") in words(row)
                assert bool(row.select("[aria-label*=session]")) == ("sessions_from" in concern)

    @pytest.mark.parametrize("make", [full_document, pytest.param(bundled_article, marks=pytest.mark.slow)])
    def test_says_when_something_can_be_done_again_with_the_condition_of_the_skin(self, show, make):
        shown = words(first_layer(show(make())).find(id="aftercare"))

        assert [row["condition"] for row in make()["activities"] if row.get("condition", "") not in shown] == []

    def test_of_format_1_is_whole(self, show):
        fixture = project.BASE_DIR / "treatments/tests/fixtures/format-1.json"
        old = json.loads(fixture.read_text(encoding="utf-8"))
        page = show(document_format.upgrade(old))
        layer = first_layer(page)

        named = [*in_brief(old, "precautions"), *in_brief(old, "preparation"), *in_brief(old, "warning_signs")]
        assert [text for text in named if squeezed(text) not in squeezed(layer.get_text())] == []
        rules = squeezed(page.find(id="aftercare").get_text())
        assert [rule for rule in in_brief(old, "aftercare") if squeezed(rule) not in rules] == []
        assert "None" not in words(layer)
        assert [tag for tag in layer.select("h2, h3, dt, dd, summary, li") if not words(tag)] == []


@pytest.fixture
def sources_of(client):
    """Publish plain data and read the page of its sources."""

    def publish_and_read(data):
        return parsed(client.get(f"{make_edition_of(data).get_absolute_url()}sources/").content)

    return publish_and_read


@pytest.mark.django_db
class TestThePageOfSources:
    @pytest.mark.parametrize("make", [full_document, pytest.param(bundled_article, marks=pytest.mark.slow)])
    def test_has_an_entry_for_each_citation_that_leads_back_to_its_statement(self, show, client, make):
        page = show(make())
        sources = parsed(client.get(f"/treatments/{make()['slug']}/sources/").content)

        citations = page.select("a[role=doc-noteref]")
        assert citations
        for citation in citations:
            path, _hash, mark = citation["href"].partition("#")
            entry = sources.find(id=mark)
            assert path == "sources/"
            assert words(citation) == entry.find_parent("li")["value"]
            back = entry.find("a", role="doc-backlink")["href"]
            assert page.find(id=back.partition("#")[2])
        assert len(ids(sources)) == len(set(ids(sources)))

    def test_is_not_there_for_a_treatment_that_is_not(self, client):
        assert client.get("/treatments/peel/sources/").status_code == 404

    def test_lists_no_source_that_is_not_shown(self, sources_of):
        page = sources_of(full_document())

        assert page.find(id="source-r2") is None
        assert "Another clinic's sheet" not in words(page)

    def test_names_publisher_year_kind_and_the_day_it_was_checked(self, sources_of):
        source = {
            "reference": "R1",
            "title": "A review",
            "publisher": "Skin Journal",
            "year": 2020,
            "url": "https://example.org/a?b=1&c=2",
            "evidence": "review",
            "checked_date": "2026-05-01",
            "shown": True,
        }

        row = sources_of(plain_document(sources=[source])).find(id="source-r1")

        assert row.a["href"] == source["url"]
        assert words(row).startswith("A review . Skin Journal, 2020. Review of studies, checked 1 May 2026")

    @pytest.mark.parametrize(
        ("source", "said"),
        one_in(
            4,
            [
                (
                    {"title": "Which laser, and whom?", "publisher": "Skin", "year": 2020},
                    "and whom? Skin, 2020. Review",
                ),
                ({"title": "Which laser!", "publisher": "J. Skin Res."}, "laser! J. Skin Res. Review"),
                ({"title": "What “works”…", "year": 2020}, "“works”… 2020. Review"),
                ({"title": "He asked “whom?”"}, "“whom?” Review"),
                ({"title": "皮秒？"}, "皮秒？ Review"),
                ({"title": "A review", "publisher": "Skin"}, "A review. Skin. Review"),
                ({"title": "A review", "year": 2020}, "A review, 2020. Review"),
                ({"title": "A review."}, "A review. Review"),
            ],
        ),
    )
    def test_puts_one_sign_at_the_end_of_each_piece(self, sources_of, source, said):
        row = sources_of(plain_document(sources=[{"reference": "R1", "evidence": "review", "shown": True, **source}]))

        assert said in " ".join(row.find(id="source-r1").text.split())


@pytest.mark.django_db
class TestTheCareSheet:
    def sheet(self, client, **clinic):
        make_clinic(**clinic)
        return parsed(client.get(f"{make_edition_of(full_document()).get_absolute_url()}care/").content)

    def test_says_in_brief_what_to_do_before_and_after(self, client):
        rows = self.sheet(client).select(".lines__row")

        assert [(words(row.dt), [words(rule) for rule in row.select("li")]) for row in rows] == [
            ("From now on", ["Come to a consultation."]),
            ("4 days", ["No retinoids"]),
            ("For 3 to 5 days after", ["No scrubs for 5 days"]),
            ("From the day on, always", ["Use sunscreen."]),
        ]

    def test_says_whom_to_call_and_leaves_room_for_a_number_that_is_not_known(self, client):
        sheet = self.sheet(client)

        assert "Our number: ______________" in words(sheet.main)
        assert words(sheet.select_one(".help__group--doctor-today")).endswith("Fever.")

    def test_names_the_clinics_number_and_the_edition(self, client):
        text = words(self.sheet(client, phone="+60 3-2345 6789").main)

        assert "Our number: +60 3-2345 6789" in text
        assert "Edition 1, " in text

    def test_is_not_there_for_a_treatment_that_is_not(self, client):
        assert client.get("/treatments/peel/care/").status_code == 404


@pytest.mark.django_db
class TestACitation:
    def test_stands_with_its_statement(self, full_page):
        (citation,) = full_page.find(id="benefit-smoother").select("a[role=doc-noteref]")

        assert citation["href"] == "sources/#r10-benefit-smoother"

    def test_has_a_name_that_says_where_it_leads(self, full_page):
        names = [citation["aria-label"] for citation in full_page.select("a[role=doc-noteref]")]

        assert "Source 3 for: Smoother feel" in names or "Source 2 for: Smoother feel" in names
        assert all(name.startswith("Source ") for name in names)


@pytest.mark.django_db
class TestAStatement:
    def row(self, page, name):
        return words(page.find(class_="entries__name", string=name).find_parent("li"))

    def test_has_its_marks_on_the_line_of_its_words(self, rich_page):
        # A note under a figure is a line of its own, so that what follows it would begin another.
        notes = rich_page.select(".lines__note")

        assert len(notes) > 3
        assert [words(note) for note in notes if note.find_next_sibling(class_=["cite", "tag"])] == []
        assert [words(note) for note in notes if note.find_next_sibling("sup")] == []

    def test_whose_sources_are_all_unshown_reads_usual_practice(self, full_page):
        assert "usual practice" in self.row(full_page, "Dark marks")
        assert "usual practice" not in self.row(full_page, "Redness")

    def test_without_any_source_claims_no_practice(self, full_page):
        row = self.row(full_page, "Nothing")
        assert "usual practice" not in row
        assert "no source" in row

    def test_of_the_clinic_is_marked_as_its_own_figure(self, full_page):
        assert "our figure" in words(full_page.find(id="before-retinoids"))
        assert "our practice" in words(full_page.find(id="after-sunscreen"))
        assert "our practice" in words(full_page.find(id="section-price"))
        assert "our" not in words(full_page.find(id="after-no-scrubs")).split()

    def test_that_is_only_proposed_says_that_it_has_to_be_confirmed(self, full_page):
        assert "to be confirmed" in words(full_page.find(id="sign-fever"))
        assert "to be confirmed" not in words(full_page.find(id="benefit-smoother"))

    @pytest.mark.parametrize("part", one_in(5, [part for part, model in PARTS.items() if model.carries_sources()]))
    def test_of_every_part_shows_its_citations_and_its_basis(self, show, part):
        data = full_document()
        for rows in (rows for name, rows in data.items() if name in PARTS):
            for row in rows:
                row.pop("sources", None)
                row.pop("basis", None)
        for row in data[part]:
            row.update(sources=["R10"], basis="clinic")

        page = show(data)

        assert len(page.select("a[role=doc-noteref]")) == len(data[part])
        # A line without a fold has its one sign: the number of its source.
        ours = page.find_all(string=["our figure", "our practice"])
        ours += page.select("sup:has(a)")
        assert len(ours) == (len(data[part]) if PARTS[part].is_medical else 0)


@pytest.mark.django_db
class TestAQuestion:
    def test_has_a_lasting_address_inside_what_opens(self, full_page):
        for question in full_document()["questions"]:
            answer = full_page.find(id=f"question-{question['key']}")
            opens = answer.find_parent("details")
            assert words(opens.summary) == question["question"]
            assert question["answer"] in words(answer)

    def test_keeps_its_address_when_it_is_worded_anew(self, read):
        treatment = make_published_treatment()
        treatment.question_rows.filter(key="does-it-hurt").update(question="Is it painful?")
        publishing.publish_sample(treatment)

        page = read(treatment.get_absolute_url())

        assert words(page.find(id="question-does-it-hurt").find_parent("details").summary) == "Is it painful?"


@pytest.mark.django_db
class TestAWordOfTheGlossary:
    def buttons(self, page):
        return page.select("button.term")

    def test_is_explained_once_where_it_first_stands(self, show):
        page = show(
            plain_document(
                answer="A peel without retinoids.",
                questions=[{"question": "May I use retinoids?", "answer": "Retinoids must stop."}],
                glossary=full_document()["glossary"],
            )
        )

        (button,) = self.buttons(page)

        assert button in page.h1.find_next("p").find_all("button")
        assert words(button.span) == "retinoids"
        explanation = page.find(id=button["popovertarget"])
        assert explanation.has_attr("popover")
        assert "A vitamin A cream." in words(explanation)
        assert words(page.find(id=explanation.a["href"][1:]).dt) == "retinoid"

    @pytest.mark.slow
    def test_of_the_bundled_article_is_explained_beside_it(self, article_page):
        everything = article_page.find_all(True)
        place = {element.get("id") or id(element): number for number, element in enumerate(everything)}

        ways = [abs(place[button["popovertarget"]] - place[id(button)]) for button in self.buttons(article_page)]

        assert max(ways) < 20

    @pytest.mark.parametrize(
        "column", ["preparation", "sections", "warning_signs", "alternatives", "concerns", "leads"]
    )
    def test_is_explained_in_whatever_row_has_it_first(self, show, column):
        row = {**full_document()[column][0], **dict.fromkeys(PARTS[column].prose, "Retinoids.")}
        row = {name: value for name, value in row.items() if name not in ("sources", "brief", "basis")}

        page = show(plain_document(**{column: [row]}, glossary=full_document()["glossary"]))

        assert {button["popovertarget"] for button in self.buttons(page)} == {"explain-retinoid"}
        assert len(page.select(".explain")) == 1

    @pytest.mark.slow
    def test_of_the_bundled_article_is_explained_at_most_once(self, article_page):
        targets = [button["popovertarget"] for button in self.buttons(article_page)]

        assert targets
        assert len(targets) == len(set(targets))
        assert {element["id"] for element in article_page.select(".explain")} == set(targets)

    def test_that_stands_nowhere_has_a_meaning_but_no_button(self, show):
        page = show(plain_document(glossary=full_document()["glossary"]))

        assert not self.buttons(page)
        assert not page.select(".explain")
        assert words(page.find(id="term-retinoid")) == "retinoid A vitamin A cream."

    @pytest.mark.parametrize("page", ["care/", "sources/"])
    def test_is_a_word_like_others_on_a_page_without_explanations(self, show, read, page):
        rule = {"rule": "Use no retinoids.", "to_day": -1, "sources": ["R1"]}
        glossary, sources = full_document()["glossary"], full_document()["sources"]
        show(plain_document(preparation=[rule], glossary=glossary, sources=sources))

        found = read(f"/treatments/light-peel/{page}")

        assert "Use no retinoids." in words(found.main)
        assert not self.buttons(found)

    def test_is_explained_as_a_whole_and_longest_first(self, show):
        glossary = [
            {"term": "ablative", "meaning": "It takes off skin."},
            {"term": "non-ablative laser", "meaning": "It leaves the skin."},
        ]

        page = show(plain_document(answer="Non-ablative laser, not ablative, nor semiablative.", glossary=glossary))

        assert [words(button.span) for button in self.buttons(page)] == ["Non-ablative laser", "ablative"]

    def test_is_not_a_button_inside_a_link(self, show):
        sections = [{"place": "cost", "title": "Cost", "body": "[About retinoids](https://example.org). Retinoids."}]

        page = show(plain_document(sections=sections, glossary=full_document()["glossary"]))

        (button,) = self.buttons(page)
        assert words(button.span) == "Retinoids"
        assert button.find_parent("a") is None

    def test_with_signs_of_a_pattern_in_it_is_only_a_word(self, show):
        glossary = [{"term": "(C++", "meaning": "A cream."}, {"term": ".*", "meaning": "Anything."}]

        page = show(plain_document(answer="Use (C++ cream.", glossary=glossary))

        assert [words(button.span) for button in self.buttons(page)] in ([], ["(C++"])
        for explanation in page.select(".explain"):
            explanation.extract()
        assert words(page.h1.find_next("p")) == "Use (C++ cream."


@pytest.mark.django_db
class TestAFigure:
    @pytest.mark.slow
    def test_is_always_words_too(self, article_page):
        for drawing in article_page.find_all("svg"):
            assert drawing.get("aria-hidden") == "true" or (drawing["role"] == "img" and drawing["aria-label"])
        for figure in article_page.find_all("figure"):
            assert words(figure)

    @pytest.mark.parametrize("people", [11, 30, 31, 43, 57, 61, 101, 200])
    def test_of_a_count_leaves_none_alone_in_its_last_row(self, people):
        row: Any = {"people": people, "events": 3}

        icons = icon_array(row)

        heights = re.findall(r"M\S+ (\d+)a", icons.filled + icons.open)
        assert len(heights) == people
        assert heights.count(heights[-1]) > 1

    def test_of_a_count_says_it(self, full_page):
        (drawing,) = full_page.find(id="benefits").select("svg[role=img]")

        assert drawing["aria-label"] == "30 of 40 people in a trial"
        assert "30 of 40 people in a trial" in words(drawing.find_parent("li"))
        filled, rest = drawing.select_one(".icons__on")["d"], drawing.select_one(".icons__off")["d"]
        assert (filled.count("M"), rest.count("M")) == (30, 10)

    @pytest.mark.slow
    def test_of_the_evidence_fills_three_circles_for_strong_and_one_for_limited(self, article_page):
        drawn = {}
        for mark in article_page.select(".row__mark"):
            circles = {path["class"][0]: path["d"].count("M") for path in mark.select("path")}
            drawn[mark.svg["aria-label"]] = circles.get("icons__on", 0), circles.get("icons__off", 0)

        assert drawn == {
            "Evidence: strong": (3, 0),
            "Evidence: moderate": (2, 1),
            "Evidence: limited": (1, 2),
            "Evidence: none found": (0, 3),
        }

    def test_of_a_count_that_is_too_large_is_only_words(self, full_page):
        risk = full_page.find(id="risk-dark-marks")

        assert "3 of 1,200 people, about 1 in 400" in words(risk)
        assert not risk.find("svg")

    @pytest.mark.parametrize(
        ("events", "people", "said"),
        [
            (3, 1200, "3 of 1,200 people, about 1 in 400"),
            (81, 405, "81 of 405 people, about 1 in 5"),
            (325, 405, "325 of 405 people, about 80 in 100"),
            (300, 450, "300 of 450 people, about 67 in 100"),
            (999, 1000, "999 of 1,000 people, about 99 in 100"),
            (201, 201, "201 of 201 people"),
            (0, 201, "0 of 201 people"),
        ],
    )
    def test_of_a_large_count_says_its_share(self, events, people, said):
        row: Any = {"events": events, "people": people}

        assert count_words(row) == said

    def test_of_sessions_says_them_for_each_concern(self, full_page):
        figure = full_page.find("figcaption", string="Sessions in studies, by concern").find_parent("figure")

        assert [words(row) for row in figure.find_all("li")] == [
            "Dull skin 3 to 6 sessions, 2 to 4 weeks apart",
            "Deep scars 4 or more sessions",
        ]

    def test_of_sessions_counts_one_session_and_one_week_as_one(self):
        weeks = {"weeks_apart_from": 1, "weeks_apart_to": 1}
        once: Any = {"name": "Freckles", "sessions_from": 1, "sessions_to": 1, **weeks}
        more: Any = {"name": "Scars", "sessions_from": 1, "weeks_apart_from": 1, "weeks_apart_to": 2}

        rows = sessions_plot([once, more]).rows

        assert [row.words for row in rows] == ["1 session", "1 or more sessions, 1 to 2 weeks apart"]
        assert [row.open for row in rows] == [False, True]
        # Only the least is sure: both bars are as long.
        assert rows[0].length == rows[1].length

    def test_of_pain_says_each_score(self, full_page):
        (row,) = full_page.find(id="appointment").figure.find_all("li")

        assert words(row) == "Dull skin 2.5 out of 10"

    def test_of_the_course_says_its_steps(self, full_page):
        figure = full_page.find("figcaption", string="A whole course").find_parent("figure")

        steps = [words(row) for row in figure.find_all("li")]

        assert steps[0].startswith("The course: 3 to 6 sessions")
        assert steps[1].startswith("How long it lasts: 6 months or more")

    def test_of_the_course_marks_again_what_is_to_be_confirmed(self, show):
        measures = [("sessions", 3, "evidence"), ("lasting-months", 12, "proposed"), ("upkeep-months", 6, "clinic")]
        facts = [
            {"label": measure, "measure": measure, "least": least, "basis": basis, "at_top": True}
            for measure, least, basis in measures
        ]
        page = show(plain_document(key_facts=facts))

        steps = [words(step) for step in page.find(id="results").select(".timeline__step")]
        marked = [step.endswith(mark) for step, mark in zip(steps, ("", "to be confirmed", "our figure"), strict=True)]
        assert marked == [True] * 3
        assert "to be confirmed" not in steps[0]

    def test_of_the_course_says_what_it_assumes_and_has_a_scale(self, full_page):
        figure = full_page.find("figcaption", string="A whole course").find_parent("figure")

        assert words(figure.p) == (
            "How far apart the sessions are is not said here, so they are drawn evenly. "
            "Open circles are sessions that not everyone needs."
        )
        assert [words(text) for text in figure.find_all("text")] == ["0", "3", "6", "9 months"]

    @pytest.mark.parametrize(("changes", "months"), one_in(3, [({}, None), ({"most": 9}, 9), ({"most": 6}, 6)]))
    def test_of_the_course_goes_on_in_dashes_to_the_end_if_one_is_known(self, show, changes, months):
        facts = [
            {"label": "Course", "measure": "sessions", "least": 2},
            {"label": "Time between", "measure": "weeks-apart", "least": 3, "most": 5},
            {"label": "Lasting", "measure": "lasting-months", "least": 6, **changes},
        ]

        figure = show(plain_document(key_facts=facts)).find(id="results").figure

        assert words(figure.figcaption) == "A whole course, drawn to scale"
        assert words(figure.p) == "Drawn with 4 weeks between sessions."
        line, lasting = figure.select_one(".timeline__onward"), figure.select_one(".timeline__lasting")
        at = {name: float(line[name].rstrip("%")) for name in ("x1", "x2")}
        month = float(lasting["width"].rstrip("%")) / 6
        end = float(figure.select_one("line.timeline__tick")["x2"].rstrip("%"))
        assert at["x2"] == pytest.approx(at["x1"] + month * (months - 6) if months else end, abs=0.1)

    @pytest.mark.parametrize(("numbers", "circles"), [({"least": 12}, 12), ({"least": 12, "most": 13}, None)])
    def test_of_the_course_is_whole_or_not_there(self, show, numbers, circles):
        page = show(plain_document(key_facts=[{"label": "Course", "measure": "sessions", **numbers}]))

        figure = page.find(id="results").figure
        assert figure is None if circles is None else len(figure.select("circle")) == circles

    def test_of_a_single_session_says_nothing_of_the_time_between_sessions(self, show):
        facts = [{"label": "Course", "measure": "sessions", "least": 1}]

        figure = show(plain_document(key_facts=facts)).find(id="results").figure

        assert figure.p.find_parent("li")
        assert [words(text) for text in figure.find_all("text")] == ["0", "1", "2", "3 weeks"]

    @pytest.mark.parametrize(
        ("numbers", "said"),
        one_in(
            4,
            [
                ({"least": 1}, "1 session or more"),
                ({"least": 1, "most": 1}, "1 session"),
                ({"least": 1, "most": 2}, "1 to 2 sessions"),
                ({"least": 3}, "3 sessions or more"),
            ],
        ),
    )
    def test_of_the_course_counts_one_session_as_one(self, show, numbers, said):
        page = show(plain_document(key_facts=[{"label": "Course", "measure": "sessions", **numbers}]))

        assert words(page.find(id="results").li) == f"The course: {said} no source"

    @pytest.mark.parametrize(
        ("weeks", "labels"),
        [
            (2.08, ["0", "1 week"]),
            (4, ["0", "1", "2", "3 weeks"]),
            (8, ["0", "2", "4", "6 weeks"]),
            (9, ["0", "3", "6 weeks"]),
            (9.5, ["0", "1", "2 months"]),
            (17, ["0", "1", "2", "3 months"]),
            (60, ["0", "6", "12 months"]),
            (4000, ["0", "288", "576", "864 months"]),
        ],
    )
    def test_of_the_course_has_a_scale_that_fits_a_phone(self, weeks, labels):
        assert [label for _week, label in time_ticks(weeks)] == labels

    def test_of_the_recovery_numbers_the_stages_of_the_list_below(self, full_page):
        section = full_page.find(id="recovery")

        numbers = [words(text) for text in section.svg.find_all("text")][:2]

        assert numbers == ["1", "2"]
        assert [words(stage.p) for stage in section.ol.find_all("li", recursive=False)] == ["First day", "First week"]

    @pytest.mark.parametrize(
        ("days", "downs"),
        one_in(
            3,
            [
                ([(0, 0), (1, 7), (8, 30)], [0, 0, 0]),
                ([(0, 3), (2, 7), (8, 30)], [0, 38, 0]),
                ([(0, 30), (0, 3), (3, 7), (4, 7)], [0, 38, 76, 38]),
            ],
        ),
        ids=["after one another", "one begins before the other ends", "beside one that lasts"],
    )
    def test_of_the_recovery_draws_no_stage_over_another(self, show, days, downs):
        stages = [
            {"key": f"stage-{first}-{last}", "title": "Stage", "from_day": first, "to_day": last, "usual": "Redness."}
            for first, last in days
        ]

        groups = show(plain_document(recovery=stages)).find(id="recovery").svg.find_all("g")

        assert [group["transform"] for group in groups[:-1]] == [f"translate(0 {down})" for down in downs]
        assert groups[-1]["transform"] == f"translate(0 {max(downs)})"

    @pytest.mark.parametrize("last", [30, 90, 180, 400])
    def test_of_the_recovery_keeps_its_labels_apart_and_inside(self, last):
        stages: list[Any] = [{"from_day": 0, "to_day": 7}, {"from_day": 8, "to_day": last}]

        marks = recovery_line(stages).ticks

        places = [float(position.rstrip("%")) for position, _label, _anchor in marks]
        assert all(after - before >= 24 for before, after in itertools.pairwise(places))
        assert {anchor for (_position, _label, anchor), place in zip(marks, places, strict=True) if place > 88} <= {
            "end"
        }
        assert len(marks) > 1

    @pytest.mark.parametrize(("number", "drawn"), [(6, True), (7, False)])
    def test_of_the_recovery_is_not_drawn_as_a_heap(self, show, number, drawn):
        stages = [
            {"key": f"stage-{one}", "title": "Stage", "from_day": 0, "to_day": 7, "usual": "Redness."}
            for one in range(number)
        ]

        assert bool(show(plain_document(recovery=stages)).find(id="recovery").svg) is drawn


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[a](javascript:alert(1)) ![b](x)",
    "{{ article }}{% now 'Y' %}&lt;b&gt;&amp;",
]


def infected(text):
    """A document with this text in every place that takes free text."""
    data = full_document(reviewer=text, review_date="2026-01-10")
    for name in ("name", "title", "answer", "description"):
        data[name] = text
    data["photos"] = [{"picture": PICTURE, "width": 4, "height": 3, "alt": text, "caption": text, "credit": text}]
    for part, model in PARTS.items():
        for row in data[part]:
            for column in documents.fields_of(model):
                if (
                    isinstance(column, models.TextField | models.CharField)
                    and not column.choices
                    and column.name not in ("key", "picture", "url", "reference", "currency", *model.refers)
                    and not (column.name == "value" and "measure" in row)
                ):
                    row[column.name] = text
    return data


@pytest.mark.slow
@pytest.mark.django_db
class TestAHostileText:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_is_only_text_wherever_it_stands(self, show, text):
        make_clinic(name=text, address=text, access=text, phone=text[:40], email="a@example.org", emergency_number="1")

        page = show(infected(text))

        for script in page.find_all("script"):
            assert script["type"] == "application/ld+json" or (
                script["src"].startswith("/static/") and not script.string
            )
        assert page.main.find_all("img") == []
        for element in page.find_all(True):
            assert not [name for name in element.attrs if name.startswith("on") or name == "style"]
            assert not element.get("href", "").strip().lower().startswith("javascript:")
        assert words(page.h1) == text
        assert meta(page, "description") == meta(page, "og:title") == text
        assert text in page.find(id="alternatives").p.get_text()

    @pytest.mark.parametrize("text", HOSTILE)
    def test_does_not_break_the_structured_data(self, show, text):
        nodes = structured_data(show(infected(text)))

        assert nodes["MedicalWebPage"]["name"] == text
        assert nodes["MedicalProcedure"]["description"] == text
        assert nodes["FAQPage"]["mainEntity"][0]["name"] == text


@pytest.mark.django_db
class TestAPictureOnThePage:
    def data(self, **changes):
        picture = make_picture(size=(64, 48))
        photo = {"picture": picture.name, "width": 64, "height": 48, "alt": "Clear skin", "caption": "In June"}
        return full_document(photos=[{**photo, **changes}])

    def test_comes_in_every_form_with_its_text_and_size(self, show):
        page = show(self.data())

        picture = page.picture

        assert picture.img["alt"] == "Clear skin"
        assert (picture.img["width"], picture.img["height"]) == ("64", "48")
        assert [source["type"] for source in picture.find_all("source")] == ["image/avif", "image/webp"]
        assert words(picture.find_parent("figure").figcaption) == "In June"

    def test_has_files_behind_every_address(self, show, client):
        page = show(self.data())

        addresses = [page.picture.img["src"], *(source["srcset"].split()[0] for source in page.find_all("source"))]
        addresses.append(meta(page, "og:image").removeprefix("http://127.0.0.1:8000"))

        for address in addresses:
            response = client.get(address)
            assert response.status_code == 200
            assert b"".join(response)

    def test_is_named_to_those_who_share_the_page(self, show):
        page = show(self.data())

        assert meta(page, "og:image").endswith("-64.jpg")
        assert meta(page, "og:image:alt") == "Clear skin"
        assert structured_data(page)["MedicalWebPage"]["primaryImageOfPage"]["url"] == meta(page, "og:image")

    def test_that_was_withdrawn_leaves_its_text(self, show):
        data = self.data()
        pictures.withdraw(data["photos"][0]["picture"])

        page = show(data)

        assert not page.main.find("img")
        assert "Clear skin" in words(page.figure)
        assert "primaryImageOfPage" not in structured_data(page)["MedicalWebPage"]
        assert meta(page, "og:image").endswith("/static/img/preview.png")

    def test_that_is_missing_leaves_no_gap(self, full_page):
        assert not full_page.main.find("img")
        assert not full_page.select("figure:not(:has(figcaption))")


def strings(value):
    """Every text inside plain data, without what only machines read."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.startswith("@"):
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.django_db
class TestTheStructuredData:
    def test_says_nothing_that_the_page_does_not_show(self, rich_page):
        nodes = structured_data(rich_page)
        shown = squeezed(rich_page.body.get_text())

        # A procedure's texts are rows put together, which the page shows one by one.
        said = [sentence for text in strings(nodes["MedicalProcedure"]) for sentence in re.split(r"(?<=[.?!]) ", text)]
        said += strings(nodes["FAQPage"])

        assert len(said) > 8
        assert [text for text in said if squeezed(text) not in shown] == []

    def test_has_the_questions_of_the_page_in_its_order(self, rich_page):
        asked = [question["name"] for question in structured_data(rich_page)["FAQPage"]["mainEntity"]]

        assert asked == [words(opens.summary) for opens in rich_page.select("#questions > .rows > details")]

    def test_has_no_questions_without_questions(self, show):
        assert "FAQPage" not in structured_data(show(without("questions")))

    def test_names_page_clinic_and_trail(self, full_page):
        nodes = structured_data(full_page)

        assert set(nodes) == {"MedicalWebPage", "MedicalProcedure", "MedicalClinic", "BreadcrumbList", "FAQPage"}
        assert nodes["MedicalWebPage"]["url"] == "http://127.0.0.1:8000/treatments/light-peel/"
        trail = [item["name"] for item in nodes["BreadcrumbList"]["itemListElement"]]
        assert trail == ["Home", "Treatments", "Light peel"]

    def test_says_last_reviewed_only_if_it_was(self, show):
        assert "lastReviewed" not in structured_data(show(full_document()))["MedicalWebPage"]

        node = structured_data(show(full_document(slug="reviewed", **REVIEW)))["MedicalWebPage"]

        assert node["lastReviewed"] == "2026-01-10"
        assert node["reviewedBy"]["name"] == "Dr Lee, dermatologist"

    def test_dates_the_page_by_the_day_at_the_clinic(self, show, time_machine):
        time_machine.move_to(datetime.datetime(2026, 6, 1, 20, tzinfo=datetime.UTC), tick=False)

        page = show(full_document())

        assert structured_data(page)["MedicalWebPage"]["dateModified"] == "2026-06-02"
        assert "Tuesday 2 June 2026" in words(page.find(id="edition"))


@pytest.mark.django_db
class TestTheHead:
    def test_names_the_page_for_search_and_for_sharing(self, full_page):
        document = full_document()

        assert words(full_page.title) == document["title"]
        assert meta(full_page, "description") == document["description"]
        assert meta(full_page, "og:type") == "article"
        assert meta(full_page, "og:title") == document["title"]
        assert meta(full_page, "og:description") == document["description"]
        assert meta(full_page, "og:site_name") == Clinic.objects.current().name
        assert meta(full_page, "og:image").startswith("http://127.0.0.1:8000/static/")

    def test_has_one_canonical_address_whatever_was_asked(self, read):
        treatment = make_edition_of(full_document())

        page = read(treatment.get_absolute_url() + "?utm_source=letter", host="localhost")

        address = "http://127.0.0.1:8000/treatments/light-peel/"
        assert [link["href"] for link in page.find_all("link", rel="canonical")] == [address]
        assert meta(page, "og:url") == address

    def test_needs_nothing_from_other_places(self, full_page):
        addresses = [element.get("src") or element.get("href") for element in full_page.select("[src], link[href]")]

        assert all(address.startswith(("/", "http://127.0.0.1:8000/")) for address in addresses)

    def test_of_a_demonstration_does_not_ask_to_be_left_out_of_search(self, full_page):
        assert meta(full_page, "robots") is None
        assert "X-Robots-Tag" not in full_page.response.headers
        assert "Demonstration: no clinic reads what you send." in words(full_page.header)

    def test_of_a_site_that_is_not_open_yet_does(self, show, settings):
        settings.IS_DEMONSTRATION = False

        page = show(full_document())

        assert meta(page, "robots") == "noindex"
        assert page.response.headers["X-Robots-Tag"] == "noindex"
        assert "This site is not open yet." in words(page.header)

    def test_of_a_site_that_is_open_does_not(self, show, settings):
        settings.IS_DEMONSTRATION = False
        make_clinic(opened_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))

        page = show(full_document())

        assert meta(page, "robots") is None
        assert "X-Robots-Tag" not in page.response.headers
        assert not page.header.find_all("p")


@pytest.mark.django_db
class TestTheReview:
    def about(self, page):
        facts = page.find(id="edition").find_all("dt")
        return {words(name): words(name.find_next_sibling("dd")) for name in facts}

    def test_that_has_not_been_is_said(self, full_page):
        assert self.about(full_page)["Last reviewed"] == "Not yet"
        assert "Sample, awaiting clinical review" in words(full_page.article.header)

    def test_is_dated_and_signed(self, show, time_machine):
        time_machine.move_to(datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC), tick=False)

        about = self.about(show(full_document(**REVIEW)))

        assert about["Last reviewed"] == "Saturday 10 January 2026, by Dr Lee, dermatologist"
        assert about["Next review"] == "Friday 10 July 2026"

    @pytest.mark.parametrize(("hour", "overdue"), one_in(2, [(15, False), (16, True)]))
    def test_is_overdue_from_the_day_after_at_the_clinic(self, show, time_machine, hour, overdue):
        # Kuala Lumpur is eight hours ahead: 16:00 in UTC is its midnight.
        time_machine.move_to(datetime.datetime(2026, 7, 10, hour, tzinfo=datetime.UTC), tick=False)

        about = self.about(show(full_document(**REVIEW)))

        assert ("This page is being reviewed again." in about["Next review"]) == overdue

    def test_that_has_run_out_is_said_on_a_page_that_was_kept(self, read, time_machine):
        time_machine.move_to(datetime.datetime(2026, 7, 10, 15, tzinfo=datetime.UTC), tick=False)
        make_clinic()
        treatment = make_edition_of(full_document(**REVIEW))
        assert "reviewed again" not in words(read(treatment.get_absolute_url()))

        time_machine.move_to(datetime.datetime(2026, 7, 10, 16, tzinfo=datetime.UTC), tick=False)

        assert "reviewed again" in words(read(treatment.get_absolute_url()))

    def test_comes_with_the_edition_and_what_changed_now_and_before(self, read):
        treatment = make_published_treatment()
        assert "Earlier editions" not in words(read(treatment.get_absolute_url()))
        for name in ("Softer", "Finer"):
            treatment.benefit_rows.update(title=f"{name} feel")
            publishing.publish_sample(treatment, note=f"{name} is a better name")

        page = read(treatment.get_absolute_url())

        about = self.about(page)
        assert about["Edition"].startswith("3, ")
        assert about["What changed"] == "Finer is a better name"
        earlier = [words(row).partition(", ")[0] for row in page.select("#edition details li")]
        assert earlier == ["Edition 2", "Edition 1"]
        assert "Softer is a better name" in words(page.select_one("#edition details"))


@pytest.mark.django_db
class TestTheReadingOrder:
    TERMS = [{"key": "retinoid", "term": "retinoids", "meaning": "Creams."}]

    @pytest.mark.parametrize(
        "row",
        [
            (
                "precautions",
                {"situation": "x", "advice": "wait", "says": "No retinoids.", "why": "Retinoids irritate."},
            ),
            ("benefits", {"title": "x", "text": "No retinoids.", "finding": "Retinoids irritate."}),
        ],
    )
    def test_explains_a_word_where_it_first_stands_in_a_row(self, read, row):
        part, values = row
        page = read(make_edition_of(plain_document(glossary=self.TERMS, **{part: [values]})).get_absolute_url())
        assert [words(button.span) for button in page.select("button.term")] == ["retinoids"]

    def test_numbers_sources_in_the_order_of_the_page(self, read):
        sources = [{"reference": f"R{n}", "title": f"S{n}", "evidence": "study", "shown": True} for n in (1, 2)]
        rules = [
            {"rule": "Avoid.", "avoid": True, "to_day": 0, "sources": ["R1"]},
            {"rule": "Do.", "to_day": 0, "sources": ["R2"]},
        ]
        page = read(make_edition_of(plain_document(sources=sources, preparation=rules)).get_absolute_url())
        assert [words(link) for link in page.select("a[role=doc-noteref]")] == ["1", "2"]

    @pytest.mark.slow
    def test_of_the_bundled_article_numbers_sources_in_the_order_of_its_statements(self, read):
        treatment = make_edition_of(bundled_article())
        places = ids(read(treatment.get_absolute_url()))
        entries = read(f"{treatment.get_absolute_url()}sources/").select(".sources > li > ul > li:first-child > a")

        first_of_each = [places.index(entry["href"].partition("#")[2]) for entry in entries]

        assert len(first_of_each) > 60
        assert first_of_each == sorted(first_of_each)

    def test_does_not_break_a_sign_that_a_word_looks_like(self, read):
        terms = [{"term": "amp", "meaning": "A unit."}]
        page = read(make_edition_of(plain_document(answer="Fish & chips.", glossary=terms)).get_absolute_url())
        assert words(page.h1.find_next("p")) == "Fish & chips."

    def test_shows_every_key_fact_and_detail(self, read):
        facts = [
            {"label": "In words", "value": "Not at the top"},
            {"label": "Pain", "measure": "pain-score", "least": 3},
            {"label": "Course", "measure": "sessions", "least": 3, "detail": "Tattoos need more."},
        ]
        text = words(read(make_edition_of(plain_document(key_facts=facts)).get_absolute_url()).main)
        assert [t for t in ("Not at the top", "3 or more out of 10", "Tattoos need more.") if t not in text] == []

    def test_shows_every_picture_without_results(self, read):
        photos = [{"picture": f"{n}" * 64 + ".webp", "width": 4, "height": 3, "alt": f"Picture {n}"} for n in (1, 2)]
        text = words(read(make_edition_of(plain_document(photos=photos)).get_absolute_url()).main)
        assert "Picture 2" in text

    @pytest.mark.parametrize(
        ("part", "days", "said"),
        one_in(
            4,
            [
                ("preparation", {"least_day": -14, "to_day": -1}, "from at least 2 weeks before"),
                ("preparation", {"least_day": 0, "to_day": 0}, "on the day at least"),
                ("aftercare", {"from_day": 0, "least_day": 3}, "for at least 3 days after"),
                ("aftercare", {"from_day": 2, "least_day": 5}, "from day 2 to day 5 at least"),
            ],
        ),
    )
    def test_says_the_least_of_days_without_an_end(self, read, part, days, said):
        page = read(make_edition_of(plain_document(**{part: [{"rule": "Wait.", **days}]})).get_absolute_url())
        assert said in words(page.find(id=part)).lower()

    @pytest.mark.parametrize(
        ("days", "said"),
        [
            ((-4, -1, -2), "from 2 to 4 days before"),
            ((-28, -7, -14), "from 2 to 4 weeks before until 7 days before"),
            ((-28, -14, -28), "from 4 weeks before until 2 weeks before"),
            ((-14, 0, -14), "from 2 weeks before"),
            ((None, -3, -7), "from at least 7 days before until 3 days before"),
            ((1, 5, 3), "for 3 to 5 days after"),
            ((0, 3, 0), "for up to 3 days after"),
            ((1, 5, 5), "for 5 days after"),
            ((2, None, 2), "from day 2 on"),
            ((14, 14, 14), "2 weeks after"),
            ((0, 365, None), "for 1 year after"),
            ((7, 14, None), "days 7 to 14 after"),
            ((7, 28, None), "days 7 to 28 after"),
            ((14, 28, None), "from 2 to 4 weeks after"),
            ((30, 90, None), "days 30 to 90 after"),
            ((60, 180, None), "from 2 to 6 months after"),
        ],
    )
    def test_says_when_a_rule_begins_and_ends(self, days, said):
        assert days_of.in_words(*days) == said

    def test_says_the_days_of_each_recovery_stage(self, read):
        page = read(make_edition_of(full_document()).get_absolute_url())
        assert "For 7 days after" in words(page.find(id="recovery-first-week"))
