"""Looking for people in a list of the desk, and saying why nobody is found."""

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.translation import gettext as _

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.consultation import search
from treatments.models import SearchWord
from treatments.values import folding


def found(request, rows, text, model, column="pk"):
    """Those rows of a list whose requests, or comments, as `model` says, a search for the text finds.

    `column` of a row holds the id of its request. A message on the screen says why nobody is found.
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


def found_among_few(rows, text, columns):
    """Those rows of a list, of which there are few, that have every word of the text in one of these columns."""
    words = folding.asked(text)
    if not words:
        return rows
    tails = {row.pk: {tail for name in columns for tail in folding.tails(getattr(row, name))} for row in rows}
    return rows.filter(pk__in=[pk for pk, stored in tails.items() if folding.fits(words, stored)])


@admin.register(SearchWord)
class SearchWordAdmin(ElsewhereAdmin):
    """Words lead to what they are of."""

    list_screen = "admin:treatments_consultationrequest_changelist"

    def row_screen(self, row):
        name, pk = ("comment", row.comment_id) if row.comment_id else ("consultationrequest", row.request_id)
        return reverse(f"admin:treatments_{name}_change", args=[pk])
