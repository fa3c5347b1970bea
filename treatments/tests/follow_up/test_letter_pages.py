"""Letters as mail programs show them: a page that each of them can draw, and that says what the text says.

What is allowed follows what mail programs are known to draw (caniemail.com): tables and inline styles, nothing that
lies elsewhere, and no rule without which the letter could not be read.
"""

import re

import pytest
from bs4 import BeautifulSoup
from django.conf import settings

from treatments.follow_up import letters
from treatments.models import Message, MessageKind
from treatments.tests.builders import make_full_treatment, make_open_clinic, make_request
from treatments.tests.letters_of_each_kind import one_message_of_each_kind
from treatments.tests.monday import FRIDAY, HOUR

#: Elements that every mail program draws, and what each may have besides `style`.
ELEMENTS: dict[str, set[str]] = {
    "html": {"lang", "dir"},
    "head": set(),
    "title": set(),
    "meta": {"charset", "name", "content"},
    "style": set(),
    "body": {"class"},
    "table": {"role", "width", "cellpadding", "cellspacing", "border", "class", "align"},
    "tr": set(),
    "td": {"align", "class"},
    "div": set(),
    "h1": {"class"},
    "p": {"class"},
    "a": {"href", "class"},
    "br": set(),
}
#: Properties of which Gmail, Outlook, Apple Mail and Samsung Mail draw what we write, or do without.
PROPERTIES = {
    *("background-color", "color", "border", "border-top", "border-radius", "border-collapse"),
    *("font-family", "font-size", "font-weight", "line-height", "text-align", "text-decoration"),
    *("padding", "margin", "max-width", "max-height", "overflow", "display", "mso-hide", "mso-padding-alt"),
}


@pytest.fixture(autouse=True)
def _clinic(monday_morning, db):
    make_open_clinic(
        email="desk@example.org",
        phone="+60 3-2345 6789",
        address="12 Jalan Ampang\n50450 Kuala Lumpur",
        access="Lift to the third floor <left>",
        bring="Your list of medicines\nhttps://elsewhere.example/form",
    )


@pytest.fixture
def request_of_aisha():
    return make_request(FRIDAY, name="Aisha", message="<b>https://evil.example</b>", treatment=make_full_treatment())


@pytest.fixture
def written(request_of_aisha, monkeypatch):
    """A letter of each kind in each of its wordings."""
    monkeypatch.setattr(letters, "is_true", lambda *asked: True)
    monkeypatch.setattr("treatments.times.holding.open_offers", lambda *asked: [FRIDAY, FRIDAY + HOUR])
    found = [letters.letter_of(message) for message in one_message_of_each_kind(request_of_aisha)]
    assert len(found) > len(MessageKind)
    return found


def page_of(letter):
    ((html, kind),) = letter.alternatives
    assert kind == "text/html"
    return BeautifulSoup(html, "html.parser")


def squeezed(text):
    return " ".join(text.split())


def declarations(element):
    """(property, value) of each declaration in the style of an element."""
    for declaration in filter(None, map(str.strip, element.get("style", "").split(";"))):
        name, value = declaration.split(":", 1)
        yield name.strip(), value.strip()


class TestThePageOfALetter:
    def test_is_made_of_what_every_mail_program_draws(self, written):
        for element in (element for letter in written for element in page_of(letter).find_all(True)):
            assert element.name in ELEMENTS
            assert set(element.attrs) - {"style"} <= ELEMENTS[element.name], element
            assert {name for name, _value in declarations(element)} <= PROPERTIES, element
            assert not any(re.search(r"var\(|url\(|calc\(|!", value) for _name, value in declarations(element))

    def test_can_be_read_without_its_style_sheet(self, written):
        # Which only darkens it: each rule is for a dark screen, and each of its properties is set inline as well.
        for letter in written:
            (sheet,) = page_of(letter).find_all("style")
            assert re.fullmatch(
                r"\s*@media \(prefers-color-scheme: dark\) \{(\s*\.[\w-]+ \{[^{}]*\})+\s*\}\s*", sheet.string
            )
            names = re.findall(r"([\w-]+):", sheet.string.partition("{")[2])
            assert set(names) <= {"color", "background-color", "border-color"}

    def test_has_the_colours_of_the_site(self):
        tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text(encoding="utf-8")
        used = {*letters.COLOURS["light"].values(), *letters.COLOURS["dark"].values(), *letters.BAND}

        assert used <= set(re.findall(r"#[0-9a-f]{6}", tokens))

    def test_loads_nothing_and_leads_to_our_own_addresses_alone(self, written):
        for letter in written:
            page = page_of(letter)
            links = [link["href"] for link in page.find_all("a")]
            assert links
            assert all(link.startswith("http://127.0.0.1:8000/") for link in links)
            assert not page.find_all(src=True)
            assert "http" not in "".join(text for text in page.find_all(string=True) if "elsewhere" not in text)

    def test_says_its_language_and_that_it_can_be_dark(self, written):
        for letter in written:
            page = page_of(letter)
            assert page.html["lang"] == "en"
            assert page.find("meta", attrs={"name": "color-scheme"})["content"] == "light dark"
            assert page.title.string == page.h1.string == letter.subject

    def test_is_one_column_of_at_most_600_pixels_in_outlook_too(self, written):
        for letter in written:
            html = letter.alternatives[0][0]
            assert "max-width: 600px" in html
            assert '<!--[if mso]><table role="presentation" width="600"' in html

    def test_escapes_what_was_typed(self, written):
        for letter in written:
            html = letter.alternatives[0][0]
            assert "<left>" not in html
            assert "evil.example" not in html

    def test_says_every_word_of_the_text(self, written):
        for letter in written:
            page = page_of(letter)
            shown = squeezed(page.body.get_text(" "))
            links = {link["href"] for link in page.find_all("a")}
            for line in filter(None, letter.body.splitlines()):
                assert line in links or squeezed(line.removeprefix("- ")) in shown, line

    def test_begins_with_a_line_for_the_list_of_letters(self, written):
        for letter in written:
            preheader = page_of(letter).body.find("div")
            assert ("display", "none") in declarations(preheader)
            assert squeezed(preheader.get_text()) in squeezed(letter.body)
            assert len(squeezed(preheader.get_text())) > 20

    def test_is_light_also_of_a_hundred_notices(self, request_of_aisha, monkeypatch):
        monkeypatch.setattr(letters, "is_true", lambda *asked: True)
        request_of_aisha.needs_clinician = True
        payload = {"act": "erased", "start": FRIDAY.isoformat()}
        first, *others = (
            Message(pk=1, kind="clinic-notice", request=request_of_aisha, payload=payload) for _number in range(101)
        )

        letter = letters.letter_of(first, gathered=others)

        assert letter.body.count(request_of_aisha.reference) == 101
        assert len(str(letter.alternatives[0][0]).encode()) < 40_000

    def test_of_one_request_is_under_30_kilobytes(self, written):
        assert max(len(str(letter.alternatives[0][0]).encode()) for letter in written) < 30_000

    def test_goes_out_beside_its_text_and_the_calendar_file(self, written):
        confirmed = written[0].message()

        assert [part.get_content_type() for part in confirmed.get_payload()] == [
            "multipart/alternative",
            "text/calendar",
        ]
        assert [part.get_content_type() for part in confirmed.get_payload()[0].get_payload()] == [
            "text/plain",
            "text/html",
        ]
