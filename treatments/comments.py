"""What visitors and staff do with comments. Each act is one transaction, and nothing shows that nobody has read.

Acts of staff take `by`, who of them it is, and `seen`, the version of the comment that they have read. They raise
Overtaken if it has another by now; then nothing was changed.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from clinic_site import journal
from treatments.consultation import limits, search
from treatments.models import Clinic, Comment, CommentState, Treatment
from treatments.values import digests
from treatments.values.availability import HOUR

#: Comments that one page shows.
SHOWN = 20
#: How long a refused comment is kept, so that a mistake can be put right; and one that looks like spam.
KEPT_REFUSED = datetime.timedelta(days=30)


class AlreadySent(Exception):
    """The form was sent before with other words; `comment` is what came of it then."""

    def __init__(self, comment: Comment) -> None:
        super().__init__("This form was sent before.")
        self.comment = comment


class Overtaken(Exception):
    """Someone else did something with the comment meanwhile, or it is gone; this was not done."""


class NotPossible(Exception):
    """The comment is in a state in which this makes no sense; nothing was changed."""


# Reading


@dataclass(frozen=True)
class Stretch:
    """Some comments that follow one another, the newest first.

    `older` and `newer` are the ids beyond which there are others; None where there are none.
    """

    comments: list[Comment]
    older: int | None = None
    newer: int | None = None
    #: Whether it is empty because its page was asked for beyond the oldest comment.
    is_end: bool = False


def stretch(treatment: Treatment, *, before: int | None = None, after: int | None = None) -> Stretch:
    """The comments of a treatment that one page shows: the newest, or those older than `before` or newer than `after`.

    Both are ids of comments. Nothing is counted or skipped, so that the last page takes no longer than the first.
    """
    shown = treatment.comments.shown()
    if after is not None:
        found = list(shown.filter(pk__gt=after).reverse()[: SHOWN + 1])
        if len(found) <= SHOWN:
            return stretch(treatment)
        comments = found[SHOWN - 1 :: -1]
        return Stretch(comments, older=comments[-1].pk, newer=comments[0].pk)
    found = list(shown.filter(pk__lt=before)[: SHOWN + 1] if before is not None else shown[: SHOWN + 1])
    comments = found[:SHOWN]
    return Stretch(
        comments,
        older=comments[-1].pk if len(found) > SHOWN else None,
        newer=comments[0].pk if comments and before is not None else None,
        is_end=before is not None and not comments,
    )


# Visitors


@transaction.atomic
def leave(
    treatment: Treatment,
    words: Mapping[str, str],
    *,
    form_key: str,
    client: str = "",
    looks_like_spam: bool = False,
    now: datetime.datetime | None = None,
) -> Comment:
    """Store a visitor's comment, for someone of the clinic to read; return it.

    `words` are the fields of Comment that the visitor filled in, and `client` is the network address that they came
    from. The same form sent again with the same words gives the same comment. Raises AlreadySent and limits.TooMany,
    after which nothing is stored.
    """
    now = now or timezone.now()
    # Limits are counted by one comment after the other.
    Clinic.objects.locked()
    sent_before = Comment.objects.filter(form_key=form_key).first()
    if sent_before:
        if is_same(sent_before, treatment, words):
            return sent_before
        raise AlreadySent(sent_before)
    digest = digests.digest_of(client) if client else ""
    recent = Comment.objects.of_client(digest, since=now - HOUR).count() if client else 0
    if recent >= limits.MOST_FROM_CLIENT:
        raise limits.TooMany
    comment = Comment.objects.create(
        **words,
        treatment=treatment,
        form_key=form_key,
        client_digest=digest,
        is_set_apart=looks_like_spam or recent >= limits.MANY_FROM_CLIENT,
        added_at=now,
    )
    search.note(comment)
    return comment


def is_same(comment: Comment, treatment: Treatment, words: Mapping[str, str]) -> bool:
    """Whether a comment says just this about this treatment."""
    return comment.treatment_id == treatment.pk and words.items() <= vars(comment).items()


# Staff


@transaction.atomic
def show(
    comment: Comment, *, by: User | None = None, seen: str | None = None, now: datetime.datetime | None = None
) -> Comment:
    """Let everyone read it; one that is shown already stays as it is."""
    return decide(locked(comment, seen), CommentState.SHOWN, by, now)


@transaction.atomic
def refuse(
    comment: Comment, *, by: User | None = None, seen: str | None = None, now: datetime.datetime | None = None
) -> Comment:
    """Let nobody read it; it is erased after KEPT_REFUSED."""
    return decide(locked(comment, seen), CommentState.REFUSED, by, now)


@transaction.atomic
def answer(
    comment: Comment,
    text: str,
    *,
    by: User | None = None,
    seen: str | None = None,
    now: datetime.datetime | None = None,
) -> Comment:
    """Answer it in the clinic's name, which shows it too; an empty text takes the answer back.

    Raises NotPossible for one that was refused, which has to be shown before it is answered.
    """
    comment = locked(comment, seen)
    if comment.state == CommentState.REFUSED:
        raise NotPossible
    comment.answer = text
    comment.answered_at = (now or timezone.now()) if text else None
    comment.handled_by = by
    return decide(comment, CommentState.SHOWN, by, now)


def decide(comment: Comment, state: CommentState, by: User | None, now: datetime.datetime | None) -> Comment:
    """Bring the comment into a state, save it and return it."""
    if comment.state != state:
        comment.state = state
        comment.handled_by = by
        comment.decided_at = now or timezone.now()
        comment.is_set_apart = comment.is_set_apart and state != CommentState.SHOWN
    comment.save()
    return comment


def locked(comment: Comment, seen: str | None) -> Comment:
    """The comment as it is now, locked until the transaction ends. Raises Overtaken if it is not what was seen."""
    found = Comment.objects.select_for_update().filter(pk=comment.pk).first()
    if found is None or (seen is not None and found.version != seen):
        raise Overtaken
    return found


# The end


@transaction.atomic
def erase(comment: Comment, *, seen: str | None = None) -> None:
    """Erase the whole row, whether a visitor or staff ask; its link opens nothing any more."""
    found = locked(comment, seen)
    journal.note(journal.COMMENT, found.public_id)
    found.delete()


def erased_on(comment: Comment, zone: datetime.tzinfo) -> datetime.date | None:
    """The date, in a time zone, on which a refused comment is erased; None for any other."""
    if comment.state != CommentState.REFUSED or comment.decided_at is None:
        return None
    return (comment.decided_at + KEPT_REFUSED).astimezone(zone).date()
