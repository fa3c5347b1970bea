"""Sources of a page, numbered in the order in which it cites them, with the ways there and back."""

import datetime
import re
from dataclasses import dataclass, field

from treatments.models import EvidenceKind
from treatments.values.row_types import SourceRow

ENDED = re.compile(r"[.!?…。！？؟۔।‽][)\]”’»\"']*\Z")


@dataclass
class Citation:
    """One small numbered link from a statement to a source; `mark` is its own address, for the way back."""

    number: int
    reference: str
    mark: str


@dataclass
class Listed:
    """A source in the page's list, with the marks of the statements that rest on it."""

    number: int
    data: SourceRow
    kind: str
    marks: list[str] = field(default_factory=list)

    @property
    def after_title(self) -> str:
        """What follows its title up to its kind, as text; a title or a name that ends with a sign gets no full stop."""
        stop, publisher, year = full_stop(self.data["title"]), self.data.get("publisher"), self.data.get("year")
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
    """Numbers the shown sources in the order in which the page first cites them."""

    def __init__(self, rows: list[SourceRow]) -> None:
        self.rows = {row["reference"]: row for row in rows}
        self.listed: dict[str, Listed] = {}
        self.by_chapter: dict[str, dict[int, Listed]] = {}
        self.chapter = ""

    def begin(self, chapter: str) -> None:
        """From here on statements stand in this chapter."""
        self.chapter = chapter

    def cite(self, references: list[str]) -> list[Citation]:
        """The citations of a statement; unshown sources have none."""
        return [self.citation(reference) for reference in references if self.rows[reference].get("shown")]

    def citation(self, reference: str) -> Citation:
        if reference not in self.listed:
            self.listed[reference] = listed_at(len(self.listed) + 1, self.rows[reference])
        listed = self.listed[reference]
        mark = f"cite-{reference.lower()}-{len(listed.marks) + 1}"
        listed.marks.append(mark)
        self.by_chapter.setdefault(self.chapter, {})[listed.number] = listed
        return Citation(listed.number, reference.lower(), mark)

    def of_chapter(self, chapter: str) -> list[Listed]:
        """The sources that a chapter cites, by their numbers."""
        return [listed for _number, listed in sorted(self.by_chapter.get(chapter, {}).items())]

    def in_order(self) -> list[Listed]:
        """Cited sources by number, then shown sources that nothing cites."""
        rest = [row for row in self.rows.values() if row.get("shown") and row["reference"] not in self.listed]
        start = len(self.listed) + 1
        return [*self.listed.values(), *(listed_at(number, row) for number, row in enumerate(rest, start))]
