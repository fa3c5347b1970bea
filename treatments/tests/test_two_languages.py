"""A page whose document is in another language than the site: whatever is said on it is marked with its language."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client, override_settings

from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.tests import pseudo_language
from treatments.tests.builders import canonical_document, full_document, make_open_clinic
from treatments.tests.pseudo_language import CLOSE, CODE, NO_TEXT, NOT_SHOWN, NOT_TEXT, OPEN, WORD, marked

PAGES = ("", "care/", "sources/")


@pytest.fixture(scope="module")
def locale_paths(tmp_path_factory):
    return pseudo_language.make_catalogues(tmp_path_factory.mktemp("language"))


@pytest.fixture
def _published(monday_morning, db):
    """A treatment in Chinese, by its tag, on a site whose own texts are in marks."""
    make_open_clinic(name=marked("Clinic"), phone="+60 3-2345 6789")
    treatment = documents.write(canonical_document(full_document(language="zh")))
    publishing.publish_sample(treatment)


def read(path):
    return BeautifulSoup(Client().get(f"/treatments/light-peel/{path}").content, "html.parser")


def pieces(page):
    """(language that the page says, whether it comes from the catalogue, words) of each piece of text that is shown."""
    depth = 0
    for node in page.body.find_all(string=True):
        if isinstance(node, NOT_TEXT) or node.find_parent(NOT_SHOWN) or node.find_parent(attrs={"aria-hidden": "true"}):
            continue
        piece = ""
        for sign in str(node):
            if sign in (OPEN, CLOSE):
                yield language_of(node), depth > 0, piece
                piece, depth = "", depth + (1 if sign == OPEN else -1)
            else:
                piece += sign
        yield language_of(node), depth > 0, piece


def language_of(node):
    """(tag, whether it is that of the page as a whole)."""
    element = node.find_parent(attrs={"lang": True})
    return (element["lang"], element.name == "html")


@pytest.mark.slow
@pytest.mark.usefixtures("_published")
class TestAPageInAnotherLanguageThanTheSite:
    @pytest.mark.parametrize("path", PAGES)
    def test_says_of_all_its_words_in_which_language_they_are(self, locale_paths, path):
        with pseudo_language.spoken(locale_paths):
            page = read(path)

        found = [piece for piece in pieces(page) if WORD.search(NO_TEXT.sub("", piece[2]))]
        ours = [piece for piece in found if piece[1]]
        assert page.html["lang"] == "zh"
        assert [piece for piece in ours if piece[0] not in ((CODE, False), ("zh", False))] == []
        assert [piece for piece in found if not piece[1] and piece[0][0] != "zh"] == []
        assert len(ours) > 5

    def test_whose_language_the_site_speaks_too_speaks_it_throughout(self, locale_paths):
        spoken = override_settings(LANGUAGES=[(CODE, ""), ("zh", "")])
        with pseudo_language.spoken(locale_paths), spoken:
            pages = [read(path) for path in PAGES]

        for page in pages:
            assert [element.name for element in page.find_all(lang=True)] == ["html"]
            assert "Treatments" in page.header.text
