"""From draft to edition."""

from django.db import transaction
from django.utils import timezone

from treatments import document as documents
from treatments import gate, outbox
from treatments.checking import check
from treatments.models import PARTS, Basis, Clinic, Edition, Treatment
from treatments.moments import date_of


class Stopped(Exception):
    """The gate refuses to publish; `reasons` are its gate.Reasons."""

    def __init__(self, reasons):
        super().__init__("\n".join(str(reason.says) for reason in reasons))
        self.reasons = reasons


def draft_of(treatment):
    """The draft's document, built from the rows as they are now."""
    return documents.of(Treatment.objects.with_parts().get(pk=treatment.pk))


def is_for_clinicians(before, after):
    """Whether going from one document to another writes what clinicians alone write: clinic figures and waivers."""
    return bool(words_of_clinicians(after) - words_of_clinicians(before))


def words_of_clinicians(document):
    """What of a document clinicians have put their name to."""
    figures = {
        (part, row["key"]) for part in PARTS for row in document.get(part, []) if row.get("basis") == Basis.CLINIC
    }
    waivers = {(row["claim"], row["sentence"]) for row in document.get("waivers", [])}
    return figures | waivers


def problems_of(document):
    """Why this document could not even be stored: a sentence for each place, none when it has the right shape."""
    return check(document).problems


@transaction.atomic
def publish(treatment, *, by=None, note=""):
    """Store the draft as the next edition, and return it; the newest one if nothing has changed.

    Raises documents.Refused for a draft that could not be stored, and Stopped with the gate's reasons against it.
    """
    document = locked_draft_of(treatment)
    check_gate(document)
    return store(treatment, document, is_sample=False, by=by, note=note)


@transaction.atomic
def publish_sample(treatment, *, by=None, note=""):
    """The same without the gate: public, and marked as awaiting clinical review."""
    return store(treatment, locked_draft_of(treatment), is_sample=True, by=by, note=note)


@transaction.atomic
def withdraw(treatment):
    """Take the treatment from the public: its page says that it is gone. Nothing is planned for it any more."""
    Treatment.objects.filter(pk=treatment.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    unschedule(treatment)
    Clinic.objects.touch()


@transaction.atomic
def bring_back(treatment):
    """Let the public read its newest edition again."""
    Treatment.objects.filter(pk=treatment.pk).update(withdrawn_at=None)
    outbox.review_again(treatment)
    Clinic.objects.touch()


@transaction.atomic
def schedule(treatment, at, *, by, note=""):
    """Have the draft, as it is then, published at this moment (UTC).

    Raises documents.Refused and Stopped if it could not be published now: the gate runs again then.
    """
    check_gate(locked_draft_of(treatment))
    Treatment.objects.filter(pk=treatment.pk).update(publish_at=at, publish_by=by, publish_note=note)


def unschedule(treatment):
    """Leave the publishing to people again."""
    Treatment.objects.filter(pk=treatment.pk).update(publish_at=None, publish_by=None, publish_note="")


def publish_due(now):
    """Publish every draft whose moment has come, and return the editions; whose draft is stopped hears of it."""
    due = Treatment.objects.filter(publish_at__lte=now).values_list("pk", flat=True)
    return [edition for edition in map(publish_scheduled, list(due)) if edition]


@transaction.atomic
def publish_scheduled(pk):
    """Publish one draft as somebody planned it; the edition, or None if it was stopped or called off.

    It is stopped by the gate, and if whoever planned it may not publish any more.
    """
    planned = Treatment.objects.select_for_update(of=["self"], no_key=True).select_related("publish_by")
    treatment = planned.filter(pk=pk, publish_at__isnull=False).first()
    if treatment is None:
        return None
    unschedule(treatment)
    editor = treatment.publish_by
    try:
        if editor is None or not editor.has_perm("treatments.publish_treatment"):
            raise Stopped([])
        with transaction.atomic():
            return publish(treatment, by=editor, note=treatment.publish_note)
    except (documents.Refused, Stopped):
        outbox.not_published(treatment, treatment.publish_at, editor)
        return None


def check_gate(document):
    """Raise Stopped with the gate's reasons against this document, if there are any today at the clinic."""
    today = timezone.localdate(timezone=Clinic.objects.current().zone)
    reasons = gate.reasons(document, today)
    if reasons:
        raise Stopped(reasons)


def locked_draft_of(treatment):
    """The draft, while nobody else publishes: two at once take turns, so that no number is lost or given twice.

    Not its key: whoever asks for a consultation holds the clinic's row, which publishing needs as well, and then has to
    be able to name the treatment.
    """
    Treatment.objects.select_for_update(no_key=True).get(pk=treatment.pk)
    checked = check(draft_of(treatment))
    if checked.problems:
        raise documents.Refused(checked.problems)
    return checked.document


def store(treatment, document, *, is_sample, by=None, note=""):
    """Add the next edition, unless the newest one is just the same."""
    text = documents.canonical(document)
    digest = documents.digest(text)
    newest = treatment.editions.order_by("-number").first()
    if newest and newest.is_sample == is_sample and documents.canonical(documents.cleaned(newest.content())) == text:
        return newest
    edition = Edition.objects.create(
        treatment=treatment,
        number=newest.number + 1 if newest else 1,
        document=text,
        digest=digest,
        is_sample=is_sample,
        next_review_date=date_of(document.get("next_review_date")),
        note=note,
        published_by=by,
    )
    Clinic.objects.touch()
    if edition.next_review_date and not is_sample:
        outbox.review_due(edition, Clinic.objects.current().zone)
    return edition
