"""What changed from one document to another, row by row and word by word. Pure functions over documents."""

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from treatments.models import PARTS, Row, Treatment
from treatments.publication.document import HEAD, fields_of, keys_of
from treatments.text.explainer import READ_WITH_NEXT, clusters

#: Where a phrase ends; a new line ends one as well.
PHRASE_ENDS = re.compile(r"(?<=[。！？；，、\n])|(?<=[.!?…]\s)")
#: Chinese and Japanese, Thai and Lao, Burmese, Khmer: scripts without blanks between words.
DENSE = "\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff"
DENSE += "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
#: Blanks, text of these scripts, which is compared sign by sign, and words of others.
RUN = re.compile(rf"\s+|([{DENSE}][{DENSE}\ufe00-\ufe0f\U000e0100-\U000e01ef]*)|[^\s{DENSE}]+")


class Effort:
    """How many pairs of words one comparison of documents may still look at: some seconds of work at worst."""

    MOST_AT_ONCE, MOST = 1_000_000, 2_000_000

    def __init__(self) -> None:
        self.left = self.MOST

    def allows(self, pairs: int) -> bool:
        """Whether so many may be compared; then they are spent.

        If not, the one text is shown as gone and the other as new, each as a whole.
        """
        if pairs > min(self.left, self.MOST_AT_ONCE):
            return False
        self.left -= pairs
        return True


@dataclass(frozen=True)
class Piece:
    """A stretch of text: "same", "gone" or "new"."""

    kind: str
    text: str


@dataclass
class Change:
    """One row of a part that is "new", "gone", "changed" or "moved".

    The part goes by its title, the row by its key or reference; the page itself is a row without one. `columns` are
    (name in words, pieces) of what is different.
    """

    part: str
    row: str
    kind: str
    columns: list[tuple[str, list[Piece]]] = field(default_factory=list)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every Change that leads from one canonical document to another, in the order of the public page."""
    effort = Effort()
    head = columns_of(before, after, HEAD, Treatment, effort)
    found = [Change(str(_("The page itself")), "", "changed", head)] if head else []
    for part, model in PARTS.items():
        found += changes_of_part(model, before.get(part, []), after.get(part, []), effort)
    return found


def changes_of_part(
    model: type[Row],
    before: Iterable[Mapping[str, Any]],
    after: Iterable[Mapping[str, Any]],
    effort: Effort | None = None,
) -> Iterator[Change]:
    """The changes of one list of rows, which are told apart by their lasting keys."""
    effort = effort or Effort()
    title, names = str(model._meta.verbose_name_plural), keys_of(model.part)
    old, new = by_name(model, before), by_name(model, after)
    staying = [name for name in old if name in new]
    moved = moved_rows(staying, [name for name in new if name in old])
    for name, row in new.items():
        columns = columns_of(old.get(name, {}), row, names, model, effort)
        if name not in old:
            yield Change(title, name, "new", columns)
        elif columns:
            yield Change(title, name, "changed", columns)
        elif name in moved:
            yield Change(title, name, "moved")
    for name, row in old.items():
        if name not in new:
            yield Change(title, name, "gone", columns_of(row, {}, names, model, effort))


def by_name(model: type[Row], rows: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The rows by what tells them apart."""
    return {row[model.identified_by]: row for row in rows}


def moved_rows(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The names that had to be taken out and put in elsewhere to come from one order to the other.

    Of the runs of names that both orders have, the longest stayed where they are.
    """
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stayed = {name for block in blocks for name in before[block.a : block.a + block.size]}
    return set(before) - stayed


def columns_of(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    names: Iterable[str],
    model: type[Row | Treatment],
    effort: Effort,
) -> list[tuple[str, list[Piece]]]:
    """(name in words, pieces) of every column among `names` that is different."""
    labels = {column.name: str(column.verbose_name) for column in fields_of(model)} | {"sources": str(_("sources"))}
    return [
        (labels.get(name, name), pieces(text_of(before.get(name)), text_of(after.get(name)), effort))
        for name in names
        if name != "key" and before.get(name) != after.get(name)
    ]


def text_of(value: object) -> str:
    """A value as someone reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return " ".join(value) if isinstance(value, list) else str(value)


def pieces(before: str, after: str, effort: Effort) -> list[Piece]:
    """The two texts as one row of pieces: phrase by phrase, and word by word what differs, while effort is left."""
    old, new = (list(filter(None, PHRASE_ENDS.split(text))) for text in (before, after))
    found: list[Piece] = []
    for is_same, gone, added in stretches(old, new, effort):
        if is_same:
            found.append(Piece("same", gone))
        else:
            by_word = stretches(words_of(gone), words_of(added), effort)
            for stays, first, second in by_word:
                kinds = [("same", first)] if stays else [("gone", first), ("new", second)]
                found += [Piece(kind, text) for kind, text in kinds if text]
    return joined(found)


def words_of(text: str) -> list[str]:
    """The words of a text and the blanks between them; in scripts without blanks each sign with what belongs to it."""
    found: list[str] = []
    for run in RUN.finditer(text):
        for place, sign in clusters(run[1]) if run[1] else [(0, run[0])]:
            if place and READ_WITH_NEXT.match(found[-1][-1]):
                found[-1] += sign
            else:
                found.append(sign)
    return found


def stretches(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[tuple[bool, str, str]]:
    """(whether they are the same, old text, new text) of two lists of words or phrases, from beginning to end."""
    first, last = ends_alike(old, new)
    yield True, "".join(old[:first]), ""
    yield from inner_stretches(old[first : len(old) - last], new[first : len(new) - last], effort)
    yield True, "".join(old[len(old) - last :]), ""


def ends_alike(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many are the same at the beginning of two lists, and how many of the others at the end."""
    first, most = 0, min(len(old), len(new))
    while first < most and old[first] == new[first]:
        first += 1
    last = 0
    while last < most - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return first, last


def inner_stretches(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[tuple[bool, str, str]]:
    """(is it the same, old text, new text) of each stretch of two lists that neither begin nor end alike.

    Where comparing them would take more than the effort allows, they are one stretch that is not the same.
    """
    if not effort.allows(len(old) * len(new)):
        yield False, "".join(old), "".join(new)
        return
    # Blanks are found beside what they stand with: as words of their own they would be compared each with each.
    matcher = difflib.SequenceMatcher(str.isspace, old, new, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        yield kind == "equal", "".join(old[first:last]), "".join(new[start:end])


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, neighbours of one kind as one, and what is gone before what has come in its place."""
    found = []
    for is_same, neighbours in itertools.groupby(pieces, lambda piece: piece.kind == "same"):
        group = list(neighbours)
        for kind in ("same",) if is_same else ("gone", "new"):
            text = "".join(piece.text for piece in group if piece.kind == kind)
            if text:
                found.append(Piece(kind, text))
    return found
