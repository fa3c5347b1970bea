"""Promises are judged by the parts of a sentence: how many are found, how many honest sentences pass, and why.

`sentences/` has what the lists of words were written with, and under `unseen_` what was written afterwards and has
never been looked at to mend them: that is what to expect of a new page.
"""

from pathlib import Path

import pytest

from treatments.publication import claims, promises
from treatments.text.words import words_of_markdown

SENTENCES = Path(__file__).parent / "sentences"

#: (sentences, language): the least per cent of promises that are found, and of honest sentences that pass.
RATES = {
    ("", "en"): (94, 99),
    ("", "ms"): (95, 99),
    ("", "zh"): (98, 98),
    ("unseen_", "en"): (70, 97),
    ("unseen_", "ms"): (53, 95),
    ("unseen_", "zh"): (65, 95),
}

#: What other sites promise, as it was found there.
OF_OTHER_SITES = """
pain‑free
pain\u00adless
**no** side effects and *zero* risks
pain**less**
100% safe
risk-free
scar-free
clinically proven
Instant results.
It cures acne for good.
Never again.
tanpa kesan sampingan
kekal
dijamin
无痛
无副作用
永久
保证
""".strip().split("\n")


def lines_of(name):
    return (SENTENCES / name).read_text(encoding="utf-8").splitlines()


def claims_of(text):
    return {claim.id for claim, _sentence in claims.found_in(words_of_markdown(text))}


def per_cent(lines):
    return 100 * sum(map(bool, lines)) / len(lines)


class TestThePromisesOfALanguage:
    @pytest.mark.parametrize(("kind", "language"), RATES)
    def test_are_found_as_often_as_was_measured(self, kind, language):
        found = [claims_of(line) for line in lines_of(f"{kind}promises.{language}.txt")]

        assert per_cent(found) >= RATES[kind, language][0]

    @pytest.mark.parametrize(("kind", "language"), RATES)
    def test_are_not_seen_in_honest_sentences(self, kind, language):
        honest = {line: claims_of(line) for line in lines_of(f"{kind}honest.{language}.txt")}

        assert per_cent([not found for found in honest.values()]) >= RATES[kind, language][1]

    @pytest.mark.parametrize("text", OF_OTHER_SITES)
    def test_are_found_as_other_sites_write_them(self, text):
        assert claims_of(text)


class TestTheDataFile:
    def test_names_only_claims_that_have_a_reason(self):
        assert {made.claim for made in promises.rows()} <= {claim.id for claim in claims.known()}

    def test_has_every_part_that_it_names_and_no_other(self):
        named = {name for made in promises.rows() for chain in made.of for name in chain}

        assert named | promises.limits() == set(promises.table()["parts"])

    def test_has_the_words_of_every_part_in_languages_of_the_site(self):
        assert all(set(words) <= set(claims.LANGUAGES) for words in promises.table()["parts"].values())


class TestASentence:
    @pytest.mark.parametrize(
        ("says", "limited"),
        [
            ("Your spots vanish.", "Your spots may vanish."),
            ("Our laser removes freckles.", "In one trial it removed freckles in 7 of 20 people."),
            ("Freckles vanish.", "Freckles do not vanish."),
            ("Zero redness.", "Zero redness was seen in 3 of 20 people."),
            ("Skin as you have always dreamed of.", "If you have always dreamed of it, talk it over first."),
            ("Tompok hancur.", "Tompok mungkin hancur."),
            ("雀斑溜走。", "雀斑可能溜走。"),
        ],
    )
    def test_promises_less_with_a_limit(self, says, limited):
        assert claims_of(says)
        assert claims_of(limited) == set()

    def test_is_told_once_by_its_parts(self):
        assert len(claims.found_in("Enjoy glowing skin in one visit, book now, limited slots!")) == 1

    def test_is_left_to_its_pattern_where_one_knows_its_words(self):
        assert claims_of("Painless, glowing, poreless.") == {"painless"}

    def test_is_told_why_and_what_would_help(self):
        ((claim, _sentence),) = claims.found_in("Discover your radiance.")

        assert "take the promise out" in claim.say


class TestAPart:
    @pytest.mark.parametrize(
        ("words", "term"),
        [
            ("a/b c", [("a", "c"), ("b", "c")]),
            ("glow*", [("glow*",)]),
            ("# days", [("#", "days")]),
            ("three days", [("#", "days")]),
            ("^ get", [("^", "get")]),
            ("不见", [("不", "见")]),
        ],
    )
    def test_is_listed_in_short(self, words, term):
        assert list(promises.listed(words)) == term

    def test_that_follows_another_does_so_closely(self):
        made = promises.made_of({"claim": "painless", "of": "absent>harm"})

        assert made.is_in(promises.parts_in("no visible redness"))
        assert not made.is_in(promises.parts_in("no visits on days on which the clinic is shut, and redness"))
        assert not made.is_in(promises.parts_in("redness and no"))

    def test_that_limits_gives_way_to_a_longer_term(self):
        assert "no" in promises.parts_in("it is never bright")
        assert "no" not in promises.parts_in("it will never return")
