"""From draft to edition."""

from django.db import transaction

from treatments import document as documents
from treatments.models import Edition, Treatment


def draft_of(treatment):
    """The draft's document, built from the rows as they are now."""
    return documents.of(Treatment.objects.with_parts().get(pk=treatment.pk))


def reasons_against(document):
    """Why this document may not be published: a sentence for each place, none when all is well."""
    return documents.check(document).problems


@transaction.atomic
def publish(treatment, *, by=None, note=""):
    """Store the draft as the next edition, and return it; the newest one if nothing has changed.

    Until the gate exists every edition is a sample. Raises documents.Refused with the reasons against.
    Two who publish at once take turns, so that no number is lost or given twice.
    """
    Treatment.objects.select_for_update().get(pk=treatment.pk)
    document = draft_of(treatment)
    reasons = reasons_against(document)
    if reasons:
        raise documents.Refused(reasons)
    text = documents.canonical(document)
    digest = documents.digest(text)
    newest = treatment.editions.order_by("-number").first()
    if newest and newest.digest == digest:
        return newest
    return Edition.objects.create(
        treatment=treatment,
        number=newest.number + 1 if newest else 1,
        document=text,
        digest=digest,
        next_review_date=document.get("next_review_date"),
        note=note,
        published_by=by,
    )
