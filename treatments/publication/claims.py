"""Wording that promises too much, found in the sentences that readers see. Pure functions."""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from treatments.publication import reading

CLAIMS = Path(__file__).parents[1] / "content" / "claims.toml"
#: The languages in which patterns are written; each is tried whatever the language of the page.
LANGUAGES = ("en", "ms", "zh")
#: Where a pattern takes in one of the file's shared patterns: “(?&denied)”.
SHARED = re.compile(r"\(\?&(\w+)\)")
#: How many texts are remembered with their claims: those of several whole treatments.
KEPT = 5_000


@dataclass(frozen=True)
class Claim:
    """A pattern of wording that promises too much, why it is wrong, and what is safe to say.

    What `unless` finds in a sentence is let through: the rest of the sentence has to match for a claim.
    """

    id: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    why: str
    say: str

    def is_in(self, folded: str) -> bool:
        """Whether a sentence, as reading.folded gives it, makes this claim."""
        if not self.pattern.search(folded):
            return False
        return self.unless is None or bool(self.pattern.search(self.unless.sub("…", folded)))


@functools.cache
def known() -> list[Claim]:
    """Every claim of the data file, in its order."""
    table = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
    return [claim_of(row, table["shared"]) for row in table["claim"]]


def claim_of(row: dict[str, str], shared: dict[str, str]) -> Claim:
    """A claim from its row of the data file, its patterns of all languages as one."""
    pattern = "|".join(row[language] for language in LANGUAGES if language in row)
    unless = compiled(row["unless"], shared) if "unless" in row else None
    return Claim(row["id"], compiled(pattern, shared), unless, row["why"], row["say"])


def compiled(pattern: str, shared: dict[str, str]) -> re.Pattern[str]:
    """A pattern of the data file with the shared patterns that it names, and that those name, in their places.

    Raises KeyError for a name that is not shared.
    """
    while SHARED.search(pattern):
        pattern = SHARED.sub(lambda name: f"(?:{shared[name[1]]})", pattern)
    return re.compile(pattern, re.VERBOSE)


@functools.lru_cache(KEPT)
def found_in(words: str) -> list[tuple[Claim, str]]:
    """(claim, the sentence that makes it) of every claim in a text, which comes from reading.words_of."""
    sentences = {sentence: reading.folded(sentence) for sentence in reading.sentences(words)}
    return [(claim, sentence) for claim in known() for sentence, folded in sentences.items() if claim.is_in(folded)]
