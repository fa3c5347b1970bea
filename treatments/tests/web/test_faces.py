"""No word of ours mixes faces: every sign of the bundled texts lies in the files that the faces have."""

import re

import pytest

from treatments.tests.source_files import ROOT

FACES = (ROOT / "static/css/faces.css").read_text(encoding="utf-8")
#: Marks that stand alone, drawn by the system's faces: a footnote's, a list's and the ways onward.
ALONE = set("†✓→↓")


def ranges_of(family):
    """The code points of each file of a family, by the file's name."""
    found = {}
    for rule in re.findall(r"@font-face \{([^}]*)\}", FACES):
        if f"font-family: {family};" in rule:
            name = re.search(r'url\("\.\./faces/([^"]+)"\)', rule)[1]
            found[name] = {
                code
                for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", rule)
                for code in range(int(first, 16), int(last or first, 16) + 1)
            }
    return found


def bundled_texts():
    """The texts of templates and of the first start, and what sheets put beside them."""
    for path in (ROOT / "static/css").glob("*.css"):
        yield from re.findall(r'content: "([^"]*)"', path.read_text(encoding="utf-8"))
    yield from (path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    yield (ROOT / "treatments/content/pico-laser.toml").read_text(encoding="utf-8")
    yield from (path.read_text(encoding="utf-8") for path in (ROOT / "treatments/content/notices").glob("*.md"))


@pytest.mark.parametrize("family", ["Newsreader", "Figtree"])
class TestAFace:
    def test_has_every_sign_of_the_bundled_texts_in_its_first_file(self, family):
        first = ranges_of(family)[f"{family.lower()}.woff2"]
        signs = {sign for text in bundled_texts() for sign in text if sign.isprintable()}

        assert {sign for sign in signs if ord(sign) not in first} <= ALONE

    def test_has_no_sign_in_two_files(self, family):
        files = list(ranges_of(family).values())

        assert len(set().union(*files)) == sum(map(len, files))

    def test_has_its_files_and_its_licence(self, family):
        names = {path.name for path in (ROOT / "static/faces").iterdir()}

        assert {*ranges_of(family), f"{family.lower()}-LICENCE.txt"} <= names


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/admin/login/"])
def test_public_pages_and_the_way_in_of_staff_wear_the_same_faces_and_mark(read, path):
    page = read(path)

    (link,) = page.select("link[href*='css/site'], link[href*='css/desk']")
    sheet = (ROOT / "static/css" / link["href"].rpartition("/")[2]).read_text(encoding="utf-8")
    assert '@import "faces.css";' in sheet
    assert page.header.select_one("img[src*='mark']")
    assert not page.select("link[href*='admin/css/login']")
