"""What only a clinician writes, in a document that somebody else brings in: it comes in as proposed, and is listed."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from treatments.models import PARTS, Basis, ReviewedStatement, Row, Waiver
from treatments.publication import gate, review

#: The columns of the page itself that say who reviewed it, and when.
REVIEW = ("reviewer", "review_date", "next_review_date")


def proposed(
    document: Mapping[str, Any], draft: Mapping[str, Any], reviewed: Mapping[review.Name, ReviewedStatement]
) -> tuple[dict[str, Any], list[str]]:
    """The document as it comes in from somebody who may not confirm, and in sentences what of it does not count.

    What the draft has word for word stays: a clinician has confirmed it already. So does a clinic figure that the
    newest review has read word for word (`reviewed`, as review.seen_of gives it).
    """
    said: list[str] = []
    found = {**document}
    for part, model in PARTS.items():
        if part in document and model.carries_sources():
            known = known_figures(model, draft, reviewed)
            found[part] = [proposed_row(model, row, known, said) for row in document[part]]
    waivers = [row for row in document.get(Waiver.part, []) if is_known(row, draft, said)]
    found.pop(Waiver.part, None)
    return (found | {Waiver.part: waivers} if waivers else found), said


def known_figures(
    model: type[Row], draft: Mapping[str, Any], reviewed: Mapping[review.Name, ReviewedStatement]
) -> set[tuple[str, str]]:
    """(key, digest of what it says) of the clinic figures of a part that a clinician stands for."""
    read = {(key, statement.digest) for (part, key), statement in reviewed.items() if part == model.part}
    return read | {named(model, row) for row in draft.get(model.part, []) if row.get("basis") == Basis.CLINIC}


def named(model: type[Row], row: Mapping[str, Any]) -> tuple[str, str]:
    """(key, digest of what it says) of a row."""
    return row["key"], review.digest_of(review.row_of(model, row))


def proposed_row(
    model: type[Row], row: dict[str, Any], known: Collection[tuple[str, str]], said: list[str]
) -> dict[str, Any]:
    """The row; a clinic figure that is not among the known ones as proposed, with a sentence about it in `said`."""
    if row.get("basis") != Basis.CLINIC or named(model, row) in known:
        return row
    said.append(_("“%s” is not the clinic's own figure but proposed.") % gate.name_of(model, row))
    return {**row, "basis": Basis.PROPOSED.value}


def is_known(waiver: Mapping[str, Any], draft: Mapping[str, Any], said: list[str]) -> bool:
    """Whether the draft has this waiver, for this sentence, already; if not, `said` gets a sentence about it."""
    if any(set(gate.sentences_of(waiver)) & set(gate.sentences_of(other)) for other in draft.get(Waiver.part, [])):
        return True
    said.append(_("“%s” may not stand: its waiver is left out.") % waiver["sentence"])
    return False


def without_review(document: Mapping[str, Any], draft: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the draft's own review: who reviewed it, when, and until when."""
    kept = {name: value for name, value in document.items() if name not in REVIEW}
    return kept | {name: draft[name] for name in REVIEW if name in draft}
