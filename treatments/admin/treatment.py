"""The workbench: a treatment as a list of its parts, each on its own screen; preview and publish."""

import re
from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.accounts.typed_work import KeepsTypedWork, is_brought_back, shows_again
from treatments.admin.finding import found_among_few
from treatments.admin.part import INLINES, part_screen, screen_number
from treatments.admin.review import review_view
from treatments.admin.two_editors import ROWS_PER_SCREEN, HeadForm, signed, verified
from treatments.forms.dates import SAYING_HOW
from treatments.forms.publish import PublishForm
from treatments.forms.text import OF_COLUMNS
from treatments.models import PARTS, Clinic, Edition, MessageKind, Source, Treatment
from treatments.publication import comparison, gate, publishing
from treatments.publication.checking import check
from treatments.publication.confirmation import REVIEW
from treatments.text import cleaning
from treatments.values import document_format
from treatments.values.moments import moment_of
from treatments.views.treatment import page_of


@admin.register(Treatment)
class TreatmentAdmin(KeepsTypedWork, admin.ModelAdmin):
    form = HeadForm
    formfield_overrides = OF_COLUMNS | SAYING_HOW
    list_display = ["name", "slug", "state", "order"]
    search_fields = ["name", "slug", "title"]
    change_form_template = "admin/treatments/treatment/change_form.html"
    fieldsets = [
        (None, {"fields": ["name", "slug", "title", "answer", "description", "language"]}),
        (_("Review"), {"fields": REVIEW, "description": _("A clinician records it under “Review…”.")}),
        (_("In lists"), {"fields": ["order"]}),
    ]

    def get_search_results(self, request, queryset, search_term):
        return found_among_few(queryset, search_term, self.search_fields), False

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

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.seen = verified(request.POST.get("seen"))
        return form

    def get_readonly_fields(self, request, obj=None):
        if self.part(request):
            return []
        # The address of a page that may be linked from anywhere stays.
        return ["slug", *REVIEW] if obj else REVIEW

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def has_delete_permission(self, request, obj=None):
        # What was published is kept; withdraw it instead.
        published = obj is not None and obj.editions.exists()
        return not published and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs, request):
        # Its parts go with it: whether they can be deleted on screens of their own does not matter, they have none.
        to_delete, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_queryset(self, request):
        newest = Edition.objects.filter(treatment=OuterRef("pk")).order_by().values("treatment")
        number = newest.annotate(newest=Max("number")).values("newest")
        return super().get_queryset(request).annotate(newest_number=Subquery(number))

    def view_on_site(self, treatment):
        """The address at which visitors read it; None while there is nothing for them to read."""
        is_public = treatment.newest_number is not None and treatment.withdrawn_at is None
        return treatment.get_absolute_url() if is_public else None

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
            context |= guarded(context, obj, PARTS[part])
        elif obj:
            context["seen"] = signed(context["adminform"].form.fields_seen())
            context |= workbench_of(obj)
            context["may_publish"] = request.user.has_perm("treatments.publish_treatment")
            context["may_review"] = request.user.has_perm("treatments.confirm_treatment")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        # Of a treatment that is there only what this screen has: the rest may have changed since it was read.
        obj.save(update_fields=form.cleaned_data if change else None)
        if "order" in form.changed_data:
            Clinic.objects.touch()

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        for row in formset.forms:
            if getattr(row, "is_reworded_figure", False) and row.has_changed():
                said = _("“%s” was the clinic's own. Its words are proposed now, until a clinician confirms them.")
                messages.warning(request, said % Truncator(str(row.instance)).words(9))

    def response_change(self, request, obj):
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

    def get_urls(self):
        def view(function):
            return self.admin_site.admin_view(function)

        return [
            path("<int:pk>/preview/", view(self.preview_view), name="treatments_treatment_preview"),
            path("<int:pk>/publish/", view(self.publish_view), name="treatments_treatment_publish"),
            path("<int:pk>/withdraw/", view(self.withdraw_view), name="treatments_treatment_withdraw"),
            path(
                "<int:pk>/waive/<slug:claim>/<slug:sentence>/", view(self.waive_view), name="treatments_treatment_waive"
            ),
            path("<int:pk>/review/", view(review_view), name="treatments_treatment_review"),
            *super().get_urls(),
        ]

    def preview_view(self, request, pk):
        """The draft in the public page's own template; never cached, as nothing of the desk is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        treatment = get_object_or_404(Treatment, pk=pk)
        checked = check(publishing.draft_of(treatment))
        if checked.problems:
            return redirect("admin:treatments_treatment_publish", pk)
        return preview(request, checked.document)

    def preview_of(self, request, treatment):
        """The same with what was typed and not saved: it is read from the rows, and then they are as before."""
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

    @shows_again
    def publish_view(self, request, pk):
        """Show what stands against publishing, or ask for a note and a time and publish."""
        check_may_publish(request)
        treatment = get_object_or_404(Treatment, pk=pk)
        newest = treatment.editions.order_by("-number").first()
        if "unschedule" in request.POST:
            publishing.unschedule(treatment)
            messages.success(request, _("It is published when someone says so, and not before."))
            return redirect("admin:treatments_treatment_publish", pk)
        form = PublishForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and not is_brought_back(request):
            return publish(request, treatment, newest, **form.cleaned_data)
        document = publishing.draft_of(treatment)
        problems = publishing.problems_of(document)
        reasons = publishing.reasons_against(treatment, document)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish %(name)s") % {"name": treatment.name},
            "treatment": treatment,
            "newest": newest,
            "form": form,
            "refusal": refusal_of(treatment, newest),
            "problems": [(problem, screen_of_problem(pk, problem)) for problem in problems],
            "reasons": by_part(pk, reasons),
            "stale": stale_sources(pk, document, publishing.today_at_clinic()),
            "may_waive": request.user.has_perm("treatments.add_waiver"),
            "waits_for_review": any(reason.is_of_review for reason in reasons),
            "may_review": request.user.has_perm("treatments.confirm_treatment"),
            "back": change_screen(pk),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/treatments/treatment/publish.html", context, status=status)

    def withdraw_view(self, request, pk):
        """Ask, then take a treatment from the public, or bring it back."""
        check_may_publish(request)
        treatment = get_object_or_404(Treatment, pk=pk)
        if request.method == "POST":
            withdraw_or_bring_back(request, treatment)
            return redirect(change_screen(pk))
        title = _("Bring back %s?") if treatment.withdrawn_at else _("Withdraw %s?")
        context = {
            **self.admin_site.each_context(request),
            "title": title % treatment.name,
            "treatment": treatment,
            "back": change_screen(pk),
        }
        return TemplateResponse(request, "admin/treatments/treatment/withdraw.html", context)

    @shows_again
    def waive_view(self, request, pk, claim, sentence):
        """A clinician says why a sentence stands; only what the gate has found can be waived.

        The sentence goes by its digest: an address has no room for long ones.
        """
        if not request.user.has_perm("treatments.add_waiver"):
            raise PermissionDenied
        treatment = get_object_or_404(Treatment, pk=pk)
        why = cleaning.text(request.POST.get("why", ""))
        is_sent = why and not is_brought_back(request)
        if is_sent and publishing.waive(treatment, claim, sentence, why=why, by=request.user):
            messages.success(request, _("The sentence stands, for as long as it stays as it is."))
            return redirect("admin:treatments_treatment_publish", pk)
        reason = publishing.claim_in(publishing.draft_of(treatment), claim, sentence)
        if reason is None:
            messages.info(request, _("This sentence is not in the way any more."))
            return redirect("admin:treatments_treatment_publish", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Let a sentence stand"),
            "reason": reason,
            "why": why,
            "is_missing": request.method == "POST" and not why,
            "back": reverse("admin:treatments_treatment_publish", args=[pk]),
        }
        status = 422 if context["is_missing"] else 200
        return TemplateResponse(request, "admin/treatments/treatment/waive.html", context, status=status)


def preview(request, document):
    """A page that visitors do not see yet."""
    response = TemplateResponse(request, "treatments/treatment_detail.html", page_of(request, document))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def guarded(context, treatment, model):
    """What the screen of a part carries: its rows as it shows them, and those that someone else changed meanwhile."""
    formset = context["inline_admin_formsets"][0].formset
    before, after = ([pair[number] for pair in formset.conflicts if pair[number]] for number in (0, 1))
    changed = list(comparison.changes_of_part(model, before, after))
    return {
        "seen": signed(formset.rows_seen()),
        "changed_meanwhile": changed,
        "screens": screens_of(treatment, model, formset.number),
        "cited": " ".join(getattr(formset, "cited", ())),
    }


def screens_of(treatment, model, opened):
    """(first row, last row, address, whether it is open) of each screen of a part; none if one holds them all."""
    count = model.objects.filter(treatment=treatment).count()
    if count <= ROWS_PER_SCREEN:
        return []
    return [
        (
            number * ROWS_PER_SCREEN + 1,
            min(count, (number + 1) * ROWS_PER_SCREEN),
            part_screen(treatment.pk, model.part, number),
            number == opened,
        )
        for number in range(-(-count // ROWS_PER_SCREEN))
    ]


def check_may_publish(request):
    """Raise PermissionDenied for those who may not publish."""
    if not request.user.has_perm("treatments.publish_treatment"):
        raise PermissionDenied


def publish(request, treatment, newest, *, note, at):
    """Publish now, or at a moment to come; then back to the treatment, or to what stands against it."""
    try:
        if at:
            publishing.schedule(treatment, at, by=request.user, note=note)
            said = _("It is published on %s, if nothing stands against it then.")
            messages.success(request, said % date_format(timezone.localtime(at), "l j F Y, H:i"))
            return redirect("admin:treatments_treatment_publish", treatment.pk)
        edition = publishing.publish(treatment, by=request.user, note=note)
    except (document_format.Refused, publishing.Stopped):
        messages.error(request, _("Nothing was published: mend what the list says first."))
        return redirect("admin:treatments_treatment_publish", treatment.pk)
    if edition == newest:
        messages.info(request, _("Nothing has changed since edition %s.") % edition.number)
    elif treatment.withdrawn_at:
        messages.warning(request, _("Edition %s is there for when the treatment is brought back.") % edition.number)
    else:
        messages.success(request, _("Edition %s is public.") % edition.number)
    return redirect(change_screen(treatment.pk))


def withdraw_or_bring_back(request, treatment):
    """Do what was asked for, once: whoever comes second, or presses twice, turns nothing round."""
    wants_it_back = request.POST.get("wanted") == "back"
    if wants_it_back == (treatment.withdrawn_at is None):
        messages.info(request, _("That was done already."))
    elif wants_it_back:
        publishing.bring_back(treatment)
        messages.success(request, _("Visitors read it again."))
    else:
        publishing.withdraw(treatment)
        messages.success(request, _("It is withdrawn: visitors are told that the page is gone."))


def refusal_of(treatment, newest):
    """The moment at which the gate last stopped what was planned, unless something was published since; or None."""
    refused = treatment.messages.filter(kind=MessageKind.NOT_PUBLISHED).order_by("pk").last()
    at = refused and moment_of(refused.payload.get("at", ""))
    return at if at and not (newest and newest.published_at > at) else None


def stale_sources(pk, document, today):
    """(source, [(key, address)]) of what rests on sources that nobody has checked for a year."""
    return [
        (source, [(document[part][number]["key"], row_screen(pk, part, number)) for part, number in resting])
        for source, resting in gate.stale_sources(document, today)
    ]


def change_screen(pk):
    return reverse("admin:treatments_treatment_change", args=[pk])


def screen_of_problem(pk, problem):
    """The screen on which a problem of the draft can be mended."""
    part, number = re.match(r"(\w*)(?:\[(\d+)\])?", problem).groups()
    if part not in PARTS:
        return change_screen(pk)
    return row_screen(pk, part, int(number)) if number and part != Source.part else part_screen(pk, part)


def screen_of(pk, reason):
    """The row that a reason against publishing is about, on its screen."""
    # Sources stand in the document by reference, and on their screens as they were added.
    if reason.part not in ("", Source.part) and reason.number is not None:
        return row_screen(pk, reason.part, reason.number)
    return part_screen(pk, reason.part) if reason.part else change_screen(pk)


def by_part(pk, reasons):
    """(part's title, [(reason, address)]) in the order of the page."""
    groups = {}
    for reason in reasons:
        title = PARTS[reason.part]._meta.verbose_name_plural if reason.part else _("the page itself")
        groups.setdefault(title, []).append((reason, screen_of(pk, reason)))
    return list(groups.items())


def row_screen(pk, part, number):
    """The address of one row on its screen of its part."""
    screen, place = divmod(number, ROWS_PER_SCREEN)
    return f"{part_screen(pk, part, screen)}#{PARTS[part].related_name()}-{place}"


def workbench_of(treatment):
    """The parts of the page with what they hold and what is to mend, and how many reasons stand against publishing."""
    reasons = publishing.reasons_against(treatment, publishing.draft_of(treatment))
    return {"parts": parts_of(treatment, Counter(reason.part for reason in reasons)), "reasons": len(reasons)}


def parts_of(treatment, to_mend):
    """(title, count, number to mend, address) of every part, counted in one query."""
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
        (model._meta.verbose_name_plural, row[f"{part}_count"] or 0, to_mend[part], part_screen(treatment.pk, part))
        for part, model in PARTS.items()
    ]
