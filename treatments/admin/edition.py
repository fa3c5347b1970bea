"""What has been published: to look at, to compare word by word, and to bring back into the draft."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.admin.look_only import LookOnlyAdmin
from treatments.models import Edition
from treatments.publication import comparison, publishing
from treatments.publication import document as documents
from treatments.values import document_format

#: Letters of a message after an act; the screen before it had room for all.
MOST_SAID = 2_000


@admin.register(Edition)
class EditionAdmin(LookOnlyAdmin):
    """Editions are published from the treatment and never changed."""

    list_display = ["__str__", "published_at", "published_by", "is_sample", "note"]
    list_filter = ["treatment"]
    list_select_related = ["treatment", "published_by"]
    fields = ["treatment", "number", "published_at", "published_by", "is_sample", "next_review_date", "note", "digest"]
    change_form_template = "admin/treatments/edition/change_form.html"

    def get_queryset(self, request):
        return super().get_queryset(request).defer("document")

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/compare/", view(self.compare_view), name="treatments_edition_compare"),
            path("<int:pk>/restore/", view(self.restore_view), name="treatments_edition_restore"),
            *super().get_urls(),
        ]

    def compare_view(self, request, pk):
        """What changed from another edition, by default the one before, or up to the draft."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        edition = get_object_or_404(Edition.objects.select_related("treatment"), pk=pk)
        others = list(edition.treatment.editions.exclude(pk=pk).order_by("-number").defer("document"))
        wanted = request.GET.get("with", "")
        earlier = next((other for other in others if other.number < edition.number), None)
        other = next((other for other in others if str(other.number) == wanted), earlier)
        if wanted == "draft" or other is None:
            before, after = said_by(edition), publishing.draft_of(edition.treatment)
            names = str(edition), _("the draft")
        else:
            first, second = sorted([edition, other], key=lambda one: one.number)
            before, after, names = said_by(first), said_by(second), (str(first), str(second))
        context = {
            **self.admin_site.each_context(request),
            "title": _("From %(before)s to %(after)s") % {"before": names[0], "after": names[1]},
            "edition": edition,
            "others": others,
            "chosen": "draft" if wanted == "draft" or other is None else str(other.number),
            "changes": comparison.changes(before, after),
        }
        return TemplateResponse(request, "admin/treatments/edition/compare.html", context)

    def restore_view(self, request, pk):
        """Ask, then make the draft be what this edition was; nothing public changes."""
        edition = get_object_or_404(Edition.objects.select_related("treatment"), pk=pk)
        if not request.user.has_perm("treatments.change_treatment"):
            raise PermissionDenied
        may_confirm = request.user.has_perm("treatments.confirm_treatment")
        if request.method == "POST":
            return restore(request, edition, may_confirm)
        draft = publishing.draft_of(edition.treatment)
        try:
            restored = publishing.restoration_of(edition, may_confirm=may_confirm)
        except document_format.Refused as refused:
            return not_restored(request, edition, refused)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Bring %s back into the draft?") % edition,
            "edition": edition,
            "differs": restored.said,
            "lost": comparison.changes(restored.document, draft),
            "reasons": len(publishing.reasons_against(edition.treatment, restored.document)),
        }
        return TemplateResponse(request, "admin/treatments/edition/restore.html", context)


def restore(request, edition, may_confirm):
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


def not_restored(request, edition, refused):
    """Back to the edition, with why it cannot be brought back."""
    messages.error(request, _("This edition cannot be brought back: %s") % " ".join(refused.problems))
    return redirect("admin:treatments_edition_change", edition.pk)


def said_by(edition):
    """The edition's document, its texts as a draft would hold them."""
    return documents.cleaned(edition.content())
