"""The words by which people are found at the desk."""

import functools
import operator
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

#: Comes after every byte of a word.
LAST_BYTE = b"\xff"


#: Every column is declared, as those of a request are. The words are deleted with the row that they lead to.
PERSONAL = ("word",)
KEPT: tuple[str, ...] = ()
TECHNICAL = ("id", "request", "comment")


class SearchWordQuerySet(models.QuerySet["SearchWord"]):
    def beginning(self, *beginnings: str) -> Self:
        """Words that begin with one of these texts, which are folded as the words are."""
        ranges = [Q(word__gte=text.encode(), word__lt=text.encode() + LAST_BYTE) for text in beginnings]
        return self.filter(functools.reduce(operator.or_, ranges))


class SearchWord(models.Model):
    """One folded word by which a request is found, or a comment.

    `consultation.search` writes the words; they are deleted with the row that they lead to.
    """

    request = models.ForeignKey(
        "treatments.ConsultationRequest",
        models.CASCADE,
        null=True,
        related_name="search_words",
        # The indexes below serve it.
        db_index=False,
    )
    comment = models.ForeignKey(
        "treatments.Comment", models.CASCADE, null=True, related_name="search_words", db_index=False
    )
    #: UTF-8: bytes have one order in every database, so that an index leads to all words with one beginning.
    word = models.BinaryField()

    objects = SearchWordQuerySet.as_manager()

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")
        # Of each kind alone, so that a million requests stand in no comment's way.
        indexes = [
            models.Index(name="search_word_to_request", fields=["word", "request"], condition=Q(request__isnull=False)),
            models.Index(name="search_word_to_comment", fields=["word", "comment"], condition=Q(comment__isnull=False)),
            models.Index(name="search_word_of_request", fields=["request", "word"], condition=Q(request__isnull=False)),
            models.Index(name="search_word_of_comment", fields=["comment", "word"], condition=Q(comment__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(name="search_word_is_filled", condition=~Q(word=b"")),
            models.CheckConstraint(
                name="search_word_is_of_one",
                condition=Q(request__isnull=False, comment__isnull=True)
                | Q(request__isnull=True, comment__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return bytes(self.word).decode()
