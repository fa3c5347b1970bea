"""What visitors say about a treatment, and what the clinic answers."""

import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known
from treatments.models.private_link import PrivatelyLinked, new_secret
from treatments.values.moments import title_of_day


class CommentState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SHOWN = "shown", _("Shown")
    REFUSED = "refused", _("Refused")


#: Every column is declared, as those of a request are. Erasing a comment deletes the row: nothing of it is kept.
PERSONAL = ("name", "text", "email", "answer", "treatment", "state", "added_at", "decided_at", "answered_at")
KEPT: tuple[str, ...] = ()
TECHNICAL = ("id", "public_id", "nonce", "form_key", "client_digest", "is_set_apart", "handled_by")


class CommentQuerySet(models.QuerySet["Comment"]):
    def shown(self) -> Self:
        """Comments that anyone may read, the newest first."""
        return self.filter(state=CommentState.SHOWN).order_by("-pk")

    def to_read(self) -> Self:
        """Comments that wait for someone of the clinic."""
        return self.filter(state=CommentState.WAITING, is_set_apart=False)

    def set_apart(self) -> Self:
        """Comments that look like spam and that nobody has read yet."""
        return self.filter(state=CommentState.WAITING, is_set_apart=True)

    def of_client(self, digest: str, *, since: datetime.datetime) -> Self:
        """Comments that came from one network address after a moment."""
        return self.filter(client_digest=digest, added_at__gt=since)

    def unwanted_before(self, moment: datetime.datetime) -> Self:
        """Comments that were refused before a moment, or set apart before it and never read."""
        refused = Q(state=CommentState.REFUSED, decided_at__lt=moment)
        return self.filter(refused | Q(state=CommentState.WAITING, is_set_apart=True, added_at__lt=moment))


class Comment(PrivatelyLinked):
    """One visitor's comment on a treatment. Nobody sees it until someone of the clinic has read it."""

    private_page = "treatments:comment_detail"

    # The index of the public list begins with it.
    treatment = models.ForeignKey(
        "treatments.Treatment",
        models.CASCADE,
        related_name="comments",
        db_index=False,
        verbose_name=_("treatment"),
    )
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("text"), max_length=3000)
    email = models.EmailField(_("email"), blank=True, help_text=_("Never shown."))
    state = models.CharField(_("state"), max_length=7, choices=CommentState.choices, default=CommentState.WAITING)
    answer = models.TextField(_("answer"), max_length=3000, blank=True)
    is_set_apart = models.BooleanField(_("set apart"), default=False, help_text=_("Taken for a machine’s."))
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("handled by")
    )
    form_key = models.CharField(max_length=22, unique=True, default=new_secret, editable=False)
    #: For the limit of an hour, and emptied in the night after it.
    client_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        # By the letters of its state, backwards: what waits comes first, what was refused last.
        ordering = ["-state", "is_set_apart", "-pk"]
        indexes = [
            models.Index(fields=["treatment", "state", "id"], name="comment_of_treatment"),
            models.Index(fields=["-state", "is_set_apart", "-id"], name="comment_at_the_desk"),
            models.Index(fields=["client_digest", "added_at"], name="comment_of_client"),
        ]
        constraints = [
            known("comment", "state", CommentState),
            filled("comment", "name"),
            filled("comment", "text"),
            models.CheckConstraint(
                name="comment_waits_or_was_decided",
                condition=Q(state=CommentState.WAITING, decided_at__isnull=True)
                | (~Q(state=CommentState.WAITING) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="comment_answer_has_its_moment",
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {title_of_day(self.added_at)}"

    @property
    def version(self) -> str:
        """Another after every act, so that whoever comes second can be told."""
        return " ".join(str(moment and moment.timestamp()) for moment in (self.decided_at, self.answered_at))
