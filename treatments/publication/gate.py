"""The publishing gate: what must be mended before a document may become an edition. Pure functions over documents."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from treatments.models import (
    PARTS,
    Basis,
    Precaution,
    ReviewedStatement,
    Risk,
    Row,
    Source,
    Waiver,
    WarningLevel,
    WarningSign,
)
from treatments.publication import claims, reading, review, unread
from treatments.text.marked import bare
from treatments.text.words import plain, words_of_markdown

#: Fewer risks than this are no honest account of any treatment.
FEWEST_RISKS = 3
#: A source that nobody has looked at for so long may have changed.
STALE = datetime.timedelta(days=365)
#: What has become of a statement since the review, by the kinds of review.changed.
CHANGED = {
    "new": gettext_lazy("“%s” is new since the review."),
    "changed": gettext_lazy("“%s” was changed since the review."),
    "gone": gettext_lazy("“%s” was taken out since the review."),
}


@dataclass(frozen=True)
class Reason:
    """One reason against publishing.

    It is about a row of a part, by its number from 0, or about the part as a whole, or about the page itself without
    a part. One about wording that promises too much has the claim and the sentence that makes it.
    """

    says: str
    part: str = ""
    number: int | None = None
    claim: claims.Claim | None = None
    sentence: str = ""
    #: Whether a clinician's new review would end it.
    is_of_review: bool = False

    @property
    def digest(self) -> str:
        """What stands for the sentence in a URL, as reading.digest_of gives it."""
        return reading.digest_of(self.sentence)


def reasons(
    document: Mapping[str, Any], today: datetime.date, reviewed: Mapping[review.Name, ReviewedStatement]
) -> list[Reason]:
    """Every reason against publishing a canonical document on this date at the clinic; none when it may be published.

    `reviewed` is what the reviewer has read, as review.seen_of gives it.
    """
    of_signs = [Reason(says, part, number) for part, number, says in unread.signs(document)]
    of_content = [*of_parts(document), *of_statements(document), *of_claims(document)]
    return [*of_review(document, today, reviewed), *of_content, *of_signs]


def of_review(
    document: Mapping[str, Any], today: datetime.date, reviewed: Mapping[review.Name, ReviewedStatement]
) -> Iterator[Reason]:
    """That there is no review, that it does not hold today, and what has changed since."""
    if not reviewed or "review_date" not in document or "next_review_date" not in document:
        yield Reason(_("Nobody has reviewed it: a clinician reads it and records the review."), is_of_review=True)
        return
    if document["review_date"] > today.isoformat():
        yield Reason(_("The date of the review is still to come."), is_of_review=True)
    if document["next_review_date"] <= today.isoformat():
        yield Reason(_("Its review has run out: have it reviewed again, and give the next date."), is_of_review=True)
    yield from of_changes(document, reviewed)


def of_changes(document: Mapping[str, Any], reviewed: Mapping[review.Name, ReviewedStatement]) -> Iterator[Reason]:
    """Statements that are not as the reviewer read them."""
    numbers = {
        (part, review.name_of(part, row)): number for part in PARTS for number, row in enumerate(document.get(part, []))
    }
    for kind, (part, name), words in review.changed(review.words_of(document), reviewed):
        named = Truncator(words.get(naming_column(part), name)).words(9)
        yield Reason(CHANGED[kind] % named, part, numbers.get((part, name)), is_of_review=True)


def naming_column(part: str) -> str:
    """The name of the column that staff know a reviewed row by; of the page itself, an empty part, its title."""
    return PARTS[part].named_by if part else "title"


def of_parts(document: Mapping[str, Any]) -> Iterator[Reason]:
    """Parts that no page may be without."""
    if len(document.get(Risk.part, [])) < FEWEST_RISKS:
        yield Reason(_("It names fewer than three risks."), Risk.part)
    if not document.get(Precaution.part):
        yield Reason(_("It does not say who should wait or not have it."), Precaution.part)
    signs = document.get(WarningSign.part, [])
    if all(sign["level"] == WarningLevel.EXPECTED for sign in signs):
        yield Reason(_("It does not say when to call."), WarningSign.part)
    for number, sign in enumerate(signs):
        if sign["level"] == WarningLevel.EXPECTED and not ("last_day" in sign and "yields_to" in sign):
            says = _("“%s” is called usual: give its last day, and the warning sign that ends it.")
            yield Reason(says % name_of(WarningSign, sign), WarningSign.part, number)


def of_statements(document: Mapping[str, Any]) -> Iterator[Reason]:
    """Medical statements that rest on nothing, and those that a clinician has still to confirm."""
    for part, model in PARTS.items():
        if not (model.carries_sources() and model.is_medical):
            continue
        for number, row in enumerate(document.get(part, [])):
            basis = row.get("basis")
            if basis == Basis.PROPOSED:
                says = _("“%s” is only proposed: a clinician confirms it as your own practice.")
                yield Reason(says % name_of(model, row), part, number)
            elif basis != Basis.CLINIC and not row.get("sources"):
                says = _("“%s” has neither a source nor the clinic's own figure.")
                yield Reason(says % name_of(model, row), part, number)


def name_of(model: type[Row], row: Mapping[str, Any]) -> str:
    """What staff know a row by: the first nine words of its naming text, or its key where that is missing."""
    return Truncator(bare(row.get(model.named_by, row["key"]))).words(9)


def of_claims(document: Mapping[str, Any]) -> Iterator[Reason]:
    """Sentences that promise too much and that no clinician has let stand."""
    waived = {waived_sentence for row in document.get(Waiver.part, []) for waived_sentence in sentences_of(row)}
    for part, number, words in reading.texts(document):
        for claim, sentence in claims.found_in(words):
            if (claim.id, plain(sentence)) not in waived:
                yield Reason(f"{claim.why} {claim.say}", part, number, claim, sentence)


def sentences_of(waiver: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(id of the claim, sentence) that a waiver is for: as it stands there, and as readers see it without markup."""
    for sentence in (plain(waiver["sentence"]), words_of_markdown(waiver["sentence"])):
        yield waiver["claim"], sentence


def stale_sources(
    document: Mapping[str, Any], today: datetime.date
) -> list[tuple[dict[str, Any], list[tuple[str, int]]]]:
    """(source, [(part, number)]) for every cited source that nobody has checked for a year, with what rests on it."""
    resting: dict[str, list[tuple[str, int]]] = {}
    for part in PARTS:
        for number, row in enumerate(document.get(part, [])):
            for reference in row.get("sources", []):
                resting.setdefault(reference, []).append((part, number))
    limit = (today - STALE).isoformat()
    return [
        (source, resting[source["reference"]])
        for source in document.get(Source.part, [])
        if source["reference"] in resting and source.get("checked_date", "") < limit
    ]
