"""A page whose document is in another language than the site: whatever is said on it is marked with its language."""

import copy
import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client, override_settings

from treatments.publication import document as documents
from treatments.publication import publishing, reading
from treatments.tests import pseudo_language
from treatments.tests.builders import canonical_document, full_document, make_open_clinic, make_picture
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


def with_marks(data):
    """A document whose texts all end with words of Malay, which are marked, but for those of the page itself."""
    data = copy.deepcopy(data)
    for part, number, column, text in list(reading.passages(data)):
        if part or column.name == "answer":
            row = data[part][number] if part else data
            row[column.name] = f"{text[:30].removesuffix('.')} [kesan]{{ms}}"
    for source in data["sources"]:
        source["title"] += " [kesan]{ms}"
    return data


@pytest.mark.django_db
class TestWordsOfAnotherLanguage:
    @pytest.fixture(autouse=True)
    def _published_with_marks(self):
        make_open_clinic()
        photo = {"key": "arm", "alt": "An arm.", "picture": make_picture().name, "width": 640, "height": 480}
        document = canonical_document(with_marks(full_document(photos=[photo, {**photo, "key": "two"}])))
        publishing.publish_sample(documents.write(document))

    @pytest.mark.parametrize("path", PAGES)
    def test_are_marked_wherever_they_are_shown(self, path):
        page = read(path)

        found = [node for node in page.body.find_all(string=True) if "kesan" in node and node.parent.name != "script"]
        assert len(found) > 5
        assert [str(node.parent) for node in found if node.parent.get("lang") != "ms"] == []
        assert not {"[", "]", "{", "}"} & set(page.body.text)

    @pytest.mark.parametrize("path", ["/treatments/light-peel/", "/treatments/", "/", "/consultation/details/"])
    def test_are_like_others_in_attributes_and_data(self, path):
        text = Client().get(path).text

        assert "kesan]" not in text
        assert "]{" not in text
        assert "&lt;span" not in text
        assert "<span" not in "".join(re.findall(r'="[^"]*"', text))

    def test_make_no_other_key_and_come_back_in_an_export(self):
        row = {"title": "[Kesan sampingan]{ms} pass", "text": "[Kemerahan]{ms}.", "sources": ["R1"]}
        document = canonical_document(full_document(benefits=[row]))

        (found,) = publishing.draft_of(documents.write(document))["benefits"]

        assert found == {**row, "key": "kesan-sampingan-pass", "basis": "evidence"}


@pytest.mark.django_db
def test_the_page_of_comments_says_in_which_language_its_treatment_is_named():
    make_open_clinic()
    publishing.publish_sample(documents.write(canonical_document(full_document(language="zh", name="皮秒"))))

    page = read("comments/")

    named = page.main.find_all(string="皮秒")
    assert page.html["lang"] == "en"
    assert [node.parent.get("lang") for node in named] == ["zh", "zh"]


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
