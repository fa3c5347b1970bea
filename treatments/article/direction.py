"""Which way a document's text runs."""

import json
import unicodedata

from treatments.values.row_types import Document

#: Languages and scripts that run from right to left, as they stand in a language tag.
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
RIGHT_TO_LEFT_SCRIPTS = {"adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"}
#: What Unicode calls letters, numbers and marks that run from right to left.
LEFTWARD = {"R", "AL", "AN", "RLE", "RLO", "RLI"}


def direction_of(document: Document) -> str:
    """Which way a document's language is written: "rtl" or "ltr". A script in its tag, as in ms-Arab, decides."""
    language, *rest = document["language"].lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    is_leftward = script in RIGHT_TO_LEFT_SCRIPTS if script else language in RIGHT_TO_LEFT
    return "rtl" if is_leftward else "ltr"


def has_leftward(document: Document) -> bool:
    """Whether any text of a document, the words of its pictures included, has a letter that runs from right to left."""
    letters = set(json.dumps(document, ensure_ascii=False))
    return any(unicodedata.bidirectional(letter) in LEFTWARD for letter in letters)
