"""The review: what is new, reworded or gone since a clinician last read a page, and one press to stand behind it."""

import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.forms.review import ReviewForm
from treatments.models import ReviewedStatement, Treatment
from treatments.publication import comparison, publishing, review

#: How long a review holds if nobody says otherwise.
A_YEAR = datetime.timedelta(days=365)


@admin.register(ReviewedStatement)
class ReviewedStatementAdmin(ElsewhereAdmin):
    """What was seen: on the screen of the review."""

    list_screen = "admin:treatments_treatment_changelist"

    def row_screen(self, statement):
        return reverse("admin:treatments_treatment_review", args=[statement.treatment_id])


def review_view(request, pk):
    """Show what has changed since the last review; a clinician who has read it records the next one."""
    if not request.user.has_perm("treatments.confirm_treatment"):
        raise PermissionDenied
    treatment = get_object_or_404(Treatment, pk=pk)
    document = publishing.draft_of(treatment)
    if publishing.problems_of(document):
        messages.error(request, _("Mend first what the list says."))
        return redirect("admin:treatments_treatment_publish", pk)
    today = publishing.today_at_clinic()
    words = review.words_of(document)
    initial = {**proposal(treatment, request.user, today), "read": review.digest_of_all(words)}
    form = ReviewForm(request.POST if request.method == "POST" else None, initial=initial, today=today)
    if form.is_valid():
        response = record(request, treatment, form.cleaned_data)
        if response:
            return response
        # She reads what it says now, and presses again.
        form.data = form.data.copy()
        form.data["read"] = initial["read"]
    context = {
        **admin.site.each_context(request),
        "title": _("Review %s") % treatment.name,
        "treatment": treatment,
        "form": form,
        "changes": changes_since(treatment, words),
        "back": reverse("admin:treatments_treatment_change", args=[pk]),
    }
    status = 422 if form.errors else 409 if form.is_bound else 200
    return TemplateResponse(request, "admin/treatments/treatment/review.html", context, status=status)


def record(request, treatment, answers):
    """Record the review and go back to publishing; None if the page was changed while it was read."""
    try:
        publishing.record_review(treatment, **answers)
    except publishing.ChangedMeanwhile:
        messages.error(request, _("Someone has changed the page while you read it. Read the changes below once more."))
        return None
    messages.success(request, _("Your review is recorded. It holds for these very words."))
    return redirect("admin:treatments_treatment_publish", treatment.pk)


def proposal(treatment, user, today):
    """What the form begins with: so that whoever renews her own review has only to press the button."""
    name = user.get_full_name() or user.get_username()
    date = treatment.next_review_date
    return {
        "reviewer": treatment.reviewer if name in treatment.reviewer else name,
        "next_review_date": date if date and date > today else today + A_YEAR,
    }


def changes_since(treatment, words):
    """The Changes of what the last reviewer has seen; the order of rows is nothing to review."""
    seen = {name: statement.words for name, statement in review.seen_of(treatment).items()}
    found = comparison.changes(review.document_of(seen), review.document_of(words))
    return [change for change in found if change.kind != "moved"]
