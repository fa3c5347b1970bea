"""What letters are made of. Each block is the one source of its words: for the plain text, and for the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Block:
    """A part of a letter that stands by itself: `text` in the plain text, `template` on the page."""

    template: ClassVar[str]

    @property
    def text(self) -> str:
        """The block in plain text, a line or more."""
        raise NotImplementedError


@dataclass(frozen=True)
class Paragraph(Block):
    """Sentences."""

    template = "treatments/emails/paragraph.html"
    says: str

    @property
    def text(self) -> str:
        return self.says


class Greeting(Paragraph):
    """The first line of a letter to a person."""


@dataclass(frozen=True)
class Moment(Block):
    """When it is, which the page shows as large as a heading, and how long it takes."""

    template = "treatments/emails/moment.html"
    when: str
    length: str = ""

    @property
    def text(self) -> str:
        return joined(self.when, self.length)


@dataclass(frozen=True)
class Fact(Block):
    """Something to keep: what it is, with its colon, and the fact, a line or more."""

    template = "treatments/emails/fact.html"
    label: str
    fact: str

    @property
    def text(self) -> str:
        return f"{self.label}\n{self.fact}" if "\n" in self.fact else f"{self.label} {self.fact}"


@dataclass(frozen=True)
class Choices(Block):
    """Some of which one is to be chosen."""

    template = "treatments/emails/choices.html"
    choices: Sequence[str]

    @property
    def text(self) -> str:
        return "\n".join(f"- {choice}" for choice in self.choices)


@dataclass(frozen=True)
class Way(Block):
    """A URL of ours that leads on: a button on the page, with its `label`, and a line of its own in plain text."""

    template = "treatments/emails/way.html"
    says: str
    url: str
    label: str

    @property
    def text(self) -> str:
        return joined(self.says, self.url)


@dataclass(frozen=True)
class Entry:
    """One of several things in a letter: its sentences, and the name under which its `url` is linked."""

    says: str
    name: str
    url: str

    @property
    def text(self) -> str:
        return joined(self.says, self.name, self.url)


@dataclass(frozen=True)
class Entries(Block):
    """Several things with a link each."""

    template = "treatments/emails/entries.html"
    entries: Sequence[Entry]

    @property
    def text(self) -> str:
        return in_text(self.entries)


def joined(*lines: str) -> str:
    """The lines that are not empty, one below the other."""
    return "\n".join(filter(None, lines))


def in_text(blocks: Iterable[Block | Entry]) -> str:
    """Blocks as plain text, with one blank line between them."""
    return "\n\n".join(block.text for block in blocks)
