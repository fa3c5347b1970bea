"""The workbench: a treatment as a list of its parts, each on its own screen; preview and publish."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from treatments import document as documents
from treatments import publishing
from treatments.admin.part import INLINES, part_screen
from treatments.models import PARTS, Clinic, Edition, Treatment
from treatments.views.treatment import page_of


@admin.register(Treatment)
class TreatmentAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "state", "order"]
    search_fields = ["name", "slug", "title"]
    change_form_template = "admin/treatments/treatment/change_form.html"
    fieldsets = [
        (None, {"fields": ["name", "slug", "title", "answer", "description", "language"]}),
        (_("Review"), {"fields": ["reviewer", "review_date", "next_review_date"]}),
        (_("Who may see it"), {"fields": ["publish_at", "withdrawn_at", "order"]}),
    ]

    # Which screen

    def part(self, request):
        """The kind of row that this screen edits, or None on the treatment's own."""
        part = request.GET.get("part")
        return part if part in PARTS else None

    def get_inlines(self, request, obj):
        part = self.part(request)
        return [INLINES[part]] if obj and part else []

    def get_fieldsets(self, request, obj=None):
        return [(None, {"fields": []})] if obj and self.part(request) else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request, obj=None):
        # The address of a page that may be linked from anywhere stays.
        return ["slug"] if obj and not self.part(request) else []

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def has_delete_permission(self, request, obj=None):
        # What was published is kept; withdraw it instead.
        published = obj is not None and obj.editions.exists()
        return not published and super().has_delete_permission(request, obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_queryset(self, request):
        newest = Edition.objects.filter(treatment=OuterRef("pk")).order_by().values("treatment")
        number = newest.annotate(newest=Max("number")).values("newest")
        return super().get_queryset(request).annotate(newest_number=Subquery(number))

    @admin.display(description=_("state"))
    def state(self, treatment):
        if treatment.withdrawn_at:
            return _("withdrawn")
        if treatment.newest_number is None:
            return _("draft only")
        return _("edition %(number)s") % {"number": treatment.newest_number}

    # What the screens show

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        part = self.part(request)
        if obj and part:
            context["title"] = f"{obj}: {PARTS[part]._meta.verbose_name_plural}"
            context["part"] = part
        elif obj:
            context["parts"] = parts_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if {"order", "publish_at", "withdrawn_at"} & set(form.changed_data):
            Clinic.objects.touch()

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        part = self.part(request)
        if part and response.status_code == 302:
            again = "_continue" in request.POST
            return redirect(part_screen(obj.pk, part) if again else change_screen(obj.pk))
        return response

    # Preview and publish

    def get_urls(self):
        def view(function):
            return self.admin_site.admin_view(function)

        return [
            path("<int:pk>/preview/", view(self.preview_view), name="treatments_treatment_preview"),
            path("<int:pk>/publish/", view(self.publish_view), name="treatments_treatment_publish"),
            *super().get_urls(),
        ]

    def preview_view(self, request, pk):
        """The draft in the public page's own template; never cached, as nothing of the desk is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        treatment = get_object_or_404(Treatment, pk=pk)
        checked = documents.check(publishing.draft_of(treatment))
        if checked.problems:
            return redirect("admin:treatments_treatment_publish", pk)
        context = page_of(request, checked.document)
        response = TemplateResponse(request, "treatments/treatment_detail.html", context)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def publish_view(self, request, pk):
        """Show what stands against publishing, or ask for a note and publish."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        treatment = get_object_or_404(Treatment, pk=pk)
        newest = treatment.editions.order_by("-number").first()
        if request.method == "POST":
            try:
                edition = publishing.publish(treatment, by=request.user, note=request.POST.get("note", "")[:200])
            except documents.Refused:
                messages.error(request, _("Nothing was published: mend what the list says first."))
                return redirect("admin:treatments_treatment_publish", pk)
            if edition == newest:
                messages.info(request, _("Nothing has changed since edition %s.") % edition.number)
            else:
                messages.success(request, _("Edition %s is public, as a sample.") % edition.number)
            return redirect(change_screen(pk))
        reasons = publishing.reasons_against(publishing.draft_of(treatment))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish %(name)s") % {"name": treatment.name},
            "treatment": treatment,
            "newest": newest,
            "reasons": [(reason, screen_of(pk, reason)) for reason in reasons],
            "back": change_screen(pk),
        }
        return TemplateResponse(request, "admin/treatments/treatment/publish.html", context)


def change_screen(pk):
    return reverse("admin:treatments_treatment_change", args=[pk])


def screen_of(pk, reason):
    """The screen on which a reason against publishing can be mended."""
    part = re.match(r"\w*", reason)[0]
    return part_screen(pk, part) if part in PARTS else change_screen(pk)


def parts_of(treatment):
    """(title, count, address) of every part, counted in one query."""
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
    row = counts.annotate(**{f"{part}_count": count for part, count in counted.items()}).get()
    return [
        (model._meta.verbose_name_plural, row[f"{part}_count"] or 0, part_screen(treatment.pk, part))
        for part, model in PARTS.items()
    ]
