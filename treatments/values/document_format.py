"""The format of documents: which one is the newest, and older ones brought up to it. Plain values, no database."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.utils.translation import gettext as _

#: The newest format. A changed meaning raises it and teaches `upgrade` the step; a new part or column does not.
FORMAT = 1

#: A document as it was read, of a file or an edition: nothing but its format is known yet.
Data = TypeVar("Data", bound=Mapping[str, object])


class Refused(Exception):
    """Data that cannot become a treatment; `problems` says where and what to do, a line each, to be shown."""

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__("\n".join(self.problems))


def upgrade(document: Data) -> Data:
    """The same document in the newest format.

    Raises Refused for a format that this version does not know.
    """
    known = document.get("format")
    if known is None:
        raise Refused([_("format: is missing; write format = %(format)s") % {"format": FORMAT}])
    if known != FORMAT or isinstance(known, bool):
        says = _("format: this version reads format %(format)s alone; write format = %(format)s")
        raise Refused([says % {"format": FORMAT}])
    return document
