"""Two spellings of one person are one: the words that are stored and the words that are typed fold alike."""

import itertools
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treatments.values import folding
from treatments.values.folding import LONGEST, asked, fold, is_enough, words_of


def fits(typed, **person):
    """Whether a person of this name, email, phone or reference is found by what was typed."""
    return folding.fits(asked(typed), words_of(**person))


#: Spellings of one name, of which each finds each other.
SAME = {
    "case": ["Ömer Иван", "ömer иван", "ÖMER ИВАН"],
    "turkish-i": ["İpek Yıldız", "ipek yildiz", "IPEK YILDIZ", "ıpek YİLDİZ"],
    "accents": ["José Nguyễn", "Jose\u0301 Nguye\u0302\u0303n", "jose nguyen", "JOSÉ NGUYỄN"],
    "strokes": ["Łukasz Đặng Ørsted", "lukasz dang orsted", "ŁUKASZ ĐẶNG ØRSTED"],
    "two-letters-in-one": ["Zoë Strauß Æsa Œdip Þór", "zoe strauss aesa oedip thor", "ZOË STRAUẞ ÆSA ŒDIP ÞÓR"],
    "hooks": ["Ɗanjuma Ƙasim Ħal", "danjuma kasim hal"],
    "schwa": ["Əliyev", "ƏLİYEV", "aliyev"],
    "apostrophe": ["O’Brien", "O'Brien", "OBrien", "o brien", "O`Brien", "O´Brien", "Oʼbrien", "O＇Brien", "O′Brien"],
    "hyphen": ["Mary-Jane", "Mary Jane", "Maryjane", "Mary–Jane", "mary\u2011jane", "MARY\u00adJANE"],
    "three-in-one": ["Van der Berg", "Vanderberg", "van-der Berg"],
    "blanks": ["Zoë Smith", " Zoë   Smith ", "Zoë\u00a0Smith", "Zoë\u2009Smith", "Zoë\tSmith", "Zoe\u200b Smith"],
    "dots": ["J.R. Tan", "J. R. Tan", "JR Tan"],
    "son-of": ["Raju a/l Muthu", "raju A/L muthu", "Raju al Muthu"],
    "width": ["Ｔａｎ Ｌｉｎｇ", "tan ling"],
    "greek": ["Νίκος", "ΝΙΚΟΣ", "νικοσ"],
    "arabic": ["مُحَمَّد علی", "محمد علي", "محـمد على"],
    "hebrew": ["שָׁלוֹם", "שלום"],
    "hangul": ["김민수", unicodedata.normalize("NFD", "김민수")],
    "kana": ["ﾀﾅｶ", "タナカ"],
    "digits": ["Test ١٢٣", "Test 123", "Test １２３", "test १२३"],
    "unseen": ["Ai\u200dsha\ufe0f", "\u202eAisha\u202c", "Aisha"],
}


class TestAName:
    @pytest.mark.parametrize("kind", SAME)
    def test_is_one_in_every_spelling(self, kind):
        missed = [
            (stored, typed) for stored, typed in itertools.product(SAME[kind], repeat=2) if not fits(typed, name=stored)
        ]

        assert missed == []

    @pytest.mark.parametrize("typed", ["siti nur", "NUR si", "binti siti", "hal ai siti", "abd hal", "abdul halim"])
    def test_is_found_by_the_beginnings_of_its_words_in_any_order(self, typed):
        assert fits(typed, name="Siti Nur Aisha binti Abdul-Halim")

    @pytest.mark.parametrize("typed", ["iti", "isha", "siti omar", "sitix", "nur aishat", "zz"])
    def test_is_not_found_by_what_none_of_its_words_begins_with(self, typed):
        assert not fits(typed, name="Siti Nur Aisha", phone="+60123456789")

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            *(("王小明", part) for part in ("王", "王小", "小明", "明", "王 小明")),
            *(("王 小明", "王小明"), ("Tan 陈小明", "小明 tan"), ("佐々木", "々木"), ("ㄅㄆㄇ", "ㄆㄇ")),
            *(("山田太郎", "太郎"), ("やまだ たろう", "まだ"), ("ヤマダ・タロウ", "マダタロ"), ("김민수", "민수")),
            *(("สมชาย ใจดี", "ชาย"), ("สมชาย ใจดี", "ใจ สม"), ("สมศรี", "ศรี"), ("ນາງ ແກ້ວ", "ແກ້"), ("သန္တာ", "တာ")),
        ],
    )
    def test_is_found_by_any_part_in_a_script_without_blanks(self, name, typed):
        assert fits(typed, name=name)

    @pytest.mark.slow
    @given(st.lists(st.text(alphabet=st.characters(categories=("Ll", "Lu", "Lo")), min_size=1), max_size=8))
    @settings(max_examples=200, deadline=None, database=None)
    def test_is_found_by_its_own_words_in_any_order(self, words):
        assert fits(" ".join(reversed(words)), name=" ".join(words))


class TestAPhoneNumber:
    @pytest.mark.parametrize(
        "typed",
        [
            *("+60123456789", "0123456789", "0060123456789", "60123456789", "+60 (0)12-345 6789", "+60 012 345 6789"),
            *("012-345 6789", "(012) 345-6789", "012/345.67.89", "012 34 56 78 9", "+60 12\u2011345\u00a06789"),
            *("6789", "789", "345", "12345", "012 3", "+60 12", "0060 1", "60", "456 789", "56-78", "tel 012 345"),
            *("٠١٢٣٤٥٦٧٨٩", "０１２－３４５", "Tel.: 012-3456789", "tel:+60123456789", "+60 12 3"),
        ],
    )
    def test_is_found_by_any_part_in_any_spelling(self, typed):
        assert fits(typed, phone="+60123456789")

    @pytest.mark.parametrize("typed", ["0123456780", "+60 13", "987", "0013", "345 678 0", "+65 123456789", "89 67"])
    def test_is_not_found_by_another(self, typed):
        assert not fits(typed, phone="+60123456789")

    @pytest.mark.parametrize(
        ("phone", "typed"),
        [
            *(("+442079460018", typed) for typed in ("020 7946 0018", "+44 (0)20 7946", "0044 20", "7946")),
            *(("+12025550123", typed) for typed in ("202-555-0123", "1 202 555", "(202) 555", "001 202")),
            *(("+3612345678", "06 1 234 5678"), ("+79161234567", "8 916 123"), ("+390612345678", "06 1234")),
            *(("+6591234567", "9123 4567"), ("+870773111632", "773111"), ("+99912345678", "12345")),
        ],
    )
    def test_of_another_country_is_found_as_it_is_dialled_there(self, phone, typed):
        assert fits(typed, phone=phone)

    def test_is_found_beside_a_name(self):
        assert fits("aisha 012-345 6789", name="Aisha", phone="+60123456789")
        assert not fits("farid 012-345 6789", name="Aisha", phone="+60123456789")


class TestAReference:
    @pytest.mark.parametrize(
        "typed",
        [
            *("GML79F", "gml79f", "GML 79F", "GML-79F", "gml.79f", "G M L 7 9 F", "GM L7 9F", "ref GML79F"),
            *(
                "Ref. GML 79F",
                "REF: GML-79F",
                "reference gml79f",
                "ref no. GML79F",
                "Reference number: GML79F",
                "#GML79F",
            ),
            *("ＧＭＬ７９Ｆ", "GML\u201179F", "“GML79F”", "gml79"),
        ],
    )
    def test_is_found_as_it_is_read_out(self, typed):
        assert fits(typed, name="Aisha", reference="GML79F")

    @pytest.mark.parametrize(
        ("reference", "typed"),
        [
            *(
                ("TELMRX", typed)
                for typed in ("TEL MRX", "tel.mrx", "TELMRX", "Tel M R X", "ref TEL MRX", "Ref. no. tel: mrx")
            ),
            *(("EXT479", typed) for typed in ("EXT 479", "ext 4 7 9", "ref EXT 479", "Aisha EXT 479", "EXT 47")),
            *(("REFG34", typed) for typed in ("REF G34", "reference no. REF G34", "ref refg34", "Aisha ref g34")),
        ],
    )
    def test_that_begins_like_a_label_is_found_in_parts_too(self, reference, typed):
        assert fits(typed, name="Aisha", reference=reference)

    @pytest.mark.parametrize("typed", ["GML79A", "79F", "ref", "GML 79A"])
    def test_is_not_found_by_another(self, typed):
        assert not fits(typed, name="Aisha", reference="GML79F")

    @pytest.mark.parametrize("typed", ["346 799", "346799", "34-67-99"])
    def test_of_digits_alone_is_found_like_a_number(self, typed):
        assert fits(typed, reference="346799")


class TestAnEmail:
    @pytest.mark.parametrize(
        "typed",
        [
            *("Aisha.Rahman@Mail.Example.org", "aisha", "rahman", "aisha.rah", "rahman@mail", "@mail.example.org"),
            *("example.org", "mail", "Aisha <aisha.rahman@mail.example.org>", "mailto:aisha.rahman@mail.example.org"),
            *("email: aisha.rahman@mail.example.org", "ａisha.rahman＠mail.example.org", "example aisha"),
        ],
    )
    def test_is_found_whole_by_what_stands_before_the_at_and_by_the_domain(self, typed):
        assert fits(typed, email="aisha.rahman@mail.example.org")

    @pytest.mark.parametrize("stored", ["anna@münchen.de", "anna@xn--mnchen-3ya.de"])
    @pytest.mark.parametrize("typed", ["anna@münchen.de", "anna@xn--mnchen-3ya.de", "xn--mnchen-3ya.de"])
    def test_is_found_by_either_spelling_of_its_domain(self, stored, typed):
        assert fits(typed, email=stored)
        assert fits(typed.upper(), email=stored)

    @pytest.mark.parametrize("typed", ["aisha@mail.example.org", "rahman@example.org", "a@b.c", "aisha gmail"])
    def test_is_not_found_by_another_address(self, typed):
        assert not fits(typed, name="Aisha", email="aisha.rahman@mail.example.org")


class TestASearch:
    @pytest.mark.parametrize("typed", ["", " ", "a", "7", "-", "a'", "’’", "\u200d\u200d", "🌸🌸", "ref", "ref a"])
    def test_needs_two_letters_or_digits(self, typed):
        assert is_enough(asked(typed)) == (typed == "ref")

    @pytest.mark.parametrize("typed", ["ab", "a b", "79", "é o", "王"])
    def test_has_enough_with_two_or_with_one_that_may_be_a_name(self, typed):
        assert is_enough(asked(typed))

    def test_does_not_fail_at_the_longest_text(self):
        words = asked("x" * 100_000 + " " + "1" * 100_000)

        assert {len(beginning) for word in words for beginning in word.beginnings} == {LONGEST}


#: Signs that are none: not assigned, private, or half of one.
UNASSIGNED = ("Cn", "Co", "Cs")


class TestFolding:
    @pytest.mark.slow
    def test_of_every_sign_that_there_is_gives_letters_and_digits_that_fold_to_themselves(self):
        changed = {}
        assigned = [
            sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign) not in UNASSIGNED
        ]
        for sign in assigned:
            folded = fold(sign)
            is_word = all(part == " " or unicodedata.category(part)[0] in "LMN" for part in folded)
            if not is_word or not folded == fold(folded) == fold(sign.upper()) == fold(sign.lower()):
                changed[sign] = folded

        assert len(assigned) > 140_000
        assert changed == {}

    @pytest.mark.slow
    @given(st.text())
    @settings(max_examples=300, deadline=None, database=None)
    def test_of_a_text_is_the_same_in_both_cases_and_in_all_its_compositions(self, text):
        folded = fold(text)

        assert fold(folded) == folded
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            assert fold(unicodedata.normalize(form, text)).split() == folded.split()

    @pytest.mark.slow
    @given(st.text(alphabet=st.characters(categories=("Ll", "Lu", "Lo", "Nd", "Zs", "Po")), max_size=200))
    @settings(max_examples=300, deadline=None, database=None)
    def test_gives_words_that_fit_their_column(self, text):
        words = words_of(name=text, email=text, phone=text, reference=text[:6])

        assert all(0 < len(word) <= LONGEST and not word.isspace() for word in words)
