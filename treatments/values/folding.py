"""Texts as they are compared when somebody is looked for: small letters without accents, and digits. No database.

People are found by words that begin as what was typed. `words_of` gives the words of a person, which are stored;
`asked` gives what was typed, folded by the same rules.
"""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import phonenumbers

from treatments.values import addresses

#: Signs of a word that count, in what is stored and in what is typed.
LONGEST = 64
#: Digits of the shortest end of a phone number by which it is found.
SHORTEST_TAIL = 3

#: Letters that Unicode does not take apart, and how they are typed by those who do not have them.
PLAIN = {"æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ŋ": "n", "ə": "a", "ɔ": "o", "ɛ": "e"}
#: The same for Arabic letters, which differ from one keyboard to the next.
PLAIN |= {"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه"}
#: As Unicode names letters with a stroke, a hook or a tail: “LATIN SMALL LETTER L WITH STROKE”.
ADORNED = re.compile(r"((?:LATIN|CYRILLIC) SMALL LETTER \S+) WITH ")
#: What stands in a text and is not seen, though it counts as a letter or a mark.
UNSEEN = re.compile(r"VARIATION SELECTOR|GRAPHEME JOINER|FILLER\b|TATWEEL")
#: How Unicode begins the names of letters of scripts without blanks between words, or between the parts of a name.
WITHOUT_BLANKS = (
    *("CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA", "BOPOMOFO ", "HANGUL ", "YI ", "TIBETAN "),
    *("THAI ", "LAO ", "KHMER ", "MYANMAR ", "JAVANESE ", "BALINESE ", "NEW TAI LUE ", "TAI "),
)

#: What stands between words when somebody is looked for. Other signs, as in O'Brien, stand inside one.
BETWEEN = re.compile(r"[\s,;:#、<>\"]+")
#: What is read out before a reference or a number, and is no part of it.
LABEL = re.compile(
    r"\b(?:(?:ref|reference)(?:\W{0,3}(?:no|number))?|tel|phone|mobile|e-?mail|mailto|ext)(?:[.:#]|\s)+(?=\S)", re.I
)


# One sign


class Signs(dict[int, str]):
    """What each sign becomes, by its number, as `str.translate` asks for it; worked out when it is first met."""

    def __missing__(self, number: int) -> str:
        self[number] = folded_sign(chr(number))
        return self[number]


SIGNS = Signs()


def folded_sign(sign: str) -> str:
    """Plain small letters or digits for a sign; nothing for accents and unseen signs, a blank for all others."""
    if "가" <= sign <= "힣":
        # Syllables that Unicode would take apart.
        return sign
    plain = unicodedata.normalize("NFKD", sign.casefold())
    if plain != sign:
        return "".join(map(folded_sign, plain))
    if sign in PLAIN:
        return PLAIN[sign]
    name, category = unicodedata.name(sign, ""), unicodedata.category(sign)
    # Vowel signs, as in Thai, have no combining class.
    if unicodedata.combining(sign) or category in ("Cf", "Me") or UNSEEN.search(name):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if name.startswith("MODIFIER LETTER") or category[0] not in "LMN":
        return " "
    adorned = ADORNED.match(name)
    return folded_sign(unicodedata.lookup(adorned[1])) if adorned else sign


def fold(text: str) -> str:
    """The text in small letters without accents, digits, and blanks for all else."""
    return unicodedata.normalize("NFKC", text).translate(SIGNS)


def joined(text: str) -> str:
    """The text folded, without blanks: two spellings of one name are one, “O’Brien” and “obrien”."""
    return "".join(fold(text).split())


@functools.cache
def is_without_blanks(sign: str) -> bool:
    """Whether the sign is a letter of a script that writes words without blanks between them."""
    return unicodedata.name(sign, "").startswith(WITHOUT_BLANKS) and unicodedata.category(sign)[0] != "M"


# What is stored


def words_of(*, name: str = "", email: str = "", phone: str = "", reference: str = "") -> set[str]:
    """The words by which a person is found, as a set."""
    words = {*tails(name), *tails(email), *phone_tails(phone), joined(reference)}
    return words - {""}


def tails(text: str) -> set[str]:
    """The folded text without blanks, from the beginning of each of its words to the end.

    In scripts without blanks from each sign: of “王小明” also “小明” and “明”.
    """
    words = fold(text).split()
    whole = "".join(words)
    starts = set(itertools.accumulate(map(len, words[:-1]), initial=0))
    if not whole.isascii():
        starts.update(place for place, sign in enumerate(whole) if is_without_blanks(sign))
    return {whole[start : start + LONGEST] for start in starts}


def phone_tails(phone: str) -> set[str]:
    """Every end of a phone number with country code, from three digits on, and the number as it is dialled at home."""
    digits = re.sub("[^0-9]", "", fold(phone))
    code, trunk = calling_code(digits[:3])
    tails = {digits[start:] for start in range(len(digits) - SHORTEST_TAIL + 1)}
    return {*tails, trunk + digits[len(code) :]}


@functools.cache
def calling_code(digits: str) -> tuple[str, str]:
    """(calling code of a country, what is dialled before a number inside it), by the first digits of a number.

    ("60", "0") for Malaysia; ("", "") for what is no country's.
    """
    for code in (digits[:length] for length in (1, 2, 3)):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code or 0))
        if regions:
            country = phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None)
            return code, (country and country.national_prefix) or ""
    return "", ""


# What is looked for


@dataclass(frozen=True)
class Asked:
    """A word that somebody is looked for by: as it was typed, and how a stored word begins that fits it."""

    typed: str
    beginnings: frozenset[str]


def asked(text: str) -> list[Asked]:
    """The words of what was typed, a list of Asked; whoever is meant has a word for each."""
    text = unicodedata.normalize("NFKC", text).replace("(0)", "")
    words, labels = words_typed(LABEL.sub("", text)), labels_of(text)
    found = []
    for place, (typed, word) in enumerate(words):
        # Also as the end of what was typed before it: “Mei Ling” for who is written “Meiling”.
        ends = ["".join(part for _typed, part in words[start : place + 1]) for start in range(place + 1)]
        # And behind what may be a label or the beginning of a reference: “TEL MRX” for TELMRX.
        ends += [label + ends[start] for start, label in labels.items() if start <= place]
        beginnings = {end[:LONGEST] for end in (*ends, *other_numbers(word), *other_domains(typed))}
        found.append(Asked(typed, frozenset(beginnings)))
    return found


def words_typed(text: str) -> list[tuple[str, str]]:
    """The words of a text, each as (typed, folded)."""
    words = [(typed, joined(typed)) for typed in BETWEEN.split(text)]
    return with_whole_numbers([(typed, word) for typed, word in words if word])


def labels_of(text: str) -> dict[int, str]:
    """The folded labels of a text that may begin a reference, by the place of the word that follows each."""
    # A word is put behind the label, as a label stands before a word.
    return {
        len(words_typed(LABEL.sub("", text[: match.end()] + "x"))) - 1: joined(match[0])
        for match in LABEL.finditer(text)
    }


def whole(words: Iterable[Asked]) -> str:
    """The words that were typed as one, without blanks and folded."""
    return "".join(joined(word.typed) for word in words)


def is_enough(words: Iterable[Asked]) -> bool:
    """Whether this is enough to look for: two letters or digits, or one sign that may be a whole name."""
    signs = whole(words)
    return len(signs) > 1 or any(map(is_without_blanks, signs))


def fits(words: Iterable[Asked], stored: Iterable[str]) -> bool:
    """Whether each of the asked words fits one of these words of a person or a thing."""
    return all(any(word.startswith(tuple(one.beginnings)) for word in stored) for one in words)


def with_whole_numbers(words: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The (typed, folded) words, where numbers that follow one another are one: a phone number typed with blanks."""
    whole: list[tuple[str, str]] = []
    for is_number, group in itertools.groupby(words, key=lambda word: word[1].isdigit()):
        parts = list(group)
        if is_number:
            parts = [(" ".join(typed for typed, _word in parts), "".join(word for _typed, word in parts))]
        whole += parts
    return whole


def other_numbers(word: str) -> Iterator[str]:
    """Other ways in which a phone number that begins like this is written, if the word is one: 0060… for 60…"""
    if not word.isdigit():
        return
    abroad = word[2:] if word.startswith("00") else word
    code, trunk = calling_code(abroad[:3])
    if abroad:
        yield abroad
    if trunk and abroad.startswith(code + trunk):
        # As in +60 012…, with both.
        yield code + abroad[len(code + trunk) :]


def other_domains(typed: str) -> Iterator[str]:
    """Other spellings of an email address, or of a domain in its network form, as folded words."""
    if "@" in typed or "xn--" in typed.lower():
        local, at, domain = typed.rpartition("@")
        yield from map(joined, addresses.spellings(local + at + domain.lower()))
