"""The review: what is new, reworded or gone since a clinician last read a page, and one press to stand behind it."""

import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.publish import page
from treatments.forms.review import ReviewForm
from treatments.models import ReviewedStatement, Treatment
from treatments.publication import comparison, publishing, review
from treatments.web.requests import StaffRequest

#: {(part, name): {column: value}} of what a reviewer stands behind, as review.words_of gives it.
Words = dict[tuple[str, str], dict[str, Any]]

#: How long a review holds if nobody says otherwise.
A_YEAR = datetime.timedelta(days=365)


@admin.register(ReviewedStatement)
class ReviewedStatementAdmin(ElsewhereAdmin):
    """What a reviewer has read: on the screen of the review."""

    list_screen = "admin:treatments_treatment_changelist"

    def row_screen(self, row: ReviewedStatement) -> str:
        return reverse("admin:treatments_treatment_review", args=[row.treatment_id])


def review_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what has changed since the last review; a clinician who has read it records the next one."""
    if not request.user.has_perm("treatments.confirm_treatment"):
        raise PermissionDenied
    treatment = get_object_or_404(Treatment, pk=pk)
    document = publishing.draft_of(treatment)
    if publishing.problems_of(document):
        messages.error(request, _("Mend first what the list says."))
        return redirect("admin:treatments_treatment_publish", pk)
    words = review.words_of(document)
    form = form_for(request, treatment, words)
    if form.is_valid() and record(request, treatment, form):
        return redirect("admin:treatments_treatment_publish", pk)
    context = {"form": form, "changes": changes_since(treatment, words)}
    status = 422 if form.errors else 409 if form.is_bound else 200
    return page(request, treatment, "review", _("Review %s") % treatment.name, status=status, **context)


def form_for(request: StaffRequest, treatment: Treatment, words: Words) -> ReviewForm:
    """The form of a review of these words."""
    today = publishing.today_at_clinic()
    initial = {**proposal(treatment, request.user, today), "read": review.digest_of_all(words)}
    return ReviewForm(request.POST if request.method == "POST" else None, initial=initial, today=today)


def record(request: StaffRequest, treatment: Treatment, form: ReviewForm) -> bool:
    """Record the review that a valid form holds; False if the page was changed while it was read.

    Then the form stands for what the page says now, so that the clinician reads it and presses again.
    """
    try:
        publishing.record_review(treatment, **form.cleaned_data)
    except publishing.ChangedMeanwhile:
        messages.error(request, _("Someone has changed the page while you read it. Read the changes below once more."))
        sent = request.POST.copy()
        sent["read"] = form.initial["read"]
        form.data = sent
        return False
    messages.success(request, _("Your review is recorded. It holds for these very words."))
    return True


def proposal(treatment: Treatment, user: User, today: datetime.date) -> dict[str, Any]:
    """What the form begins with, by its fields: whoever renews her own review has only to press the button."""
    name = user.get_full_name() or user.get_username()
    date = treatment.next_review_date
    return {
        "reviewer": treatment.reviewer if name in treatment.reviewer else name,
        "next_review_date": date if date and date > today else today + A_YEAR,
    }


def changes_since(treatment: Treatment, words: Words) -> list[comparison.Change]:
    """How the words differ from those that the last reviewer read; the order of rows is nothing to review."""
    read = {name: statement.words for name, statement in review.seen_of(treatment).items()}
    found = comparison.changes(review.document_of(read), review.document_of(words))
    return [change for change in found if change.kind != "moved"]
