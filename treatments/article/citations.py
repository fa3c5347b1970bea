"""Sources of a page, numbered in the order in which it cites them, with the ways there and back."""

import datetime
import re
from dataclasses import dataclass, field

from treatments.models import EvidenceKind

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
    data: dict
    kind: str
    marks: list = field(default_factory=list)

    @property
    def after_title(self):
        """What follows its title up to its kind, as text; a title or a name that ends with a sign gets no full stop."""
        stop, publisher, year = full_stop(self.data["title"]), self.data.get("publisher"), self.data.get("year")
        if publisher:
            return f"{stop} {publisher}, {year}." if year else f"{stop} {publisher}{full_stop(publisher)}"
        if year:
            return f", {year}." if stop else f" {year}."
        return stop

    @property
    def checked_date(self):
        """When someone last opened it; None if nobody has said."""
        text = self.data.get("checked_date")
        return text and datetime.date.fromisoformat(text)


def full_stop(text):
    """The full stop that a text still needs: none behind a mark that ends a sentence, brackets and quotes aside."""
    return "" if ENDED.search(text) else "."


class Sources:
    """Numbers the shown sources in the order in which the page first cites them."""

    def __init__(self, rows):
        self.rows = {row["reference"]: row for row in rows}
        self.listed = {}
        self.by_chapter = {}
        self.chapter = ""

    def begin(self, chapter):
        """From here on statements stand in this chapter."""
        self.chapter = chapter

    def cite(self, references):
        """The citations of a statement; unshown sources have none."""
        return [self.citation(reference) for reference in references if self.rows[reference].get("shown")]

    def citation(self, reference):
        if reference not in self.listed:
            row = self.rows[reference]
            self.listed[reference] = Listed(len(self.listed) + 1, row, EvidenceKind(row["evidence"]).label)
        listed = self.listed[reference]
        mark = f"cite-{reference.lower()}-{len(listed.marks) + 1}"
        listed.marks.append(mark)
        self.by_chapter.setdefault(self.chapter, {})[listed.number] = listed
        return Citation(listed.number, reference.lower(), mark)

    def of_chapter(self, chapter):
        """The sources that a chapter cites, by their numbers."""
        return [listed for _number, listed in sorted(self.by_chapter.get(chapter, {}).items())]

    def in_order(self):
        """Cited sources by number, then shown sources that nothing cites."""
        rest = [row for row in self.rows.values() if row.get("shown") and row["reference"] not in self.listed]
        start = len(self.listed) + 1
        more = [Listed(start + place, row, EvidenceKind(row["evidence"]).label) for place, row in enumerate(rest)]
        return [*self.listed.values(), *more]
