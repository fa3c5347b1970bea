"""A small Markdown that loses nothing: no star between numbers, no line that looks like something else."""

import pytest
from bs4 import BeautifulSoup

from treatments.text.prose import html, notice_html, words
from treatments.text.words import words_of_markdown


class TestAStar:
    @pytest.mark.parametrize(
        "text",
        [
            "Take 1*500 mg in the morning, later 2*500 mg.",
            "2*3 cm and 3*4 cm",
            "10*0.1 ml, 15*0.1 ml",
            "500mg*2 at first, 250mg*3 later",
            "5 tablets*2, 3 tablets*4",
            "(2)*3 and 4*(5)",
            "5 *3 and 6* 4",
            "2**10 and 3**10",
            "50%*2 and 30%*3",
            "3*½ and 2*¼",
            "３*４ と ５*６",
            "每次2*5片，每日3*5片",
            "x*2 and y*3",
            "30*, 50*",
            "2 * 3 and 4 * 5",
            "2*3*4",
        ],
    )
    def test_between_numbers_is_a_star(self, text):
        assert html(text) == f"<p>{text}</p>"
        assert notice_html(text) == f"<p>{text}</p>"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("*really*, **never**", "<em>really</em>, <strong>never</strong>"),
            ("***both***", "<em><strong>both</strong></em>"),
            ("pain**less**", "pain<strong>less</strong>"),
            ("**10**mg, **2** to **4** weeks", "<strong>10</strong>mg, <strong>2</strong> to <strong>4</strong> weeks"),
            ("In 2020 **30 of 40**", "In 2020 <strong>30 of 40</strong>"),
            ("*5 to 10* days", "<em>5 to 10</em> days"),
            ("间隔**二**至**三**周", "间隔<strong>二</strong>至<strong>三</strong>周"),
            ("每**一**二", "每<strong>一</strong>二"),
            ("_a_ __b__ c_d_e", "<em>a</em> <strong>b</strong> c_d_e"),
        ],
    )
    def test_around_words_is_emphasis(self, text, shown):
        assert html(text) == f"<p>{shown}</p>"


class TestBold:
    @pytest.mark.parametrize(
        ("text", "bold"),
        [
            ("请**「先不要做」**，…。**重要：**请告诉我们。", ["「先不要做」", "重要："]),
            ("**清洁**皮肤", ["清洁"]),
            ("他说**“不”**了", ["“不”"]),
            ("これは**（重要）**です。", ["（重要）"]),
            ("**레이저(laser)**는 좋다", ["레이저(laser)"]),
            ("ห้าม**(สำคัญ)**ทำ", ["(สำคัญ)"]),
            ("Do **not **take it", ["not "]),
            ("**Never **and **not **at all", ["Never ", "not "]),
            ("**Note:**ask us", ["Note:"]),
            ("a **b *c* **d", ["b <em>c</em> "]),
        ],
    )
    def test_is_bold_wherever_it_was_meant(self, text, bold):
        pieces = html(text).removeprefix("<p>").removesuffix("</p>").split("<strong>")[1:]

        assert [piece.split("</strong>")[0] for piece in pieces] == bold
        assert "**" not in html(text)

    @pytest.mark.parametrize("text", ["**a and b", "a** and b**", "** a **", "*a **b* c **d", "Do** not** take it"])
    def test_never_makes_tags_that_cross_or_are_not_closed(self, text):
        shown = html(text)

        assert shown.count("<strong>") == shown.count("</strong>")
        assert words(shown).replace("*", "").split() == text.replace("*", "").split()


class TestALineThatLooksLikeSomethingElse:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("[Warning]: bleeding", "[Warning]: bleeding"),
            ("[Warning]:\nbleeding", "[Warning]: bleeding"),
            ("See [1].\n\n[1]: doi:10.1000/xyz", "See [1]. [1]: doi:10.1000/xyz"),
            ("As [Smith](2020) found", "As [Smith](2020) found"),
            ("[us](www.example.org)", "[us](www.example.org)"),
            ("[us](//example.org)", "[us](//example.org)"),
            ("[us](/&#47;example.org)", "[us](//example.org)"),
            *((f"[us]({slashes}example.org)", r"[us](/\example.org)") for slashes in ("/\\", r"/\\", "/&bsol;")),
        ],
    )
    def test_is_shown_as_it_stands(self, text, seen):
        assert words(html(text)) == seen
        assert "<a" not in html(text)

    def test_is_a_link_where_it_names_an_address(self):
        for address in ("https://example.org/", "mailto:a@example.org", "tel:+60123456789", "/privacy/", "#risks"):
            assert f'href="{address}"' in html(f"[more]({address})")


class TestAListWithNumbers:
    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("1. Mei: rest\n15. Mei: sun", [1, 15]),
            ("2024. First\n2026. Second\n2027. Third", [2024, 2026, 2027]),
            ("3. Last\n2. Middle\n1. First", [3, 2, 1]),
            ("1. Wash\n\n   with water\n\n5. Dry", [1, 5]),
            ("1. Wash\n   1. Hands\n   4. Face\n2. Dry", [1, 1, 4, 2]),
            ("1. Wash\n1. Dry\n1. Rest", [1, 2, 3]),
            ("0. Ask\n1. Wash", [0, 1]),
            ("- Wash\n- Dry", []),
        ],
    )
    def test_shows_those_that_were_typed(self, text, numbers):
        assert shown_numbers(BeautifulSoup(html(text), "html.parser")) == numbers
        assert shown_numbers(BeautifulSoup(notice_html(text), "html.parser")) == numbers

    def test_has_them_in_its_words(self):
        text = "1. Mei: rest\n\n15. Mei: sun"

        assert words(html(text)) == "Mei: rest 15. Mei: sun"
        assert words_of_markdown(text) == "Mei: rest\n15. Mei: sun"


def shown_numbers(page):
    """The numbers that a browser draws before the items of lists, in their order."""
    numbers: dict[int, int] = {}
    for item in page.select("ol > li"):
        before = item.find_previous_sibling("li")
        following = numbers[id(before)] + 1 if before else int(item.parent.get("start", 1))
        numbers[id(item)] = int(item.get("value", following))
    return list(numbers.values())


class TestItsWords:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("2026. A year of rest", "2026. A year of rest"),
            ("Free from\n\n3. Mei\n\nand later", "Free from 3. Mei and later"),
            ("5. Mai\n\n   in Kuala Lumpur", "5. Mai in Kuala Lumpur"),
            ("1. Wash\n2. Dry", "Wash Dry"),
        ],
    )
    def test_have_the_number_that_a_list_is_counted_from(self, text, seen):
        assert words(html(text)) == seen


class TestALink:
    @pytest.mark.parametrize("title", ['"no risk"', "'no risk'", "(no risk)"])
    def test_says_nothing_but_its_words(self, title):
        assert html(f"[more](https://example.org {title})") == '<p><a href="https://example.org">more</a></p>'


class TestAnEntity:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("Price &#x202e;05 MR", "Price 05 MR"),
            ("a&ZeroWidthSpace;b&#8294;c&NoBreak;d", "abcd"),
            ("&#x3164;x", "x"),
            ("می&zwnj;خواهم", "می\u200cخواهم"),
            ("Haut&shy;arzt", "Haut\u00adarzt"),
            ("5&nbsp;mg &lt; 6 &amp; 7", "5 mg < 6 & 7"),
        ],
    )
    def test_brings_in_no_sign_that_cannot_be_typed(self, text, seen):
        assert words(html(text)) == words(notice_html(text)) == seen
