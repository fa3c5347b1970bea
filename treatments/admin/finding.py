"""Looking for people in a list of the desk, and saying why nobody is found."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.consultation import search
from treatments.models import Comment, ConsultationRequest, SearchWord
from treatments.values import folding

Row = TypeVar("Row", bound=Model)


def found(
    request: HttpRequest,
    rows: QuerySet[Any],
    text: str,
    model: type[ConsultationRequest | Comment],
    column: str = "pk",
) -> QuerySet[Any]:
    """Those rows of a list that belong to what a search for the text finds; all of them without a text.

    What is searched are requests or comments, as `model` says; their ids stand in `column` of a row. If nobody is
    found, a message on the screen says why.
    """
    if not text.strip():
        return rows
    try:
        finding = search.find(model, text)
    except search.TooShort:
        messages.info(request, _("Type at least two letters or digits to find somebody."))
        return rows.none()
    except search.TooLong:
        messages.info(request, _("Type fewer words: a name, a phone number, an email or a reference is enough."))
        return rows.none()
    if finding.unknown:
        typed = ", ".join(f"“{word}”" for word in finding.unknown)
        messages.info(request, _("Nobody is found by %s. Try the beginning of it, or another word.") % typed)
    elif finding.is_cut:
        said = _("Very many are found by this, so that only the newest %s were looked through. Type more of it.")
        messages.info(request, said % f"{search.MOST:,}")
    elif not finding.ids:
        messages.info(request, _("Nobody is found by all of these words together: leave one out."))
    return rows.filter(**{f"{column}__in": finding.ids})


def found_among_few(rows: QuerySet[Row], text: str, columns: Iterable[str]) -> QuerySet[Row]:
    """Those rows that have every word of the text, each in any of these columns; for lists that are short.

    It reads every row: the words are compared as `folding` does, which no database can.
    """
    words = folding.asked(text)
    if not words:
        return rows
    tails = {row.pk: {tail for name in columns for tail in folding.tails(getattr(row, name))} for row in rows}
    return rows.filter(pk__in=[pk for pk, stored in tails.items() if folding.fits(words, stored)])


@admin.register(SearchWord)
class SearchWordAdmin(ElsewhereAdmin):
    """The words by which people are found: each leads to its request or comment."""

    list_screen = "admin:treatments_consultationrequest_changelist"

    def row_screen(self, row: SearchWord) -> str:
        name, pk = ("comment", row.comment_id) if row.comment_id else ("consultationrequest", row.request_id)
        return reverse(f"admin:treatments_{name}_change", args=[pk])
