"""What the page would show as it was typed is said before it is published."""

import datetime

import pytest

from treatments.publication import gate, unread
from treatments.tests.builders import bundled_article, canonical_document, fit_document, full_document, plain_document
from treatments.tests.tables import one_in


def said(text, column="answer"):
    row = {"question": "Why?", "answer": "Because.", column: text}
    return [says for _part, _number, says in unread.signs(canonical_document(plain_document(questions=[row])))]


def said_of_rule(text):
    document = plain_document(aftercare=[{"rule": text, "from_day": 1}])
    return [says for _part, _number, says in unread.signs(canonical_document(document))]


TYPED = [
    "Bring:\n• a hat\n• water",
    "Bring: • a hat • water",
    "Bring:\n\uf0b7 a hat",
    "Bring:\n● 帽子\n● 水",
    "・帽子\n・水",
    "Bring:\n– a hat\n– water",
    "Bring:\n-a hat\n-water",
    "1、清洁\n2、冷敷",
    "1.Wash\n2.Dry",
    "a) Wash\nb) Dry",
    "(1) Wash\n(2) Dry",
    "① 清洁\n② 冷敷",
    "Steps:\n2. Dry\n3. Rest",
    "| Day | What |\n|---|---|\n| 1 | Rest |",
    "Day | What | Why\n1 | Rest | Skin",
    "# Heading",
    "### 标题",
    "Heading\n=======",
    "Heading\n-------",
    "One.\n\n---\n\nTwo.",
    "<b>bold</b> words",
    "One<br>two",
    "<a href='https://example.org'>more</a>",
    "<!-- note -->",
    "[b]bold[/b]",
    "![a hand](hand.jpg)",
    "![a hand](https://example.org/hand.jpg)",
    "<https://example.org>",
    "<info@example.org>",
    "[1]: https://example.org",
    "[words](www.example.org)",
    "[words][1]",
    "`code`",
    "~~gone~~",
    "> a quotation",
    "** bold **",
    "**bold words",
    "Do** not** take it",
    "lost \ufffd sign",
    "lost &#xe000; sign",
    "一、清洁\n二、冷敷",
    "（一）清洁\n（二）冷敷",
    "（1）清洁\n（2）冷敷",
    "⑴清洁\n⑵冷敷",
    "1\ufe0f\u20e3 Wash\n2\ufe0f\u20e3 Dry",
    "✅ a hat\n✅ water",
    "👉 a hat\n💧 water",
    "→ a hat\n→ water",
    "i) Wash\nii) Dry",
    "1- Wash\n2- Dry",
    "١. غسل\n٢. تجفيف",
    "๑. ล้าง\n๒. เช็ด",
    "☐ a hat\n☑ water",
    "- [ ] a hat",
    "As shown [^1].",
    "[call us](tel:+60 3 2161 1234)",
    '[more](https://example.org "no risk")',
    "[](https://example.org)",
    "_重要：_请告诉我们",
    "__重要：__请告诉我们",
    "N O P A I N",
    "It has n o  r i s k.",
    "T I D A K S A K I T",
    "**N O** **S C A R S**",
    "N\u00a0O\u00a0P\u00a0A\u00a0I\u00a0N",
    "Ｎ Ｏ Ｐ Ａ Ｉ Ｎ",
    "N.O. P.A.I.N.",
    "N-O-S-C-A-R-S",
]
READ = [
    "Bring:\n\n- a hat\n- water",
    "* a hat\n* water",
    "1. Wash\n2. Dry",
    "First\n\n1) Wash\n2) Dry",
    "**bold**, *soft*, [words](https://example.org/a_b), [us](/privacy/).",
    "Take 2*500 mg; < 5 mm and > 3 mm; a | b.",
    "[Warning]: bleeding",
    "From 3–5 days – or more.",
    "It needs 1.5 ml\n2.5 ml at most.",
    "SPF 50+ #1, 5 % & more, R&D; x_y; 20 °C",
    "- 5 to 10 days\n- more",
    "e.g. this · that, col·lagen, “ゴー・ゴー”",
    "He said: -10 is cold.",
    "_a_, __b__ and c_d_e; Name: ____, phone: ____.",
    "Marked (*) or with a star*, as (*) here*.",
    "E. coli is one.\nS. aureus is another.",
    "一个月后再来。\n二个月后好了。",
    "1 to 2 days\n3 to 4 weeks",
    "5- to 7-day rest\n3- or 4-day rest",
    "[words](https://example.org/a_(b)), [c](<https://example.org/d e>)",
    "One ✅ and two ✅.",
    "Vitamins A, B, C and D; types I to VI; I, V or X",
    "Dr A. B. C. D. Lee, M.B.B.S., e.g. a.m. or p.m.",
    "Plan A or B: a I b",
    "이 두 그 저 할 수 있다",
    "痛 不 痛",
]


#: Words of another language, with a mark that is none.
UNMARKED = ["[kesan]{cn}", "[kesan]{Malay}", "[kesan] {ms}", "[kesan]{ms ar}", "[kesan]{}", "[]{ms}", "［皮秒］｛zh｝"]


class TestASignThatThePageDoesNotRead:
    @pytest.mark.parametrize("text", one_in(4, TYPED))
    def test_is_said_with_what_to_do(self, text):
        (one, *_others) = said(text)

        assert one.startswith("answer: “")
        assert "would stand on the page as it was typed. " in one

    @pytest.mark.parametrize("text", one_in(8, TYPED))
    def test_is_said_of_a_plain_text_too(self, text):
        assert said_of_rule(text) or text in ("[words][1]", "** bold **", "**bold words", "Do** not** take it")

    @pytest.mark.parametrize("text", READ)
    def test_is_none_that_it_reads(self, text):
        assert said(text) == []

    @pytest.mark.parametrize(
        "text",
        [
            *("**Never** rub.", "See [us](https://example.org).", "- one\n- two", "a &nbsp; b"),
            *("*Never* rub.", "_Never_ rub.", "__Never__ rub.", "*重要：*请告诉我们"),
        ],
    )
    def test_is_one_that_only_other_fields_read(self, text):
        (one,) = said_of_rule(text)

        assert one.startswith("rule: “")

    @pytest.mark.parametrize("text", UNMARKED)
    def test_is_the_mark_of_no_language(self, text):
        for found in (said(f"It has {text}."), said_of_rule(f"It has {text}.")):
            assert len(found) == 1
            assert f"“{text}” would stand on the page" in found[0]
            assert found[0].endswith("as [words]{ms}, with the language's tag, such as ms, zh-Hant or ar.")

    @pytest.mark.parametrize("text", ["[kesan]{ms}", "([kesan sampingan]{ms}), [b]{zh-Hant}", "[i am]{en} [url]{fr}"])
    def test_is_not_the_mark_of_a_language(self, text):
        assert said(f"It has {text}.") == said_of_rule(f"It has {text}.") == said(f"Is it {text}?", "question") == []

    @pytest.mark.parametrize("column", ["name", "title", "description"])
    def test_is_the_mark_of_a_language_in_a_text_that_stands_in_letters_and_titles(self, column):
        found = list(unread.signs(canonical_document(plain_document(**{column: "A [laser]{ms}"}))))

        (says,) = [says for _part, _number, says in found]
        assert "also stands where no language can be marked" in says

    @pytest.mark.parametrize("text", ["-", "1.", "+", "---", "…", "** **", "&nbsp;", "&zwnj;"])
    def test_is_all_that_a_text_has(self, text):
        assert f"answer: “{text}” says nothing to readers: write words, or leave it empty." in said(text)

    def test_is_none_of_a_plain_text_that_says_little(self):
        assert said_of_rule("5 %") == said_of_rule("不") == []
        assert said_of_rule("–") == ["rule: “–” says nothing to readers: write words, or leave it empty."]

    def test_is_said_of_a_title_and_of_the_head(self):
        assert said("**Why** now?", "question")
        found = list(unread.signs(canonical_document(plain_document(answer="<b>A peel</b>"))))
        assert [(part, number) for part, number, _says in found] == [("", None)]

    @pytest.mark.slow
    def test_is_none_in_the_bundled_article(self):
        assert list(unread.signs(bundled_article())) == []
        assert list(unread.signs(canonical_document(full_document()))) == []

    def test_stands_against_publishing_with_its_row(self):
        rows = [{"key": "one", "basis": "clinic", "question": "Why?", "answer": text} for text in ("Yes.", "• No.")]
        rows[1]["key"] = "two"

        document = canonical_document(fit_document(questions=rows))
        found = gate.reasons(document, datetime.date.today(), {})
        reasons = [reason for reason in found if not reason.is_of_review]

        assert [(reason.part, reason.number) for reason in reasons] == [("questions", 1)]
        assert "begins with “- ”" in reasons[0].says
