"""What has been published: to look at, to compare word by word, and to bring back into the draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.admin.look_only import LookOnlyAdmin
from treatments.models import Edition, Treatment
from treatments.publication import comparison, publishing
from treatments.publication import document as documents
from treatments.publication.restoration import Restored
from treatments.values import document_format

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Letters of the message after restoring; the screen before it had room for all that could not come back.
MOST_SAID = 2_000


@admin.register(Edition)
class EditionAdmin(LookOnlyAdmin):
    """Editions are published from the treatment and never changed."""

    list_display = ["__str__", "published_at", "published_by", "is_sample", "note"]
    list_filter = ["treatment"]
    list_select_related = ["treatment", "published_by"]
    fields = ["treatment", "number", "published_at", "published_by", "is_sample", "next_review_date", "note", "digest"]
    change_form_template = "admin/treatments/edition/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return super().get_queryset(request).defer("document")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/compare/", view(self.compare_view), name="treatments_edition_compare"),
            path("<int:pk>/restore/", view(self.restore_view), name="treatments_edition_restore"),
            *super().get_urls(),
        ]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What changed from another edition, by default the one before, or up to the draft."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        edition = get_object_or_404(Edition.objects.select_related("treatment"), pk=pk)
        others = list(edition.treatment.editions.exclude(pk=pk).order_by("-number").defer("document"))
        other = compared_with(edition, others, request.GET.get("with", ""))
        before, after = sides_of(edition, other)
        context = {
            **self.admin_site.each_context(request),
            "title": _("From %(before)s to %(after)s") % {"before": before.name, "after": after.name},
            "edition": edition,
            "others": others,
            "chosen": str(other.number) if other else "draft",
            "changes": comparison.changes(before.document, after.document),
        }
        return TemplateResponse(request, "admin/treatments/edition/compare.html", context)

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then make the draft be what this edition was; nothing public changes."""
        edition = get_object_or_404(Edition.objects.select_related("treatment"), pk=pk)
        if not request.user.has_perm("treatments.change_treatment"):
            raise PermissionDenied
        may_confirm = request.user.has_perm("treatments.confirm_treatment")
        if request.method == "POST":
            return restore(request, edition, may_confirm)
        try:
            restored = publishing.restoration_of(edition, may_confirm=may_confirm)
        except document_format.Refused as refused:
            return not_restored(request, edition, refused)
        title = _("Bring %s back into the draft?") % edition
        context = {**self.admin_site.each_context(request), "title": title, "edition": edition}
        context |= what_restoring_does(edition.treatment, restored)
        return TemplateResponse(request, "admin/treatments/edition/restore.html", context)


@dataclass(frozen=True)
class Side:
    """One of two documents that are compared, with what it is called."""

    name: "StrOrPromise"
    document: dict[str, Any]


def compared_with(edition: Edition, others: Sequence[Edition], wanted: str) -> Edition | None:
    """With which of the other editions, the newest first, an edition is compared; None is the draft.

    `wanted` is "draft" or the number of one; anything else is the edition before, and of the first edition the draft.
    """
    if wanted == "draft":
        return None
    earlier = next((other for other in others if other.number < edition.number), None)
    return next((other for other in others if str(other.number) == wanted), earlier)


def sides_of(edition: Edition, other: Edition | None) -> tuple[Side, Side]:
    """What is compared, the earlier first; the draft, where there is no other edition, is the latest."""
    if other is None:
        return side_of(edition), Side(_("the draft"), publishing.draft_of(edition.treatment))
    first, second = sorted([edition, other], key=lambda one: one.number)
    return side_of(first), side_of(second)


def side_of(edition: Edition) -> Side:
    """An edition to be compared, its texts as a draft would hold them."""
    return Side(str(edition), documents.cleaned(edition.content()))


def what_restoring_does(treatment: Treatment, restored: Restored) -> dict[str, Any]:
    """What the page says of a restoration before it is done, by its names in the template."""
    return {
        "differs": restored.said,
        "lost": comparison.changes(restored.document, publishing.draft_of(treatment)),
        "reasons": len(publishing.reasons_against(treatment, restored.document)),
    }


def restore(request: HttpRequest, edition: Edition, may_confirm: bool) -> HttpResponse:
    """Bring an edition back into the draft; then to the draft, with what could not come back as it was."""
    try:
        restored = publishing.restore(edition, may_confirm=may_confirm)
    except document_format.Refused as refused:
        return not_restored(request, edition, refused)
    said = _("The draft is what edition %s was. Nothing public has changed.")
    messages.success(request, said % edition.number)
    if restored.said:
        messages.warning(request, Truncator(" ".join(restored.said)).chars(MOST_SAID))
    return redirect("admin:treatments_treatment_change", edition.treatment_id)


def not_restored(request: HttpRequest, edition: Edition, refused: document_format.Refused) -> HttpResponse:
    """Back to the edition, with the reason why it cannot be brought back."""
    messages.error(request, _("This edition cannot be brought back: %s") % " ".join(refused.problems))
    return redirect("admin:treatments_edition_change", edition.pk)
