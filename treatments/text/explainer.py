"""Words of the glossary, explained where they first stand.

Words are found as readers know them: capitals, a soft hyphen, a no-break blank, a wrapped line or another way to write
an accent make no other word; a letter or a mark beside it does, unless the script puts no blanks between words.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from treatments.text.cleaning import UNSEEN, WITHOUT_BLANKS, is_mark, letter_of, script_of
from treatments.text.marked import bare
from treatments.values.row_types import TermRow

#: What stands between the other forms of a word, in the commas and semicolons of several scripts; no comma of a number.
BETWEEN_FORMS = re.compile(r"[;，；、،؛]|(?<!\d),|,(?!\d)")
TAG = re.compile(r"(<[^>]*>)")
#: Tags within a paragraph: a word may go on behind one.
INLINE = re.compile(r"</?(?:strong|em|span)(?: [^<>]*)?>")
BLANKS = "\t\n\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
HYPHENS, APOSTROPHES = "\u2010\u2011", "’‘ʼ＇"
ALIKE = str.maketrans(dict.fromkeys(BLANKS, " ") | dict.fromkeys(HYPHENS, "-") | dict.fromkeys(APOSTROPHES, "'"))

#: Scripts whose words stand side by side.
SIDE_BY_SIDE = WITHOUT_BLANKS | {"CJK", "HIRAGANA"}
#: Scripts beside which a word of another script needs no blank.
BESIDE_OTHERS = SIDE_BY_SIDE | {"KATAKANA", "HANGUL", "BOPOMOFO"}
#: Vowels of Thai and Lao that are read with the letter before them.
READ_WITH_LAST = "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3"
#: Vowels of Thai and Lao, and signs of Khmer and Burmese, that belong to the letter after them.
READ_WITH_NEXT = re.compile("[\u0e40-\u0e44\u0ec0-\u0ec4\u17d2\u1039]")
#: “laser” in “laser.example” and in “info@laser” is a part of an address.
ADDRESS_BEFORE, ADDRESS_AFTER = re.compile(r"[A-Za-z0-9][.@]\Z"), re.compile(r"[.@][A-Za-z]")
#: “532” in “1,532” and “50” in “50.5” are parts of numbers.
NUMBER_BEFORE, NUMBER_AFTER = re.compile(r"\d[.,]\Z"), re.compile(r"[.,]\d")

#: Signs that keep to the word behind them; and quotation marks that do so in some languages, and end in others.
BEGINNING = "".join(sign for sign in map(chr, range(0x10000)) if unicodedata.category(sign) == "Ps") + "¡¿"
QUOTES = "“‘‟‛«‹"
#: Signs of Unicode's class “other” that do not end anything, though most of them do.
NO_END = set("\"'#&*/@\\¡¿§†‡※")
#: What must stay on the same line as a word: signs on both sides, “l’” before, “’s” and “(s)” behind, and what a
#: no-break blank ties to it. In HTML signs may be entities.
SIGN, APOSTROPHE, TIE = r"(?:&(?:amp|quot|lt|gt|#x27);|[^\w\s<>&])", "(?:['’]|&#x27;)", "[\u00a0\u2007\u202f]"
OPENING = re.compile(rf"(?:(?<!\S)[^\s<>]{{1,20}}{TIE})?(?:(?<!\w)\w{{1,12}}{APOSTROPHE})?{SIGN}*\Z")
CLOSING = re.compile(
    rf"(?:{APOSTROPHE}\w{{1,12}}(?!\w)|\(\w{{1,4}}\))?(?:(?![{re.escape(BEGINNING)}]|[{QUOTES}]\w){SIGN})*"
    rf"(?:{TIE}[^\s<>]{{1,20}}(?!\S))?"
)
#: The longest opening that is looked for, in signs.
REACH = 40


class Explainer:
    """Turns the first place of each glossary word into a button that explains it.

    Give it the page's texts in reading order. Each term of the glossary has its word as "term", other forms of it as
    "also", and the "key" by which the page finds its explanation.
    """

    def __init__(self, terms: Iterable[TermRow]) -> None:
        #: {a form, folded: the key of its term}
        self.keys: dict[str, str] = {}
        for term in terms:
            for form in [bare(term["term"]), *BETWEEN_FORMS.split(bare(term.get("also", "")))]:
                if form.strip():
                    self.keys.setdefault(folded(form.strip())[0], term["key"])
        #: The keys of the terms that have been explained.
        self.explained: list[str] = []
        self.compile()

    def compile(self) -> None:
        """Look from now on only for terms that have not been explained."""
        # Longest first: “non-ablative” before “ablative”.
        new = (form for form, key in self.keys.items() if key not in self.explained)
        self.forms = sorted(new, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, self.forms)))

    def __call__(self, markup: str) -> SafeString:
        """The HTML, in which each word that is new to the reader is explained; links are left alone."""
        # Texts at even places, tags at odd ones.
        pieces, inside_link = TAG.split(str(markup)), False
        for place, piece in enumerate(pieces):
            if place % 2:
                inside_link = piece.startswith("<a ") or (inside_link and piece != "</a>")
            elif piece and not inside_link:
                self.explain(pieces, place)
        return mark_safe("".join(pieces))

    def explain(self, pieces: list[str], place: int) -> None:
        """Explain the words of the text at this place among the pieces of some HTML; changes the pieces."""
        text, at = unescape(pieces[place]), 0
        before, after = beside(pieces, place, -1), beside(pieces, place, 1)
        done: list[str] = []
        for start, end, last, key in self.words(text, before, after):
            first = start - len(opening_of(text[at:start], before + text[:at]))
            opening, closing = escape(text[first:start]), escape(text[end:last])
            if first == 0 and place > 1 and INLINE.fullmatch(pieces[place - 1]):
                kept = opening_of(pieces[place - 2], beside(pieces, place - 2, -1))
                pieces[place - 2] = pieces[place - 2].removesuffix(kept)
                opening = mark_safe(kept) + opening
            if last == len(text) and place + 2 < len(pieces) and INLINE.fullmatch(pieces[place + 1]):
                kept = closing_of(pieces[place + 2])
                pieces[place + 2] = pieces[place + 2].removeprefix(kept)
                closing += mark_safe(kept)
            done += [escape(text[at:first]), button(opening, text[start:end], key, closing)]
            at = last
        pieces[place] = "".join([*done, escape(text[at:])])

    def words(self, text: str, before: str, after: str) -> Iterator[tuple[int, int, int, str]]:
        """Each word of the text that is new to the reader until then, as (start, end, end of what keeps to it, key)."""
        known, starts = folded(text)
        at = 0
        while self.forms and (found := self.pattern.search(known, at)):
            at = found.start()
            for form in self.forms:
                first, end = starts[at], starts[min(at + len(form), len(known))]
                is_here = known.startswith(form, at) and is_whole(starts, at, at + len(form))
                if is_here and is_word(before + text[:first], text[first:end], text[end:] + after):
                    last = end + len(closing_of(text, end))
                    yield first, end, last, self.keys[form]
                    self.explained.append(self.keys[form])
                    self.compile()
                    at = bisect_left(starts, last) - 1
                    break
            at += 1


def folded(text: str) -> tuple[str, Sequence[int]]:
    """(folded, starts): the text as words are compared, and where each sign of that comes from in the text.

    `starts` has one place more, the end of the text. The folded text has small letters, accents written in one way,
    single common blanks and common hyphens, and no sign that nobody sees.
    """
    signs = set(text)
    plain = text.casefold().translate(ALIKE)
    if len(plain) == len(text) and "  " not in plain and not any(map(goes_with_last, signs)):
        return plain, range(len(text) + 1)
    found = ""
    starts: list[int] = []
    for place, cluster in clusters(text):
        sign = unicodedata.normalize("NFC", UNSEEN.sub("", cluster)).casefold().translate(ALIKE)
        if not (sign == " " and found.endswith(" ")):
            found += sign
            starts += [place] * len(sign)
    return found, [*starts, len(text)]


def clusters(text: str) -> Iterator[tuple[int, str]]:
    """Each letter of a text with what belongs to it, as (place, letter)."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not goes_with_last(text[place]):
            yield start, text[start:place]
            start = place


def goes_with_last(sign: str) -> bool:
    """Whether a sign is no letter of its own, but a part of the one before it."""
    return is_mark(sign) or sign in READ_WITH_LAST or bool(UNSEEN.match(sign))


def is_whole(starts: Sequence[int], first: int, end: int) -> bool:
    """Whether a stretch of a folded text is made of whole letters of the text: “ß” is folded to two signs, “ss”."""
    return all(place == 0 or starts[place] != starts[place - 1] for place in (first, end))


def is_word(before: str, word: str, after: str) -> bool:
    """Whether the word is one by itself between these texts."""
    before, after = UNSEEN.sub("", before), UNSEEN.sub("", after)
    if ADDRESS_BEFORE.search(before) or ADDRESS_AFTER.match(after) or READ_WITH_NEXT.match(before[-1:]):
        return False
    if word[:1].isdecimal() and NUMBER_BEFORE.search(before) or word[-1:].isdecimal() and NUMBER_AFTER.match(after):
        return False
    return may_part(letter_of(before), word[:1]) and may_part(letter_of(word), after[:1])


def may_part(last: str, first: str) -> bool:
    """Whether a word may end with the one sign where the next begins with the other."""
    if "-" in (last.translate(ALIKE), first.translate(ALIKE)):
        return False
    if not (is_letter(last) and is_letter(first)):
        return True
    scripts = {script_of(sign).split("-")[0] for sign in (last, first)}
    return bool(scripts & BESIDE_OTHERS) if len(scripts) == 2 else scripts <= SIDE_BY_SIDE


def is_letter(sign: str) -> bool:
    return sign == "_" or sign.isalnum()


def beside(pieces: Sequence[str], place: int, step: int) -> str:
    """The text that stands right before a piece (step -1) or behind it (step 1) within its paragraph."""
    found: list[str] = []
    place += step
    while 0 <= place < len(pieces) and (place % 2 == 0 or INLINE.fullmatch(pieces[place])):
        found.append(pieces[place])
        place += step
    return unescape(TAG.sub("", "".join(found[::step])))


def opening_of(text: str, before: str) -> str:
    """What at the end of a text keeps to the word behind it.

    Marks belong to the letter before them, and so do signs that end something; `before` is what stands before the text.
    """
    found = OPENING.search(text[-REACH:])
    kept = found[0] if found else ""
    while kept and (is_mark(kept[0]) or (is_end(kept[0]) and (before + text.removesuffix(kept))[-1:].strip())):
        kept = kept[1:]
    return kept


def is_end(sign: str) -> bool:
    """Whether a sign keeps to the word before it, as “)” and “。” do."""
    return unicodedata.category(sign) in ("Pe", "Pf", "Po") and sign not in NO_END


def closing_of(text: str, at: int = 0) -> str:
    """What at this place of a text keeps to the word before it."""
    found = CLOSING.match(text, at)
    return found[0] if found else ""


def button(opening: str, word: str, key: str, closing: str) -> SafeString:
    """The button that explains a word, with the signs around it inside; those are safe HTML already.

    A browser may break a line before and behind a button, so that a sign outside could stand on another line than its
    word.
    """
    return format_html(
        '<button type="button" class="term" popovertarget="explain-{}">{}<span class="term__word">{}</span>{}</button>',
        key,
        opening,
        word,
        closing,
    )
