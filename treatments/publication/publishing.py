"""From draft to edition."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic_site import journal
from treatments.models import Clinic, Edition, Message, Treatment, Waiver
from treatments.publication import confirmation, family, gate, restoration, review
from treatments.publication import document as documents
from treatments.publication.checking import check
from treatments.publication.problem import Place, Problem
from treatments.values import document_format
from treatments.values.moments import date_of
from treatments.values.row_types import Document


class Stopped(Exception):
    """The gate refuses to publish for these reasons; without any, whoever planned it may not publish any more."""

    def __init__(self, reasons: Sequence[gate.Reason]) -> None:
        super().__init__("\n".join(str(reason.says) for reason in reasons))
        self.reasons = reasons


class ChangedMeanwhile(Exception):
    """The draft says something else than what was read."""


def draft_of(treatment: Treatment) -> dict[str, Any]:
    """The draft's document, built from the rows as they are now, in a fixed number of queries."""
    return documents.of(Treatment.objects.with_parts().get(pk=treatment.pk))


def problems_of(document: Mapping[str, Any]) -> list[Problem]:
    """Why this document could not even be stored, with the place of each problem; none when it has the right shape."""
    return check(document).problems


@transaction.atomic
def publish(treatment: Treatment, *, by: User | None = None, note: str = "") -> Edition:
    """Store the draft as the next edition, and return it; the newest one if nothing has changed.

    Raises document_format.Refused for a draft that could not be stored, and Stopped with the gate's reasons against it.
    """
    document = locked_draft_of(treatment)
    check_gate(treatment, document)
    return store(treatment, document, is_sample=False, by=by, note=note)


@transaction.atomic
def publish_sample(treatment: Treatment, *, by: User | None = None, note: str = "") -> Edition:
    """The same without the gate: public, and marked as awaiting clinical review.

    Raises document_format.Refused for a draft that could not be stored, or that is no translation of what it names.
    """
    document = locked_draft_of(treatment)
    check_family(document)
    return store(treatment, document, is_sample=True, by=by, note=note)


@transaction.atomic
def withdraw(treatment: Treatment) -> None:
    """Take the treatment from the public: its page says that it is gone. Nothing is planned for it any more."""
    Treatment.objects.filter(pk=treatment.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    unschedule(treatment)
    journal.note(journal.TREATMENT, treatment.slug)
    Clinic.objects.touch()


@transaction.atomic
def bring_back(treatment: Treatment) -> None:
    """Let the public read its newest edition again."""
    Treatment.objects.filter(pk=treatment.pk).update(withdrawn_at=None)
    Message.objects.queue_review_due_again(treatment)
    Clinic.objects.touch()


@transaction.atomic
def schedule(treatment: Treatment, at: datetime.datetime, *, by: User, note: str = "") -> None:
    """Have the draft, as it is then, published at this moment, an aware one of any time zone.

    Raises document_format.Refused and Stopped if it could not be published now: the gate runs again then.
    """
    check_gate(treatment, locked_draft_of(treatment))
    Treatment.objects.filter(pk=treatment.pk).update(publish_at=at, publish_by=by, publish_note=note)


def unschedule(treatment: Treatment) -> None:
    """Leave the publishing to people again."""
    Treatment.objects.filter(pk=treatment.pk).update(publish_at=None, publish_by=None, publish_note="")


@transaction.atomic
def record_review(treatment: Treatment, *, reviewer: str, next_review_date: datetime.date, read: str) -> None:
    """Note that a clinician stands behind the draft as it is now, from today at the clinic until that date.

    `read` is the review.digest_of_all of what she was shown. Raises document_format.Refused for a draft that could not
    be stored, and ChangedMeanwhile for one that says something else by now.
    """
    document = locked_draft_of(treatment)
    if review.digest_of_all(review.words_of(document)) != read:
        raise ChangedMeanwhile
    Treatment.objects.filter(pk=treatment.pk).update(
        reviewer=reviewer, review_date=today_at_clinic(), next_review_date=next_review_date
    )
    review.keep(treatment, document)


@transaction.atomic
def waive(treatment: Treatment, claim: str, digest: str, *, why: str, by: User) -> bool:
    """Let the sentence of the draft with this digest stand although it makes a claim, which goes by its id.

    False if the gate has no such sentence any more: of two who do it at once the second finds it done.
    """
    Treatment.objects.select_for_update().get(pk=treatment.pk)
    reason = claim_in(draft_of(treatment), claim, digest)
    if reason is None:
        return False
    taken = set(treatment.waiver_rows.values_list("key", flat=True))
    treatment.waiver_rows.create(
        key=documents.make_key(Waiver, {"claim": claim}, taken),
        order=(len(taken) + 1) * 10,
        claim=claim,
        sentence=reason.sentence,
        reason=why,
        clinician=by.get_full_name() or by.get_username(),
    )
    return True


def claim_in(document: Mapping[str, Any], claim: str, digest: str) -> gate.Reason | None:
    """The gate's reason for the claim with this id and the sentence with this digest; None if there is none."""
    for reason in gate.of_claims(document):
        if reason.claim and (reason.claim.id, reason.digest) == (claim, digest):
            return reason
    return None


@transaction.atomic
def restore(edition: Edition, *, may_confirm: bool) -> restoration.Restored:
    """Make the draft be what an edition was, as far as it can come back, and return the draft with what cannot.

    Nothing public changes. What only a clinician writes comes back as proposed unless `may_confirm`.
    Raises document_format.Refused for an edition that this version cannot read.
    """
    Treatment.objects.select_for_update().get(pk=edition.treatment_id)
    restored = restoration_of(edition, may_confirm=may_confirm)
    documents.write(restored.document)
    return restored


def restoration_of(edition: Edition, *, may_confirm: bool) -> restoration.Restored:
    """What restoring an edition would make of the draft; nothing is written. Raises what `restore` raises."""
    treatment = edition.treatment
    return restoration.of(edition, draft_of(treatment), review.seen_of(treatment), may_confirm=may_confirm)


@transaction.atomic
def bring_in(document: Mapping[str, Any], *, is_confirmed: bool) -> tuple[Treatment, list[str]]:
    """Make a draft out of a file's canonical document; the treatment, and in sentences what of the file does not count.

    A review, waivers and clinic figures count only if a clinician stands for them (`is_confirmed`); where they do not,
    the draft keeps its own. Raises document_format.Refused for a review that is still to come, and for what is no
    translation of the treatment that it names.
    """
    check_family(document)
    there = Treatment.objects.filter(slug=document["slug"]).first()
    draft, reviewed = (draft_of(there), review.seen_of(there)) if there else ({}, {})
    said: list[str] = []
    has_review = is_confirmed and "review_date" in document
    if has_review and document["review_date"] > today_at_clinic().isoformat():
        raise document_format.Refused([_("review_date: is still to come; give the day on which it was reviewed")])
    if not is_confirmed:
        document, said = confirmation.proposed(document, draft, reviewed)
        if "review_date" in document:
            said.append(_("The review by %s does not count.") % document["reviewer"])
    treatment = documents.write(document if has_review else confirmation.without_review(document, draft))
    if has_review:
        review.keep(treatment, document)
    return treatment, said


def publish_due(now: datetime.datetime) -> list[Edition]:
    """Publish every draft whose moment has come, and return the editions.

    Whoever planned it gets a message if a draft is stopped.
    """
    due = Treatment.objects.filter(publish_at__lte=now).values_list("pk", flat=True)
    return [edition for edition in map(publish_scheduled, list(due)) if edition]


@transaction.atomic
def publish_scheduled(pk: int) -> Edition | None:
    """Publish the draft of one treatment as somebody planned it; the edition, or None if it was stopped or called off.

    It is stopped by the gate, and if whoever planned it may not publish any more.
    """
    planned = Treatment.objects.select_for_update(of=["self"], no_key=True).select_related("publish_by")
    treatment = planned.filter(pk=pk).first()
    if treatment is None or treatment.publish_at is None:
        return None
    unschedule(treatment)
    editor = treatment.publish_by
    try:
        if editor is None or not editor.has_perm("treatments.publish_treatment"):
            raise Stopped([])
        with transaction.atomic():
            return publish(treatment, by=editor, note=treatment.publish_note)
    except (document_format.Refused, Stopped):
        Message.objects.queue_not_published(treatment, treatment.publish_at, editor)
        return None


def check_gate(treatment: Treatment, document: Mapping[str, Any]) -> None:
    """Raise Stopped with the gate's reasons against this draft of a treatment, if there are any today at the clinic."""
    reasons = reasons_against(treatment, document)
    if reasons:
        raise Stopped(reasons)


def reasons_against(treatment: Treatment, document: Mapping[str, Any]) -> list[gate.Reason]:
    """The gate's reasons against publishing this draft of a treatment today at the clinic."""
    of_family = [gate.Reason(says) for _column, says in family.faults(document)]
    return [*of_family, *gate.reasons(document, today_at_clinic(), review.seen_of(treatment))]


def check_family(document: Mapping[str, Any]) -> None:
    """Raise document_format.Refused for a document that is no translation of what it names."""
    faults = family.faults(document)
    if faults:
        raise document_format.Refused(Problem(Place().at(column), says) for column, says in faults)


def today_at_clinic() -> datetime.date:
    return timezone.localdate(timezone=Clinic.objects.current().zone)


def locked_draft_of(treatment: Treatment) -> Document:
    """The draft, while nobody else publishes: two at once take turns, so that no number is lost or given twice.

    Raises document_format.Refused for a draft that could not be stored.
    """
    # The row is held, but not its key: whoever asks for a consultation holds the clinic's row, which publishing needs
    # as well, and then has to be able to name the treatment.
    Treatment.objects.select_for_update(no_key=True).get(pk=treatment.pk)
    checked = check(draft_of(treatment))
    if checked.problems:
        raise document_format.Refused(checked.problems)
    return checked.document


def store(
    treatment: Treatment, document: Mapping[str, Any], *, is_sample: bool, by: User | None = None, note: str = ""
) -> Edition:
    """Add the next edition and return it; the newest one, if that says just the same."""
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
        language=document["language"],
        translation_of=document.get("translation_of", ""),
        note=note,
        published_by=by,
    )
    Clinic.objects.touch()
    if edition.next_review_date and not is_sample:
        Message.objects.queue_review_due(edition, Clinic.objects.current().zone)
    return edition
