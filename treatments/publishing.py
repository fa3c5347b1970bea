"""From draft to edition."""

from django.db import transaction
from django.utils import timezone

from treatments import document as documents
from treatments import gate
from treatments.models import Edition, Treatment


class Stopped(Exception):
    """The gate refuses to publish; `reasons` are its gate.Reasons."""

    def __init__(self, reasons):
        super().__init__("\n".join(str(reason.says) for reason in reasons))
        self.reasons = reasons


def draft_of(treatment):
    """The draft's document, built from the rows as they are now."""
    return documents.of(Treatment.objects.with_parts().get(pk=treatment.pk))


def problems_of(document):
    """Why this document could not even be stored: a sentence for each place, none when it has the right shape."""
    return documents.check(document).problems


@transaction.atomic
def publish(treatment, *, by=None, note=""):
    """Store the draft as the next edition, and return it; the newest one if nothing has changed.

    Raises documents.Refused for a draft that could not be stored, and Stopped with the gate's reasons against it.
    """
    document = locked_draft_of(treatment)
    reasons = gate.reasons(document, timezone.localdate())
    if reasons:
        raise Stopped(reasons)
    return store(treatment, document, is_sample=False, by=by, note=note)


@transaction.atomic
def publish_sample(treatment, *, by=None, note=""):
    """The same without the gate: public, and marked as awaiting clinical review."""
    return store(treatment, locked_draft_of(treatment), is_sample=True, by=by, note=note)


def locked_draft_of(treatment):
    """The draft, while nobody else publishes: two at once take turns, so that no number is lost or given twice."""
    Treatment.objects.select_for_update().get(pk=treatment.pk)
    checked = documents.check(draft_of(treatment))
    if checked.problems:
        raise documents.Refused(checked.problems)
    return checked.document


def store(treatment, document, *, is_sample, by=None, note=""):
    """Add the next edition, unless the newest one is just the same."""
    text = documents.canonical(document)
    digest = documents.digest(text)
    newest = treatment.editions.order_by("-number").first()
    if newest and newest.digest == digest and newest.is_sample == is_sample:
        return newest
    return Edition.objects.create(
        treatment=treatment,
        number=newest.number + 1 if newest else 1,
        document=text,
        digest=digest,
        is_sample=is_sample,
        next_review_date=document.get("next_review_date"),
        note=note,
        published_by=by,
    )
