"""A word of the glossary is found as readers know it, in every script, and keeps its signs on its line."""

import re

import pytest
from bs4 import BeautifulSoup

from treatments.text.explainer import Explainer
from treatments.text.prose import html
from treatments.values.row_types import TermRow


def term_row(term, *, key, also="") -> TermRow:
    """A word of a glossary."""
    return {"key": key, "basis": "clinic", "term": term, "also": also, "meaning": "What it means."}


def explained(text, *terms, also="", markup=html):
    """The text of each button and the word in it, where these terms are explained."""
    explain = Explainer([term_row(term, key=f"k{place}", also=also) for place, term in enumerate(terms)])
    page = BeautifulSoup(explain(markup(text)), "html.parser")
    return [(button.text, button.span.text) for button in page.find_all("button")]


def words_of(text, *terms, **options):
    return [word for _button, word in explained(text, *terms, **options)]


class TestAWord:
    @pytest.mark.parametrize(
        ("text", "term"),
        [
            ("इंजेक्शनों", "इंजेक्शन"),
            ("சிகிச்சைகள்", "சிகிச்சை"),
            ("لَيزَرات", "ليزر"),
            ("Cafe\u0301", "Cafe"),
            ("Café", "Cafe"),
            ("เลา", "ลา"),
            ("ฝ้า", "ฝ"),
            ("ស្រី", "រី"),
            ("non\u2011ablative", "ablative"),
            ("non\u2010ablative", "ablative"),
            ("semi\u00adablative", "ablative"),
            ("semiablative", "ablative"),
            ("non**ablative**", "ablative"),
            ("laser-based", "laser"),
            ("laser_2", "laser"),
            ("SPF50", "SPF"),
            ("ピコレーザー", "レーザー"),
            ("laser.example", "laser"),
            ("info@laser", "laser"),
            ("می\u200cشود", "شود"),
            ("[laser](https://example.org)", "laser"),
            ("light of 1,532 nm", "532 nm"),
            ("SPF 50.5", "SPF 50"),
            ("SPF 50,5", "SPF 50"),
        ],
    )
    def test_is_not_found_within_another(self, text, term):
        assert words_of(text, term) == []

    @pytest.mark.parametrize(
        ("text", "term", "word"),
        [
            ("इंजेक्शन।", "इंजेक्शन", "इंजेक्शन"),
            ("使用皮秒治疗", "皮秒", "皮秒"),
            ("レーザー治療", "レーザー", "レーザー"),
            ("ใช้เลเซอร์รักษาฝ้า", "เลเซอร์", "เลเซอร์"),
            ("做IPL治疗", "IPL", "IPL"),
            ("IPL는 좋다", "IPL", "IPL"),
            ("Cafe\u0301", "café", "Cafe\u0301"),
            ("CAFÉ", "cafe\u0301", "CAFÉ"),
            ("STRASSE", "Straße", "STRASSE"),
            ("hyaluronic\nacid", "hyaluronic acid", "hyaluronic\nacid"),
            ("SPF\u00a050", "SPF 50", "SPF\u00a050"),
            ("SPF 50", "SPF\u00a050", "SPF 50"),
            ("mel\u00adasma", "melasma", "mel\u00adasma"),
            ("non\u2011ablative", "non-ablative", "non\u2011ablative"),
            ("clinician's choice", "clinician’s choice", "clinician's choice"),
            ("hyaluronic acids", "hyaluronic", "hyaluronic"),
            ("in 2020, 532 nm. Then", "532 nm", "532 nm"),
            ("SPF 50, SPF 30", "SPF 50", "SPF 50"),
            ("**laser** light", "laser", "laser"),
        ],
    )
    def test_is_found_as_readers_know_it(self, text, term, word):
        assert words_of(text, term) == [word]

    def test_gives_way_to_a_longer_one_that_is_whole(self):
        assert words_of("hyaluronic acids", "hyaluronic acid", "hyaluronic") == ["hyaluronic"]
        assert words_of("皮秒激光和皮秒", "皮秒", "皮秒激光") == ["皮秒激光", "皮秒"]

    @pytest.mark.parametrize(
        "also", ["scars, scarring", "scars，scarring", "scars、 scarring", "scars；scarring", "x,,scarring"]
    )
    def test_has_other_forms_between_commas_of_any_keyboard(self, also):
        assert words_of("A scarring", "scar", also=also) == ["scarring"]

    def test_has_another_form_with_a_number_that_has_a_comma(self):
        assert words_of("A 1 in 10, then 1,064 nm", "YAG", also="1,064 nm,532 nm") == ["1,064 nm"]
        assert words_of("At 532 nm, 50.", "YAG", also="1,064 nm,532 nm") == ["532 nm"]

    def test_is_explained_once_in_all_texts(self):
        explain = Explainer([term_row("laser", key="laser")])

        assert "button" in explain("The laser.")
        assert explain("The laser.") == "The laser."


class TestItsSigns:
    @pytest.mark.parametrize(
        ("text", "button"),
        [
            ("The laser's target", "laser's"),
            ("The laser’s target", "laser’s"),
            ("underarms (laser, …)", "(laser,"),
            ("a “laser”, he said", "“laser”,"),
            ("l’laser.", "l’laser."),
            ("用（laser）。再", "（laser）。"),
            ("A laser; “no”", "laser;"),
            ('so-called "laser" & more', '"laser"'),
            ("(**laser**), yes", "(laser),"),
            ("the **laser**’s light", "laser’s"),
            ("laser/light", "laser/"),
            ("ใช้laser", "laser"),
            ("le «\u00a0laser\u00a0» est", "«\u00a0laser\u00a0»"),
            ("Un laser\u202f! Oui", "laser\u202f!"),
            ("our 50\u00a0laser\u00a0nm pulses", "50\u00a0laser\u00a0nm"),
            ("治疗。laser是", "laser"),
            ("（皮秒）laser（见下）", "laser"),
            ("“皮秒”laser“治疗”", "laser"),
            ("说：“laser”，再", "“laser”，"),
            ("**皮秒**，laser", "laser"),
            ("**注意：**laser（**强**）", "laser"),
            ("IPL (laser(s)) fade", "(laser(s))"),
            ("„Laser“ oder »Licht«", "„Laser“"),
            ("»Laser« oder „Licht“", "»Laser«"),
            ("¿laser? No", "¿laser?"),
        ],
    )
    def test_stand_in_its_box(self, text, button):
        ((found, word),) = explained(text, "laser")

        assert (found, word.lower()) == (button, "laser")

    @pytest.mark.parametrize("text", ["(**laser**), “laser’s”", "a (laser) & <laser> “laser’s”.", "laser laser’s"])
    def test_stay_in_the_text_in_their_order(self, text):
        explain = Explainer([term_row("laser", key="laser")])

        shown = BeautifulSoup(explain(html(text)), "html.parser").text

        assert shown == re.sub(r"\*", "", text)
