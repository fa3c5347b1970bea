"""A visit: from one moment to another."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Visit:
    """A visit that is held, between two moments in UTC."""

    start: datetime.datetime
    end: datetime.datetime

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> "Visit":
        """The visit of two moments as ISO 8601, as `texts` gives them."""
        return cls(*map(datetime.datetime.fromisoformat, texts))

    def texts(self) -> list[str]:
        """Both moments as ISO 8601, to be stored."""
        return [self.start.isoformat(), self.end.isoformat()]

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return int((self.end - self.start).total_seconds() // 60)

    def lies_ahead(self, now: datetime.datetime) -> bool:
        """Whether it has not begun."""
        return self.start > now
