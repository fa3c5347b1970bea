"""Wording that promises too much, found in the sentences that readers see. Pure functions."""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from treatments.publication import promises, reading

CLAIMS = Path(__file__).parents[1] / "content" / "claims.toml"
#: The languages in which patterns are written; each is tried whatever the language of the page.
LANGUAGES = ("en", "ms", "zh")
#: Where a pattern takes in one of the file's shared patterns: “(?&denied)”.
SHARED = re.compile(r"\(\?&(\w+)\)")
#: Where a group of a pattern begins. What it matched is not read afterwards, and to keep it would take time.
GROUP = re.compile(r"(?<!\\)\((?!\?)")
#: How many texts are remembered with their claims: those of several whole treatments.
KEPT = 5_000


@dataclass(frozen=True)
class Claim:
    """Wording that promises too much: patterns for each language or none, why it is wrong, and what is safe to say.

    What `unless` finds in a sentence is let through: the rest of the sentence has to match for a claim.
    """

    id: str
    patterns: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None
    why: str
    say: str

    def is_in(self, folded: str) -> bool:
        """Whether a sentence, as reading.folded gives it, makes this claim."""
        if not self.matches(folded):
            return False
        return self.unless is None or self.matches(self.unless.sub("…", folded))

    def matches(self, folded: str) -> bool:
        """Whether the words of this claim stand in a sentence, whatever lets them through."""
        return any(pattern.search(folded) for pattern in self.patterns)


@functools.cache
def known() -> list[Claim]:
    """Every claim of the data file, in its order."""
    table = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
    return [claim_of(row, table["shared"]) for row in table["claim"]]


def claim_of(row: dict[str, str], shared: dict[str, str]) -> Claim:
    """A claim from its row of the data file."""
    patterns = tuple(compiled(row[language], shared) for language in LANGUAGES if language in row)
    unless = compiled(row["unless"], shared) if "unless" in row else None
    return Claim(row["id"], patterns, unless, row["why"], row["say"])


def compiled(pattern: str, shared: dict[str, str]) -> re.Pattern[str]:
    """A pattern of the data file with the shared patterns that it names, and that those name, in their places.

    Raises KeyError for a name that is not shared.
    """
    while SHARED.search(pattern):
        pattern = SHARED.sub(lambda name: f"(?:{shared[name[1]]})", pattern)
    return re.compile(GROUP.sub("(?:", pattern), re.VERBOSE)


@functools.cache
def unsaid() -> re.Pattern[str]:
    """What a sentence denies or plainly asks."""
    return compiled("(?&denied)|(?&asked)", tomllib.loads(CLAIMS.read_text(encoding="utf-8"))["shared"])


@functools.lru_cache(KEPT)
def found_in(words: str) -> list[tuple[Claim, str]]:
    """(claim, the sentence that makes it) of every claim in a text, which comes from words_of."""
    return [(claim, sentence) for sentence in reading.sentences(words) for claim in made_in(reading.folded(sentence))]


def made_in(folded: str) -> list[Claim]:
    """The claims that a sentence makes by the patterns; if there are none, the first that its parts make."""
    named = [claim for claim in known() if claim.matches(folded)]
    if named:
        return [claim for claim in named if claim.is_in(folded)]
    made = next(promises.claims_in(folded, lambda sentence: unsaid().sub("…", sentence)), "")
    return [claim for claim in known() if claim.id == made]
