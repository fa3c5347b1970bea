"""The format of documents: which one is the newest, and older ones brought up to it. Plain values, no database."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _

#: The newest format. A changed meaning raises it and teaches `upgrade` the step; a new part or column does not.
FORMAT = 2

#: A document as it was read, of a file or an edition: nothing but its format is known yet.
Data = TypeVar("Data", bound=Mapping[str, object])


class Refused(Exception):
    """Data that cannot become a treatment; `problems` says where and what to do, a line each, to be shown."""

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__("\n".join(self.problems))


def upgrade(document: Data) -> Data:
    """The same document in the newest format; `document` stays as it is.

    Raises Refused for a format that this version does not know.
    """
    known = document.get("format")
    if known is None:
        raise Refused([_("format: is missing; write format = %(format)s") % {"format": FORMAT}])
    if not isinstance(known, int) or isinstance(known, bool) or not 1 <= known <= FORMAT:
        says = _("format: this version reads formats 1 to %(format)s; write format = %(format)s")
        raise Refused([says % {"format": FORMAT}])
    found = dict(document)
    for step in STEPS[known - 1 :]:
        found = step(found)
    return cast(Data, found)


def from_1(document: dict[str, Any]) -> dict[str, Any]:
    """Format 2 calls the list of sources `sources` and where one is found its `url`; all else of format 1 stays."""
    rest = {key: value for key, value in document.items() if key != "source"}
    sources = document.get("source", [])
    if isinstance(sources, list):
        sources = [in_format_2(source) for source in sources]
    return {**rest, "format": 2, **({"sources": sources} if sources else {})}


def in_format_2(source: Any) -> Any:
    """A source of format 1 in format 2; what is no table of keys stays, and is refused later."""
    if not isinstance(source, dict):
        return source
    return {"url" if key == "address" else key: value for key, value in source.items()}


#: What brings a document from each format to the next, from format 1 on.
STEPS = (from_1,)
