"""Promises judged by their parts: which words stand in a sentence together, and which do not. Pure functions."""

import functools
import itertools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROMISES = Path(__file__).parents[1] / "content" / "promises.toml"
#: A word, a number, a sign that says something, or a sign of a script without blanks.
TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*|[%$/&★⭐☆!]|[\u3400-\u9fff]|[\U0001f300-\U0001faff]")
NUMBER = "#"
#: Verbs that are joined to the word before them.
JOINED = {"'ll": " will", "'re": " are", "'ve": " have", "'m": " am"}
JOINED_VERB = re.compile("'(?:ll|re|ve|m)\\b")
#: Where a sentence begins.
START = "^"
#: What ends the beginning of a word in the data file, and the longest beginning that is looked up.
ANY_END = "*"
LONGEST = 24
#: “a>b” of the data file finds b at most so many words after a.
REACH = 4
#: Where a node of the tree of words has the names of the parts that end there.
ENDS = ""

Words = dict[str, Any]
#: Where each part stands in a sentence: its first word, and the word after its last.
Found = Mapping[str, list[tuple[int, int]]]


@dataclass(frozen=True)
class Made:
    """Parts that make a claim when they stand together in a sentence without the others."""

    claim: str
    #: Each is a part, or parts that follow one another closely.
    of: tuple[tuple[str, ...], ...]
    without: tuple[str, ...]
    #: Whether the claim is a denial itself, so that what the sentence denies counts.
    denies: bool

    def is_in(self, found: Found) -> bool:
        """Whether the parts that were found make it."""
        return not any(name in found for name in self.without) and self.stands_in(found)

    def stands_in(self, found: Found) -> bool:
        """Whether its parts were found, whatever else was."""
        return all(follow(chain, found) for chain in self.of)


def follow(chain: tuple[str, ...], found: Found) -> bool:
    """Whether the parts of a chain stand closely after one another."""
    if not all(name in found for name in chain):
        return False
    for first, then in itertools.pairwise(chain):
        starts = {start for start, _end in found[then]}
        if not any(end + gap in starts for _start, end in found[first] for gap in range(REACH + 1)):
            return False
    return True


@functools.cache
def rows() -> tuple[Made, ...]:
    """What makes which claim, in the order of the data file."""
    return tuple(made_of(row) for row in table()["made"])


def made_of(row: Mapping[str, Any]) -> Made:
    """One row of the data file, such as {claim = "eliminates", of = "mark gone !hedge"}."""
    names = row["of"].split()
    of = tuple(tuple(name.split(">")) for name in names if not name.startswith("!"))
    told = table()["told"].split()
    without = [told if name == "!told" else [name[1:]] for name in names if name.startswith("!")]
    return Made(row["claim"], of, tuple(itertools.chain.from_iterable(without)), row.get("denies", False))


@functools.cache
def table() -> dict[str, Any]:
    """The data file."""
    return tomllib.loads(PROMISES.read_text(encoding="utf-8"))


@functools.cache
def tree() -> tuple[Words, frozenset[str]]:
    """The words of every part, as a tree in which each leads to those that may follow; and the beginnings of words."""
    root: Words = {}
    beginnings = set()
    for name, languages in table()["parts"].items():
        for words in itertools.chain.from_iterable(map(listed, languages.values())):
            node = root
            for word in words:
                node = node.setdefault(word, {})
                if word.endswith(ANY_END):
                    beginnings.add(word[:-1])
            node.setdefault(ENDS, set()).add(name)
    return root, frozenset(beginnings)


@functools.cache
def numbers() -> frozenset[str]:
    """Words that are read as any number is."""
    return frozenset(table()["numbers"].split())


def listed(text: str) -> Iterator[tuple[str, ...]]:
    """The terms of a list of the data file, each as its words: “a/b c” is a c and b c."""
    for term in " ".join(text.split()).split(","):
        for words in itertools.product(*(word.split("/") if len(word) > 1 else [word] for word in term.split())):
            yield tuple(itertools.chain.from_iterable(map(typed, words)))


def typed(word: str) -> list[str]:
    """A word of the data file as tokens; with “*” where it is the beginning of one."""
    if word in (NUMBER, START):
        return [word]
    found = [NUMBER if token in numbers() else token for token in TOKEN.findall(word.casefold())]
    return [*found[:-1], found[-1] + ANY_END] if word.endswith(ANY_END) else found


def parts_in(folded: str) -> Found:
    """Where each part stands in a sentence, as reading.folded gives it."""
    apart = JOINED_VERB.sub(lambda verb: JOINED[verb[0]], folded)
    words = [(START,), *(spelt(token) for token in TOKEN.findall(apart))]
    found: dict[str, list[tuple[int, int]]] = {}
    for start in range(len(words)):
        named = list(named_from(start, words))
        told = max((end for name, end in named if name not in limits()), default=start)
        for name, end in named:
            if name not in limits() or end >= told:
                found.setdefault(name, []).append((start, end))
    return found


def named_from(start: int, words: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, int]]:
    """(part, the word after its last) of every part whose words begin here."""
    nodes, end = [tree()[0]], start
    while nodes and end < len(words):
        nodes = [node[word] for node in nodes for word in words[end] if word in node]
        end += 1
        for name in {name for node in nodes for name in node.get(ENDS, ())}:
            yield name, end


@functools.cache
def limits() -> frozenset[str]:
    """The parts that only take from a claim. One gives way to a longer term of another part: the “no” of “no doubt”."""
    return frozenset(itertools.chain.from_iterable(made.without for made in rows()))


@functools.lru_cache(20_000)
def spelt(token: str) -> tuple[str, ...]:
    """A token as the tree of words may have it: itself, and the beginnings that are listed."""
    if token[0].isdigit() or token in numbers():
        return (NUMBER,)
    _root, beginnings = tree()
    shorter = (token[:length] for length in range(2, min(len(token), LONGEST) + 1))
    return (token, *(f"{beginning}{ANY_END}" for beginning in shorter if beginning in beginnings))


def claims_in(folded: str, asserted: Callable[[str], str]) -> Iterator[str]:
    """The ids of the claims that the parts of a sentence make, as reading.folded gives it.

    `asserted` takes out of a sentence what it denies or asks.
    """
    found = parts_in(folded)
    said: Found | None = None
    for made in rows():
        if made.is_in(found):
            if not made.denies and said is None:
                said = parts_in(asserted(folded))
            if made.denies or made.stands_in(said or {}):
                yield made.claim
