"""Wording that promises too much, found in the sentences that readers see. Pure functions."""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from treatments.publication import reading

CLAIMS = Path(__file__).parents[1] / "content" / "claims.toml"
#: In these the patterns are written; each is tried whatever the language of the page.
LANGUAGES = ("en", "ms", "zh")
#: Texts whose claims are kept at hand: several whole treatments.
KEPT = 5_000


@dataclass(frozen=True)
class Claim:
    """A pattern of wording that promises too much, what it lets through, why it is wrong, and what is safe to say."""

    id: str
    pattern: re.Pattern
    unless: re.Pattern | None
    why: str
    say: str

    def is_in(self, folded):
        """Whether a folded sentence makes this claim."""
        if not self.pattern.search(folded):
            return False
        return self.unless is None or bool(self.pattern.search(self.unless.sub("…", folded)))


@functools.cache
def known():
    """Every claim of the data file, in its order."""
    table = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
    return [claim_of(row) for row in table["claim"]]


def claim_of(row):
    pattern = "|".join(row[language] for language in LANGUAGES if language in row)
    unless = re.compile(row["unless"], re.VERBOSE) if "unless" in row else None
    return Claim(row["id"], re.compile(pattern, re.VERBOSE), unless, row["why"], row["say"])


@functools.lru_cache(KEPT)
def found_in(words):
    """(claim, sentence) of every claim that a text makes, as reading.words_of gives the text."""
    sentences = {sentence: reading.folded(sentence) for sentence in reading.sentences(words)}
    return [(claim, sentence) for claim in known() for sentence, folded in sentences.items() if claim.is_in(folded)]
