"""Publishing a treatment at the desk: what stands against it, sentences that stand all the same, and withdrawing."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from treatments.accounts.typed_work import is_brought_back, shows_again
from treatments.admin.treatment_screens import change_screen, part_screen, row_screen
from treatments.forms.publish import PublishForm
from treatments.models import PARTS, Edition, MessageKind, Source, Treatment
from treatments.publication import advertising, gate, publishing
from treatments.text import cleaning
from treatments.values import document_format
from treatments.values.moments import moment_of
from treatments.web.requests import StaffRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@shows_again
def publish_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what stands against publishing, or ask for a note and a time and publish."""
    check_may_publish(request)
    treatment = get_object_or_404(Treatment, pk=pk)
    if "unschedule" in request.POST:
        return unschedule(request, treatment)
    newest = treatment.editions.order_by("-number").first()
    form = PublishForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and not is_brought_back(request):
        return publish(request, treatment, newest, **form.cleaned_data)
    context: dict[str, Any] = {"newest": newest, "form": form, "refusal": refusal_of(treatment, newest)}
    context["advertising"] = advertising.trouble_of(treatment.slug, publishing.draft_of(treatment))
    context |= what_stands_against(treatment) | rights_of(request.user)
    title = _("Publish %(name)s") % {"name": treatment.name}
    return page(request, treatment, "publish", title, status=422 if form.errors else 200, **context)


def what_stands_against(treatment: Treatment) -> dict[str, Any]:
    """What has to be mended before publishing, each with the URL of the screen for it; by its names in the template."""
    document = publishing.draft_of(treatment)
    reasons = publishing.reasons_against(treatment, document)
    problems = publishing.problems_of(document)
    return {
        "problems": [
            (problem, screen_of(treatment.pk, problem.place.part, problem.place.number)) for problem in problems
        ],
        "reasons": by_part(treatment.pk, reasons),
        "stale": stale_sources(treatment.pk, document, publishing.today_at_clinic()),
        "waits_for_review": any(reason.is_of_review for reason in reasons),
    }


def rights_of(user: User) -> dict[str, bool]:
    """What the page offers to somebody besides publishing."""
    return {
        "may_waive": user.has_perm("treatments.add_waiver"),
        "may_review": user.has_perm("treatments.confirm_treatment"),
    }


def withdraw_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then take a treatment from the public, or bring it back."""
    check_may_publish(request)
    treatment = get_object_or_404(Treatment, pk=pk)
    if request.method == "POST":
        withdraw_or_bring_back(request, treatment)
        return redirect(change_screen(pk))
    title = _("Bring back %s?") if treatment.withdrawn_at else _("Withdraw %s?")
    return page(request, treatment, "withdraw", title % treatment.name)


@shows_again
def waive_view(request: StaffRequest, pk: int, claim: str, sentence: str) -> HttpResponse:
    """A clinician says why a sentence stands; only what the gate has found can be waived.

    `claim` is the id of the claim; `sentence` is the digest of the sentence, because a URL has no room for long ones.
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
    return waiver_page(request, treatment, reason, why)


def waiver_page(request: HttpRequest, treatment: Treatment, reason: gate.Reason, why: str) -> TemplateResponse:
    """The page that asks a clinician why a sentence stands, with what was typed; an empty text is refused."""
    is_missing = request.method == "POST" and not why
    back = reverse("admin:treatments_treatment_publish", args=[treatment.pk])
    context = {"reason": reason, "why": why, "is_missing": is_missing, "back": back}
    return page(request, treatment, "waive", _("Let a sentence stand"), status=422 if is_missing else 200, **context)


def page(
    request: HttpRequest, treatment: Treatment, template: str, title: "StrOrPromise", status: int = 200, **context: Any
) -> TemplateResponse:
    """A page of the desk about a treatment; it leads back to the treatment's own screen, or to the URL `back`."""
    of_desk = admin.site.each_context(request) | {"title": title, "treatment": treatment}
    context = of_desk | {"back": change_screen(treatment.pk)} | context
    return TemplateResponse(request, f"admin/treatments/treatment/{template}.html", context, status=status)


def check_may_publish(request: HttpRequest) -> None:
    """Raise PermissionDenied for those who may not publish."""
    if not request.user.has_perm("treatments.publish_treatment"):
        raise PermissionDenied


def unschedule(request: HttpRequest, treatment: Treatment) -> HttpResponse:
    """Call off the publishing that was planned, and go back to what stands against publishing."""
    publishing.unschedule(treatment)
    messages.success(request, _("It is published when someone says so, and not before."))
    return redirect("admin:treatments_treatment_publish", treatment.pk)


def publish(
    request: StaffRequest, treatment: Treatment, newest: Edition | None, *, note: str, at: datetime.datetime | None
) -> HttpResponse:
    """Publish now, or at a moment to come (`at`); then back to the treatment, or to what stands against it."""
    try:
        if at:
            publishing.schedule(treatment, at, by=request.user, note=note)
            said = _("It is published on %s, if nothing stands against it then.")
            messages.success(request, said % date_format(timezone.localtime(at), gettext("l j F Y, H:i")))
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


def withdraw_or_bring_back(request: HttpRequest, treatment: Treatment) -> None:
    """Withdraw or bring back, as `wanted` says, if that is still to be done: pressing twice does not undo it."""
    wants_it_back = request.POST.get("wanted") == "back"
    if wants_it_back == (treatment.withdrawn_at is None):
        messages.info(request, _("That was done already."))
    elif wants_it_back:
        publishing.bring_back(treatment)
        messages.success(request, _("Visitors read it again."))
    else:
        publishing.withdraw(treatment)
        messages.success(request, _("It is withdrawn: visitors are told that the page is gone."))


def refusal_of(treatment: Treatment, newest: Edition | None) -> datetime.datetime | None:
    """The moment for which publishing was planned and then stopped; None without one, or if an edition followed."""
    refused = treatment.messages.filter(kind=MessageKind.NOT_PUBLISHED).order_by("pk").last()
    at = refused and moment_of(refused.payload.get("at", ""))
    return at if at and not (newest and newest.published_at > at) else None


def stale_sources(
    pk: int, document: dict[str, Any], today: datetime.date
) -> list[tuple[dict[str, Any], list[tuple[str, str]]]]:
    """The sources that nobody has checked for a year: (its row, [(key, URL)] of the rows that rest on it)."""
    return [
        (source, [(document[part][number]["key"], row_screen(pk, part, number)) for part, number in resting])
        for source, resting in gate.stale_sources(document, today)
    ]


def screen_of(pk: int, part: str, number: int | None) -> str:
    """The URL of the screen on which a row of a document can be mended, or its part, or the page itself without one."""
    # Sources stand in the document by reference, and on their screens as they were added.
    if part not in ("", Source.part) and number is not None:
        return row_screen(pk, part, number)
    return part_screen(pk, part) if part else change_screen(pk)


def by_part(pk: int, reasons: Iterable[gate.Reason]) -> list[tuple[str, list[tuple[gate.Reason, str]]]]:
    """(the part's title, [(reason, URL of its screen)]) for each part, in the order of the reasons."""
    groups: dict[str, list[tuple[gate.Reason, str]]] = {}
    for reason in reasons:
        title = PARTS[reason.part]._meta.verbose_name_plural if reason.part else _("the page itself")
        groups.setdefault(str(title), []).append((reason, screen_of(pk, reason.part, reason.number)))
    return list(groups.items())
