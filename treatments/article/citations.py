"""Sources of a page, numbered in the order in which it cites them, with the ways there and back."""

import datetime
import re
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from treatments.models import EvidenceKind
from treatments.text import marked
from treatments.text.prose import words
from treatments.values.row_types import SourceRow

ENDED = re.compile(r"[.!?…。！？؟۔।‽][)\]”’»\"']*\Z")


@dataclass(frozen=True)
class Citation:
    """One small numbered link, `url`, from the statement called `name`, in plain words, to a source."""

    number: int
    url: str
    name: str


@dataclass(frozen=True)
class Resting:
    """A statement that rests on a source: the mark of its entry there, its address on the article, its name as HTML."""

    mark: str
    anchor: str
    name: SafeString


@dataclass
class Listed:
    """A source in the page's list, with the statements that rest on it."""

    number: int
    data: SourceRow
    kind: str
    resting: list[Resting] = field(default_factory=list)

    @property
    def title(self) -> SafeString:
        """Its title as HTML."""
        return marked.html(self.data["title"])

    @property
    def after_title(self) -> str:
        """What follows its title up to its kind, as text; a title or a name that ends with a sign gets no full stop."""
        stop, publisher, year = (
            full_stop(marked.bare(self.data["title"])),
            self.data.get("publisher"),
            self.data.get("year"),
        )
        if publisher:
            return f"{stop} {publisher}, {year}." if year else f"{stop} {publisher}{full_stop(publisher)}"
        if year:
            return f", {year}." if stop else f" {year}."
        return stop

    @property
    def checked_date(self) -> datetime.date | None:
        """When someone last opened it; None if nobody has said."""
        text = self.data.get("checked_date")
        return datetime.date.fromisoformat(text) if text else None


def listed_at(number: int, row: SourceRow) -> Listed:
    return Listed(number, row, str(EvidenceKind(row["evidence"]).label))


def full_stop(text: str) -> str:
    """The full stop that a text still needs: none behind a mark that ends a sentence, brackets and quotes aside."""
    return "" if ENDED.search(text) else "."


class Sources:
    """Numbers the shown sources in the order in which the page first cites them.

    `page` is the URL of the page that lists them, seen from the article; empty if the article itself does.
    """

    def __init__(self, rows: list[SourceRow], page: str) -> None:
        self.page = page
        self.rows = {row["reference"]: row for row in rows}
        self.listed: dict[str, Listed] = {}

    def cite(self, references: list[str], anchor: str, name: SafeString) -> list[Citation]:
        """The citations of the statement with this address and name; unshown sources have none."""
        shown = [reference for reference in references if self.rows[reference].get("shown")]
        return [self.citation(reference, anchor, name) for reference in shown]

    def citation(self, reference: str, anchor: str, name: SafeString) -> Citation:
        if reference not in self.listed:
            self.listed[reference] = listed_at(len(self.listed) + 1, self.rows[reference])
        listed = self.listed[reference]
        mark = f"{reference.lower()}-{anchor}"
        listed.resting.append(Resting(mark, anchor, name))
        return Citation(listed.number, f"{self.page}#{mark}", words(name))

    def in_order(self) -> list[Listed]:
        """Cited sources by number, then shown sources that nothing cites."""
        rest = [row for row in self.rows.values() if row.get("shown") and row["reference"] not in self.listed]
        start = len(self.listed) + 1
        return [*self.listed.values(), *(listed_at(number, row) for number, row in enumerate(rest, start))]
