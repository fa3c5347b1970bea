"""A patient prints, in Chromium and in Firefox: the article with every fold, and the care sheet on one side."""

import pathlib
import re
import subprocess
import unicodedata

import pytest

from treatments.tests.builders import bundled_article
from treatments.tests.journeys import at_the_desk
from treatments.tests.meaning import squeezed
from treatments.tests.source_files import sentences

pytestmark = pytest.mark.journey

ARTICLE = "/treatments/pico-laser/"
#: The clinic with all its numbers and a long name.
LONG = {
    "name": "Nexus Clinic of Aesthetic Medicine and Dermatology, Kuala Lumpur",
    "phone": "+60 3-2345 6789",
    "out_of_hours_phone": "+60 12-345 6789",
    "emergency_number": "999",
}
SHORT = {"name": "Nexus Clinic", "phone": "", "out_of_hours_phone": "", "emergency_number": ""}
#: The texts that stand in folds of rows, and in chapters that are folded themselves.
FOLDED = [
    ("precautions", "why"),
    ("concerns", "honest"),
    ("risks", "text"),
    ("preparation", "why"),
    ("aftercare", "why"),
    ("recovery", "usual"),
    ("benefits", "text"),
    ("alternatives", "limits"),
    ("questions", "answer"),
    ("glossary", "meaning"),
]
BROWSERS = ["Chromium", "Firefox"]


@pytest.fixture(scope="module")
def printed(site, chromium, fox, tmp_path_factory):
    """Print a page on A4 with a browser, scripts off, and keep it: the file of printed(browser, path)."""
    folder = tmp_path_factory.mktemp("printed")
    files: dict[tuple[str, str], pathlib.Path] = {}
    context = chromium.new_context(java_script_enabled=False)

    def by_chromium(address):
        page = context.new_page()
        page.goto(address)
        return page.pdf(format="A4", prefer_css_page_size=True)

    def by_firefox(address):
        fox.visit(address)
        return fox.pdf()

    def to_file(browser, path):
        if (browser, path) not in files:
            file = files[browser, path] = folder / f"{len(files)}.pdf"
            file.write_bytes({"Chromium": by_chromium, "Firefox": by_firefox}[browser](site.url + path))
        return files[browser, path]

    yield to_file
    context.close()


def said_by(program, *arguments):
    """What a program of poppler says of a file."""
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def pages_of(file):
    """(how many pages, their size)."""
    said = said_by("pdfinfo", file)
    return int(re.search(r"Pages:\s+(\d+)", said)[1]), re.search(r"Page size:.*\((\w+)\)", said)[1]


def text_of(file):
    """Everything that is printed, without blanks and with letters apart that the face joins."""
    return squeezed(unicodedata.normalize("NFKC", said_by("pdftotext", file, "-")))


def sizes_of(file):
    """{size in points, rounded to a third: a word that is printed in it}; what has no letter is a mark or a number."""
    # The smallest unit is a pixel, of which there are three in a point at this zoom.
    said = said_by("pdftohtml", "-xml", "-i", "-zoom", "3", "-stdout", file)
    size = {name: int(pixels) / 3 for name, pixels in re.findall(r'<fontspec id="(\d+)" size="(\d+)"', said)}
    pieces = re.findall(r'<text [^>]*font="(\d+)"[^>]*>(.*?)</text>', said)
    return {size[font]: text for font, text in pieces if re.search(r"[^\W\d_]{3}", re.sub(r"<[^>]+>", "", text))}


def beginning(text):
    """The first words of a text, as far as its first sign or break, without blanks."""
    first = next(sentences(text))
    return squeezed(unicodedata.normalize("NFKC", " ".join(re.split(r"[.,;:?!]", first)[0].split()[:4])))


@pytest.mark.parametrize("browser", BROWSERS)
class TestTheArticleOnPaper:
    def test_has_the_words_of_every_fold(self, printed, browser):
        article = bundled_article()
        begins = [beginning(row[name]) for part, name in FOLDED for row in article[part] if row.get(name)]

        text = text_of(printed(browser, ARTICLE))

        assert len(begins) > 150
        assert [words for words in begins if words not in text] == []

    def test_is_at_most_24_pages(self, printed, browser):
        number, size = pages_of(printed(browser, ARTICLE))

        assert (number <= 24, size) == (True, "A4"), number

    def test_has_no_word_smaller_than_nine_and_a_half_points(self, printed, browser):
        sizes = sizes_of(printed(browser, ARTICLE))

        assert len(sizes) > 4
        assert {size: word for size, word in sizes.items() if size < 9.3} == {}

    def test_ends_with_its_sources_in_short_and_the_address_of_their_page(self, printed, browser):
        text = text_of(printed(browser, ARTICLE))

        # Firefox draws bold words as shapes, which cannot be read back.
        end = text[text.index("Thepagerestson") :]
        assert squeezed("/treatments/pico-laser/sources/") in end
        # The second column of a page may be read after all that stands below both.
        assert end.index("NHS") < end.index("Aboutthispage")
        assert "USFoodandDrugAdministration" in end
        assert "Printeverything" not in end


def test_the_article_with_every_fold_open_prints_as_it_does_shut(printed):
    plain, opened = (printed("Chromium", path) for path in (ARTICLE, f"{ARTICLE}?open=all"))

    assert text_of(opened) == text_of(plain)


@pytest.mark.parametrize("browser", BROWSERS)
class TestTheCareSheetOnPaper:
    @pytest.mark.parametrize("clinic", [SHORT, LONG], ids=["no number", "all numbers"])
    def test_is_one_side(self, site, printed, browser, clinic):
        with at_the_desk.desk(site.folder) as desk:
            desk.submit(at_the_desk.change_clinic, **clinic).result()
            file = printed(browser, f"{ARTICLE}care/?{len(clinic['name'])}")
            desk.submit(at_the_desk.change_clinic, **SHORT).result()

        text = text_of(file)
        assert pages_of(file) == (1, "A4")
        assert all(squeezed(words) in text for words in (*clinic.values(), "Pico laser: before and after", "Edition"))
