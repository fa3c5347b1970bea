"""A document's texts sentence by sentence, in the shape in which claims are looked for. Pure functions."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import models

from treatments.models import PARTS
from treatments.publication.document import Column, fields_of, head_columns
from treatments.text.words import is_invisible, plain, words_of

#: Columns of text that patients do not read as sentences.
UNREAD = (
    "key",
    "note",
    "language",
    "slug",
    "reviewer",
    "picture",
    "reference",
    "url",
    "currency",
    "translation_of",
    "publisher",
    "credit",
)
#: Where a sentence ends: before a blank, and in scripts whose sentences have none between them anywhere.
#: It goes on after the stop of “No. 1”.
END = re.compile(
    r"(?!(?<=\b[Nn][Oo])\.\s?\d)[.!?…]['\"’”»)\]]{0,3}(?=\s|$)"
    r"|[。！？｡।॥۔؟።፧։។။༎](?![。！？])[」』）》”’)\]]{0,3}|．(?!\d)"
)
#: A heading that asks, “Side effects?”, and an answer that says nothing without it: the two are one sentence.
ASKED = re.compile(r"\s?\w[\w-]*(?: [\w'’-]+){0,7}\s?[?？]")
ANSWERED = re.compile(
    r" ?(?:none|zero|nil|never|not (?:with|at|from|in|here|a)|nothing|forget|gone"
    r"|a lifetime|for (?:life|ever|good)|forever"
    r"|hilang|(?:langsung )?(?:tiada|tidak|tak)|sifar|(?:tidak|tak) ada|lupakan|seumur hidup|selama-lamanya"
    r"|没有|沒有|零|完全|一点|一點|[绝絕毫]?[无無]|一[辈輩]子|永[远遠久]|所有|每)(?:\b|(?<=[\u3400-\u9fff]))",
    re.IGNORECASE,
)
#: An answer that says yes to whatever was asked: “Is it permanent? Yes.”
AFFIRMED = re.compile(
    r" ?(?:yes|of course|absolutely|certainly|definitely|sure|ya|sudah tentu|tentu|pasti|boleh"
    r"|是的?|[当當]然|[会會]的?|可以的?|能)\b",
    re.IGNORECASE,
)
APOSTROPHES = "'’‘ʼ`´′"
#: Signs of quotation and emphasis, which only dress a word.
DRESS = set('"“”„«»‹›*_~「」『』')
#: “don't”, also as it is typed in a hurry: “dont”.
CONTRACTED = re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should|need)n'?t\b")
#: Words that hold a denial and are contracted in a way of their own.
ALONE = {
    "can't": "cannot",
    "cant": "cannot",
    "won't": "will not",
    "takkan": "tak akan",
    "takda": "tak ada",
    "takde": "tak ada",
}
WHOLE = re.compile(rf"\b(?:{'|'.join(ALONE)})\b")
#: Letters of Cyrillic and Greek that look like Latin ones, which they become in a word that has Latin letters as well.
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮҺԌԚԜӀаеѕіјкмнорстухүһԁԛԝьгпӏѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχωηϲϳ",
    "ABESIJKMHOPCTYXYHGQWIaesijkmhopctyxyhdqwbrnlvABEZHIKMNOPTYXaeikvoptuxwncj",
)
LETTERS = re.compile(r"[^\W\d_]+")
LATIN = re.compile("[A-Za-z]")
#: “P A I N L E S S”: letters apart from one another, at least four.
SPACED_OUT = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .·-][^\W\d_]){3,}(?![^\W_])")
BETWEEN_IDEOGRAPHS = re.compile(r"(?<=[\u3400-\u9fff])\s(?=[\u3400-\u9fff])")
#: Thai to Khmer, Chinese, Japanese and Korean: a word of another script begins and ends among them without a blank.
UNSPACED = "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
BESIDE_UNSPACED = re.compile(f"(?<={UNSPACED})(?=[a-z])|(?<=[a-z])(?={UNSPACED})")


class Folding(dict[int, str]):
    """What each sign, by its code point, becomes before patterns are tried on a text; a table for str.translate.

    Each is worked out when it is first met, and kept.
    """

    def __missing__(self, code: int) -> str:
        self[code] = folded_sign(code)
        return self[code]


def folded_sign(code: int) -> str:
    """One sign of decomposed text: dashes are “-”, blanks are blanks, what dresses or cannot be seen is nothing."""
    sign = chr(code)
    kind = unicodedata.category(sign)
    if is_invisible(code) or kind == "Mn" or sign in DRESS:
        return ""
    if sign in APOSTROPHES:
        return "'"
    if kind == "Pd" or sign in "−⁃":
        return "-"
    return " " if kind in ("Zs", "Zl", "Zp", "Cc") or sign == "⠀" else sign


FOLDING = Folding()


def passages(document: Mapping[str, Any]) -> Iterator[tuple[str, int | None, Column, str]]:
    """(part, number of the row, column, text) of everything that patients read as sentences, markup and all.

    The page itself has an empty part and None as its number; rows are counted from 0.
    """
    for column, text in passages_of(document, head_columns()):
        yield "", None, column, text
    for part, model in PARTS.items():
        columns = fields_of(model) if model.is_for_patients else []
        for number, row in enumerate(document.get(part, [])):
            for column, text in passages_of(row, columns):
                yield part, number, column, text


def passages_of(row: Mapping[str, Any], columns: Iterable[Column]) -> Iterator[tuple[Column, str]]:
    """(column, text) of those of these columns that patients read as sentences."""
    return ((column, row[column.name]) for column in columns if column.name in row and is_read(column))


def texts(document: Mapping[str, Any]) -> Iterator[tuple[str, int | None, str]]:
    """(part, number of the row, words) of all passages, as readers see them.

    An answer that says nothing without what the passage before it asks in the same row has that before it.
    """
    place: tuple[str, int | None] = ("", None)
    asked = ""
    for part, number, column, text in passages(document):
        words = words_of(part, column.name, text)
        together = f"{asked} {words}"
        yield part, number, together if place == (part, number) and is_answered(together, 0, len(asked)) else words
        place, asked = (part, number), words


def is_read(column: Column) -> bool:
    """Whether a column holds words that patients read as sentences."""
    is_text = isinstance(column, models.CharField | models.TextField) and not column.choices
    return is_text and column.name not in UNREAD and column.name not in getattr(column.model, "refers", ())


def sentences(words: str) -> list[str]:
    """The sentences of a text as words_of gives it, each once, in order. No sentence goes on over the end of a line."""
    found: dict[str, bool] = {}
    for line in words.split("\n"):
        start = 0
        for end in [*(end.end() for end in END.finditer(line)), len(line)]:
            if is_answered(line, start, end):
                continue
            found[line[start:end].strip()] = True
            start = end
    return [sentence for sentence in found if sentence]


def is_answered(line: str, start: int, end: int) -> bool:
    """Whether what stands between these places asks, and what follows answers in words that say nothing without it."""
    if ASKED.fullmatch(line, start, end) and ANSWERED.match(line, end):
        return True
    return line.endswith(("?", "？"), start, end) and bool(AFFIRMED.match(line, end))


def folded(sentence: str) -> str:
    """The sentence in the shape in which patterns are tried on it.

    In small letters, without accents and quotation marks, “don't” as “do not”, “P A I N” as “pain”, look-alikes of
    Latin letters as these, single blanks; none among Chinese signs.
    """
    text = unicodedata.normalize("NFKD", sentence).translate(FOLDING)
    text = SPACED_OUT.sub(lambda letters: "".join(LETTERS.findall(letters[0])), text)
    text = LETTERS.sub(lambda word: latin(word[0]), text).casefold()
    text = WHOLE.sub(lambda word: ALONE[word[0]], CONTRACTED.sub(r"\1 not", text))
    return BETWEEN_IDEOGRAPHS.sub("", " ".join(BESIDE_UNSPACED.sub(" ", text).split()))


def latin(word: str) -> str:
    """The word with Latin letters for those that look like them, if it has any Latin letter of its own."""
    return word if word.isascii() or not LATIN.search(word) else word.translate(LOOK_ALIKES)


def digest_of(sentence: str) -> str:
    """What stands for a sentence in a URL: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(plain(sentence).encode()).hexdigest()[:32]
