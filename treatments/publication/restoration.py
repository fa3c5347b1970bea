"""What of an edition of any age comes back into the draft, and what does not."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from treatments.models import PARTS, Edition, Photo, ReviewedStatement, Source, Waiver
from treatments.publication import claims, confirmation, review
from treatments.publication.checking import check
from treatments.publication.problem import Place
from treatments.text import pictures
from treatments.values import document_format
from treatments.values.moments import date_of


@dataclass(frozen=True)
class Restored:
    """The document that the draft would be, and in sentences what is not as it was in the edition."""

    document: dict[str, Any]
    said: list[str]


def of(
    edition: Edition,
    draft: Mapping[str, Any],
    reviewed: Mapping[review.Name, ReviewedStatement],
    *,
    may_confirm: bool,
) -> Restored:
    """What the draft would be if this edition were brought back; nothing is written.

    `draft` is the draft's document, `reviewed` what its reviewer has read, as review.seen_of gives it. What only a
    clinician writes comes back as proposed unless whoever asks for it `may_confirm`.
    Raises document_format.Refused for an edition that this version cannot read.
    """
    document, said = readable(document_format.upgrade(json.loads(edition.document)))
    if not may_confirm:
        document, unconfirmed = confirmation.proposed(document, draft, reviewed)
        said += unconfirmed
    said += [*of_waivers(document), *of_pictures(document), *of_sources(document, draft), *of_review(document, draft)]
    known = {claim.id for claim in claims.known()}
    waivers = [row for row in document.pop(Waiver.part, []) if row["claim"] in known]
    document |= {Waiver.part: waivers} if waivers else {}
    return Restored(confirmation.without_review(document, draft), said)


def readable(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The document without rows that today's rules refuse, and in sentences what was left out.

    Raises document_format.Refused if the rules refuse the page itself, or a part as a whole.
    """
    said: list[str] = []
    while (checked := check(data)).problems:
        places = {problem.place for problem in checked.problems}
        if any(place.number is None for place in places):
            raise document_format.Refused(checked.problems)
        said += [_("Left out: %s") % problem for problem in checked.problems]
        data = without(data, places)
    return {**checked.document}, said


def without(data: Mapping[str, Any], places: Collection[Place]) -> dict[str, Any]:
    """The data without the rows at these places, or without one source of a row where a place names it."""
    rows = {(place.part, place.number) for place in places if place.item is None}
    references = {(place.part, place.number, place.item) for place in places if place.item is not None}

    def thinned(part: str, number: int, row: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(row.get("sources"), list):
            return row
        kept = [name for item, name in enumerate(row["sources"]) if (part, number, item) not in references]
        return {**row, "sources": kept}

    parts = {
        part: [thinned(part, number, row) for number, row in enumerate(data[part]) if (part, number) not in rows]
        for part in PARTS
        if part in data
    }
    return {**data, **parts}


def of_waivers(document: Mapping[str, Any]) -> Iterator[str]:
    """Waivers against patterns that are not sought any more."""
    known = {claim.id for claim in claims.known()}
    for row in document.get(Waiver.part, []):
        if row["claim"] not in known:
            yield _("“%s” needs no waiver any more: it is left out.") % row["sentence"]


def of_pictures(document: Mapping[str, Any]) -> Iterator[str]:
    """Pictures whose files are not kept any more."""
    for photo in document.get(Photo.part, []):
        if not pictures.is_there(photo["picture"]):
            yield _("The picture “%s” was withdrawn: pages show its text instead.") % photo["alt"]


def of_sources(document: Mapping[str, Any], draft: Mapping[str, Any]) -> Iterator[str]:
    """Sources that somebody took out of the draft since, or wrote otherwise."""
    now = {source["reference"]: source for source in draft.get(Source.part, [])}
    for source in document.get(Source.part, []):
        if source["reference"] not in now:
            yield _("The source %s, which is not in the draft any more, comes back.") % source["reference"]
        elif source["title"] != now[source["reference"]]["title"]:
            yield _("The source %s was another one since: it becomes again what it was.") % source["reference"]


def of_review(document: Mapping[str, Any], draft: Mapping[str, Any]) -> Iterator[str]:
    """That the newest review of the draft stays, and not the one that the edition had."""
    if "review_date" not in document:
        return
    date = date_of(document["review_date"])
    then = {"reviewer": document["reviewer"], "date": date_format(date) if date else document["review_date"]}
    if all(document.get(name) == draft.get(name) for name in confirmation.REVIEW):
        return
    yield _("The review by %(reviewer)s of %(date)s does not come back: the newest review of the draft holds.") % then
