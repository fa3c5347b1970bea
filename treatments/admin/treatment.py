"""The workbench: a treatment as a list of its parts, each on its own screen, and a preview of what is typed."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.accounts.typed_work import KeepsTypedWork
from treatments.admin.finding import found_among_few
from treatments.admin.own_filters import OwnFilters
from treatments.admin.part_inlines import INLINES
from treatments.admin.publish import publish_view, waive_view, withdraw_view
from treatments.admin.review import review_view
from treatments.admin.treatment_screens import change_screen, part_screen, screen_number, screens_of
from treatments.admin.two_editors import HeadForm
from treatments.article import tongue
from treatments.forms.dates import SAYING_HOW
from treatments.forms.text import OF_COLUMNS
from treatments.models import PARTS, Clinic, Edition, Treatment
from treatments.publication import advertising, family, publishing
from treatments.publication.checking import check
from treatments.publication.confirmation import REVIEW
from treatments.values.row_ids import row_id
from treatments.values.row_types import Document
from treatments.views.treatment import page_of, shown
from treatments.web.requests import with_clinic

if TYPE_CHECKING:
    from django.contrib.admin.options import InlineModelAdmin, _FieldsetSpec
    from django.utils.datastructures import _ListOrTuple
    from django_stubs_ext import StrOrPromise, WithAnnotations

    class ListColumns(TypedDict):
        """What get_queryset adds to a treatment: the number of its newest edition, None without one."""

        newest_number: int | None

    TreatmentInList = WithAnnotations[Treatment, ListColumns]
    ModelAdmin = admin.ModelAdmin[Treatment]
else:
    ModelAdmin = admin.ModelAdmin


class TreatmentForm(HeadForm):
    """A treatment's own fields; whoever names what it translates is told at once if it cannot be."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if {"language", "translation_of"} <= cleaned.keys():
            for column, says in family.faults({"slug": self.instance.slug, **cleaned}):
                self.add_error(column, says)
        return cleaned


@admin.register(Treatment)
class TreatmentAdmin(KeepsTypedWork, OwnFilters, ModelAdmin):
    form = TreatmentForm
    formfield_overrides = OF_COLUMNS | SAYING_HOW
    list_display = ["name", "slug", "state", "order"]
    search_fields = ["name", "slug", "title"]
    change_form_template = "admin/treatments/treatment/change_form.html"
    fieldsets = [
        (None, {"fields": ["name", "slug", "title", "answer", "description", "language", "translation_of"]}),
        (_("Review"), {"fields": REVIEW, "description": _("A clinician records it under “Review…”.")}),
        (_("In lists"), {"fields": ["order"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Treatment], search_term: str
    ) -> tuple[QuerySet[Treatment], bool]:
        return found_among_few(queryset, search_term, self.search_fields), False

    # Which screen

    def part(self, request: HttpRequest) -> str | None:
        """The kind of row that this screen edits, or None on the treatment's own."""
        part = request.GET.get("part")
        return part if part in PARTS else None

    def get_inlines(self, request: HttpRequest, obj: Treatment | None) -> "list[type[InlineModelAdmin[Any, Any]]]":
        part = self.part(request)
        return [INLINES[part]] if obj and part else []

    def get_fieldsets(self, request: HttpRequest, obj: Treatment | None = None) -> "_FieldsetSpec":
        return [(None, {"fields": []})] if obj and self.part(request) else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Treatment | None = None) -> "_ListOrTuple[str]":
        if self.part(request):
            return []
        # The page keeps its URL, because it may be linked from anywhere.
        return ["slug", *REVIEW] if obj else REVIEW

    def get_prepopulated_fields(self, request: HttpRequest, obj: Treatment | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ["name"]}

    def has_delete_permission(self, request: HttpRequest, obj: Treatment | None = None) -> bool:
        # What was published is kept; withdraw it instead.
        published = obj is not None and obj.editions.exists()
        return not published and super().has_delete_permission(request, obj)

    def get_deleted_objects(
        self, objs: Sequence[Treatment] | QuerySet[Treatment], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        # Its parts are deleted with it. That they cannot be deleted on screens of their own is no reason to refuse.
        to_delete, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_queryset(self, request: HttpRequest) -> QuerySet[Treatment]:
        newest = Edition.objects.filter(treatment=OuterRef("pk")).order_by().values("treatment")
        number = newest.annotate(newest=Max("number")).values("newest")
        rows: QuerySet[Treatment] = super().get_queryset(request).annotate(newest_number=Subquery(number))
        return rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Treatment | None:
        pk = row_id(object_id)
        if request.method == "POST" and pk is not None:
            # Held until the end of the transaction: of two who save at once the second sees what the first wrote.
            Treatment.objects.select_for_update(no_key=True).filter(pk=pk).first()
        return super().get_object(request, object_id, from_field)

    def view_on_site(self, treatment: Any) -> str | None:
        """The URL at which visitors read a treatment of get_queryset; None while there is nothing for them to read."""
        is_public = treatment.newest_number is not None and treatment.withdrawn_at is None
        return treatment.get_absolute_url() if is_public else None

    @admin.display(description=_("state"))
    def state(self, treatment: "TreatmentInList") -> "StrOrPromise":
        if treatment.withdrawn_at:
            return _("withdrawn")
        if treatment.newest_number is None:
            return _("draft only")
        return _("edition %(number)s") % {"number": treatment.newest_number}

    # What the screens show

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Treatment | None = None,
    ) -> HttpResponse:
        part = self.part(request)
        if obj and part:
            context["title"] = f"{obj}: {PARTS[part]._meta.verbose_name_plural}"
            context["part"] = part
            formset = context["inline_admin_formsets"][0].formset
            context["screens"] = screens_of(obj, PARTS[part], formset.number)
            context["cited"] = " ".join(getattr(formset, "cited", ()))
        elif obj:
            context |= workbench_of(obj)
            edition = Edition.objects.newest(obj.slug)
            context["advertising"] = edition and advertising.trouble_of(obj.slug, edition.content())
            context["may_publish"] = request.user.has_perm("treatments.publish_treatment")
            context["may_review"] = request.user.has_perm("treatments.confirm_treatment")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Treatment, form: Any, change: bool) -> None:
        # Of a treatment that is there only what this screen has: the rest may have changed since it was read.
        obj.save(update_fields=form.cleaned_data if change else None)
        if "order" in form.changed_data:
            Clinic.objects.touch()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row in formset.forms:
            if getattr(row, "is_reworded_figure", False) and row.has_changed():
                said = _("“%s” was the clinic's own. Its words are proposed now, until a clinician confirms them.")
                messages.warning(request, said % Truncator(str(row.instance)).words(9))

    def response_change(self, request: HttpRequest, obj: Treatment) -> HttpResponse:
        if "_preview" in request.POST:
            return self.preview_of(request, obj)
        response = super().response_change(request, obj)
        part = self.part(request)
        if part and response.status_code == 302:
            again = "_continue" in request.POST
            screen = part_screen(obj.pk, part, screen_number(request))
            return redirect(screen if again else change_screen(obj.pk))
        return response

    # Preview and publish

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", view(self.preview_view), name="treatments_treatment_preview"),
            path("<int:pk>/publish/", view(publish_view), name="treatments_treatment_publish"),
            path("<int:pk>/withdraw/", view(withdraw_view), name="treatments_treatment_withdraw"),
            path("<int:pk>/waive/<slug:claim>/<slug:sentence>/", view(waive_view), name="treatments_treatment_waive"),
            path("<int:pk>/review/", view(review_view), name="treatments_treatment_review"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The draft in the public page's own template; never cached, as nothing of the desk is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        treatment = get_object_or_404(Treatment, pk=pk)
        checked = check(publishing.draft_of(treatment))
        if checked.problems:
            return redirect("admin:treatments_treatment_publish", pk)
        return preview(request, checked.document)

    def preview_of(self, request: HttpRequest, treatment: Treatment) -> HttpResponse:
        """A preview of what was typed: it was saved in this transaction, which is rolled back after reading it."""
        checked = check(publishing.draft_of(treatment))
        if checked.problems:
            title = _("Nothing to look at yet")
            context = {**self.admin_site.each_context(request), "title": title, "problems": checked.problems}
            template = "admin/treatments/treatment/preview_refused.html"
            response = TemplateResponse(request, template, context, status=422)
        else:
            response = preview(request, checked.document)
        transaction.set_rollback(True)
        return response


def preview(request: HttpRequest, document: Document) -> TemplateResponse:
    """A document as visitors would read it, kept out of search engines."""
    with tongue.of(document["language"]):
        response = shown(request, "treatment_detail", page_of(with_clinic(request), document))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def workbench_of(treatment: Treatment) -> dict[str, Any]:
    """The parts of the page, and how many reasons stand against publishing; by their names in the template."""
    reasons = publishing.reasons_against(treatment, publishing.draft_of(treatment))
    return {"parts": parts_of(treatment, Counter(reason.part for reason in reasons)), "reasons": len(reasons)}


def parts_of(treatment: Treatment, to_mend: Counter[str]) -> list[tuple[str, int, int, str]]:
    """(title, number of rows, number to mend, URL) of every part, counted in one query."""
    counts = Treatment.objects.filter(pk=treatment.pk).order_by().values("pk")
    counted = {
        part: Subquery(
            model.objects.filter(treatment=OuterRef("pk"))
            .order_by()
            .values("treatment")
            .annotate(count=Count("pk"))
            .values("count")
        )
        for part, model in PARTS.items()
    }
    row: dict[str, Any] = {**counts.annotate(**{f"{part}_count": count for part, count in counted.items()}).get()}
    return [
        (
            str(model._meta.verbose_name_plural),
            row[f"{part}_count"] or 0,
            to_mend[part],
            part_screen(treatment.pk, part),
        )
        for part, model in PARTS.items()
    ]
