"""How far a long command is, in one line that is written anew; on a terminal alone, so that no log is filled."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.core.management.base import OutputWrapper

Item = TypeVar("Item")


def shown(items: Sequence[Item], out: OutputWrapper, what: str) -> Iterator[Item]:
    """The items, and after each how many are done."""
    for number, item in enumerate(items, 1):
        yield item
        if out.isatty():
            out.write(f"\r{what}: {number} of {len(items)}", ending="\n" if number == len(items) else "")
            out.flush()
