"""What only a clinician writes, in a document that somebody else brings in: it comes in as proposed, and is listed."""

from django.utils.translation import gettext as _

from treatments.models import PARTS, Basis, Waiver
from treatments.publication import gate, review

#: The columns of the page itself that say who reviewed it, and when.
REVIEW = ("reviewer", "review_date", "next_review_date")


def proposed(document, draft, seen):
    """The document as it comes in from somebody who may not confirm, and in sentences what of it does not count.

    What the draft has word for word stays: a clinician has confirmed it already. So does a clinic figure that the
    newest review has seen word for word (`seen`, as review.seen_of gives it).
    """
    said = []
    found = {**document}
    for part, model in PARTS.items():
        if part in document and model.carries_sources():
            known = known_figures(model, draft, seen)
            found[part] = [proposed_row(model, row, known, said) for row in document[part]]
    waivers = [row for row in document.get(Waiver.part, []) if is_known(row, draft, said)]
    found.pop(Waiver.part, None)
    return (found | {Waiver.part: waivers} if waivers else found), said


def known_figures(model, draft, seen):
    """(key, digest of what it says) of the clinic figures of a part that a clinician stands for."""
    reviewed = {(key, statement.digest) for (part, key), statement in seen.items() if part == model.part}
    return reviewed | {named(model, row) for row in draft.get(model.part, []) if row.get("basis") == Basis.CLINIC}


def named(model, row):
    return row["key"], review.digest_of(review.row_of(model, row))


def proposed_row(model, row, known, said):
    if row.get("basis") != Basis.CLINIC or named(model, row) in known:
        return row
    said.append(_("“%s” is not the clinic's own figure but proposed.") % gate.name_of(model, row))
    return {**row, "basis": Basis.PROPOSED.value}


def is_known(waiver, draft, said):
    """Whether the draft has this waiver, for this sentence, already."""
    if any(set(gate.sentences_of(waiver)) & set(gate.sentences_of(other)) for other in draft.get(Waiver.part, [])):
        return True
    said.append(_("“%s” may not stand: its waiver is left out.") % waiver["sentence"])
    return False


def without_review(document, draft):
    """The document with the draft's own review: who reviewed it, when, and until when."""
    kept = {name: value for name, value in document.items() if name not in REVIEW}
    return kept | {name: draft[name] for name in REVIEW if name in draft}
