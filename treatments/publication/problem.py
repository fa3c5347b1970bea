"""What is wrong with a document, and where: plain data, and a sentence only where somebody reads it."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Place:
    """Where something stands in a document: in a part, in a row of it, at a key of the row, and there at one item.

    Without a part it is a key of the page itself; each of the rest may be missing too.
    """

    part: str = ""
    number: int | None = None
    key: str = ""
    item: int | None = None

    def at(self, key: object) -> "Place":
        """The place of a key here; keys of a file may be anything."""
        return replace(self, key=str(key))

    def __str__(self) -> str:
        """As files name it: title, benefits[0].title or benefits[0].sources[2]."""
        row = self.part if self.number is None else f"{self.part}[{self.number}]"
        key = self.key if self.item is None else f"{self.key}[{self.item}]"
        return ".".join(filter(None, [row, key]))


@dataclass(frozen=True)
class Problem:
    """What is wrong at a place of a document, and what to do."""

    place: Place
    says: str

    def __str__(self) -> str:
        place = str(self.place)
        return f"{place}: {self.says}" if place else self.says
