"""What a restored database needs before it is used: what was erased since is erased again, and nothing goes twice."""

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from clinic_site import journal
from clinic_site.journal import Entry
from treatments import comments
from treatments.consultation import booking
from treatments.follow_up import held
from treatments.models import Clinic, Comment, ConsultationRequest, Edition, LinkAsked, Treatment
from treatments.models.private_link import new_secret
from treatments.publication import publishing
from treatments.text import pictures


@transaction.atomic
def bring_up_to(made_at: datetime.datetime, entries: Iterable[Entry], media: Path) -> Mapping[str, int]:
    """Do again what the journal says, in the database and in this folder of media, and make a new start of the rest.

    `made_at` is when the backup was made. Sessions end, pages get other keys, and letters that are due by now wait.
    Returns how many requests and comments were erased again, and how many letters wait.
    """
    erased = sum([do_again(entry, made_at, media) for entry in sorted(entries)])
    Session.objects.all().delete()
    # Who asked for a link and was not answered may have been, since; whoever still wants it asks once more.
    LinkAsked.objects.all().delete()
    Edition.objects.renew_tokens()
    Clinic.objects.touch()
    return {"erased": erased, "held": held.hold(made_at, timezone.now())}


def do_again(entry: Entry, made_at: datetime.datetime, media: Path) -> bool:
    """Do one act of the journal again; whether that erased somebody.

    Who was erased is so for ever. All else counts if it was done after the backup: before it, it may have been undone.
    """
    if entry.kind == journal.REQUEST:
        return erase_request(entry.public_id)
    if entry.kind == journal.COMMENT:
        return erase_comment(entry.public_id)
    if entry.at >= made_at:
        if entry.kind == journal.LINK:
            ConsultationRequest.objects.filter(public_id=entry.public_id).update(nonce=new_secret())
        elif entry.kind == journal.PICTURE:
            erase_picture(media, entry.public_id)
        elif entry.kind == journal.TREATMENT:
            for treatment in Treatment.objects.filter(slug=entry.public_id, withdrawn_at=None):
                publishing.withdraw(treatment)
    return False


def erase_request(public_id: str) -> bool:
    found = ConsultationRequest.objects.not_erased().filter(public_id=public_id).first()
    if found:
        booking.erase(found)
    return found is not None


def erase_comment(public_id: str) -> bool:
    found = Comment.objects.filter(public_id=public_id).first()
    if found:
        comments.erase(found)
    return found is not None


def erase_picture(media: Path, name: str) -> None:
    """Erase every file of a picture in a folder of media that is not in use yet."""
    digest = PurePosixPath(name).stem
    for path in sorted((media / pictures.FOLDER).glob(f"{digest}*")):
        path.unlink()
