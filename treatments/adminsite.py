"""The desk as a whole: its front page is the worklist of whoever may see requests.

Outside the package `admin`, whose modules register themselves with it while they are imported.
"""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.accounts import second_factor, session, typed_work
from treatments.accounts.typed_work import TypedWork
from treatments.consultation import worklist
from treatments.forms.sign_in import SignInForm
from treatments.models import Comment
from treatments.views.second_factor import second_factor as second_factor_view
from treatments.views.sign_in import go_on, own_password, shown_as_text, sign_in_page
from treatments.web.requests import with_clinic

#: A view takes a request and what its URL names.
View = Callable[..., HttpResponseBase]
NOT_SAVED = _("What you typed is not saved yet: your session had ended. Look it over, then save it.")


class Desk(admin.AdminSite):
    site_header = _("The clinic's desk")
    site_title = _("Desk")
    index_title = _("Home")
    index_template = "admin/worklist.html"
    login_form = SignInForm
    empty_value_display = "–"

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [
            path("second-factor/", second_factor_view, name="second_factor"),
            # Before Django's own, which is only for those who have given the code too.
            path("logout/", self.logout, name="logout"),
            *super().get_urls(),
        ]

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]  # Wraps the view.
        """A page of the desk, where what staff typed is not lost when their session ends."""

        @functools.wraps(view)
        def clicked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            session.note_click(request)
            return view(request, *args, **kwargs)

        guarded = super().admin_view(clicked, cacheable)

        @functools.wraps(guarded)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            session.end_if_over(request)
            work = typed_work.sent_by(request)
            if work and not self.has_permission(request):
                return self.way_in(request, work)
            if typed_work.is_carried(request) and self.has_permission(request):
                # Anything else is not what this account typed on this screen, and is dropped.
                if not (work and work.is_of(request.user) and work.url == request.get_full_path()):
                    return redirect(request.get_full_path())
                if not getattr(view, "shows_again", False):
                    return shown_as_text(request, work)
                typed_work.bring_back(request, work)
                messages.warning(request, NOT_SAVED)
            return guarded(request, *args, **kwargs)

        return entered

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not self.awaits_second_factor(request)

    def awaits_second_factor(self, request: HttpRequest) -> bool:
        """Whether somebody who may use the desk has still to give the second factor."""
        user = request.user
        return super().has_permission(request) and isinstance(user, User) and second_factor.is_awaited(user)

    def way_in(self, request: HttpRequest, work: TypedWork) -> HttpResponse:
        """The next page on the way back to what was typed, for whoever has still to sign in or to give the code."""
        return go_on(request, work) if super().has_permission(request) else sign_in_page(request, work)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in form; whoever has signed in goes on to the second factor, or to what was typed."""
        session.end_if_over(request)
        if request.method == "GET" and self.awaits_second_factor(request):
            return redirect_to_login(request.GET.get("next", ""), reverse("admin:second_factor"))
        work = typed_work.sent_by(request)
        if work and "username" not in request.POST:
            return sign_in_page(request, work)
        response = super().login(request, {"work": work, **(extra_context or {})})
        if request.method != "POST" or response.status_code != 302:
            return response
        session.begin(request)
        if work and work.is_of(request.user):
            return go_on(request, work)
        if work:
            messages.warning(request, _("What was typed before belongs to another account, and is not shown."))
        return response

    def password_change(  # type: ignore[override]  # Django's own answers with a page alone, ours may redirect.
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return own_password(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The worklist for whoever may see requests, and what else the front page says."""
        context = worklist_of(request) if request.user.has_perm("treatments.view_consultationrequest") else {}
        is_verified = request.user.is_verified()  # type: ignore[union-attr]  # The middleware of django_otp adds it.
        offers = {"offers_second_factor": not is_verified}
        unread = unread_comments() if request.user.has_perm("treatments.view_comment") else {}
        return super().index(request, {**offers, **unread, **context, **(extra_context or {})})


def worklist_of(request: HttpRequest) -> dict[str, Any]:
    """The context of the worklist: its lists with their counts, and the one that is open."""
    clinic, now = with_clinic(request).clinic, timezone.now()
    may_manage = request.user.has_perm("treatments.change_clinic")
    lists = {
        "due": (_("Due now"), worklist.due_now(now, clinic, may_manage=may_manage)),
        "today": (_("Today"), worklist.today(now, clinic, may_manage=may_manage)),
        "waiting": (_("Waiting for the patient"), worklist.waiting()),
    }
    apart, apart_since = worklist.to_check()
    name = request.GET.get("list")
    # Whoever opens the desk wants the first list that has something on it.
    opened = name if name in lists else next((key for key, (_title, items) in lists.items() if items), "due")
    return {
        "lists": [(key, title, capped(len(items)), key == opened) for key, (title, items) in lists.items()],
        "items": lists[opened][1],
        "opened": opened,
        "opened_title": lists[opened][0],
        "set_apart": capped(apart) if apart else "",
        "set_apart_due": apart_since,
        "today": now.astimezone(clinic.zone).date(),
        "may_add": request.user.has_perm("treatments.add_consultationrequest"),
    }


def unread_comments() -> dict[str, str]:
    """How many comments wait for someone to read them, and how many of them look like spam."""
    lists = {"to_read": Comment.objects.to_read(), "comments_set_apart": Comment.objects.set_apart()}
    return {name: capped(found.values("pk")[: worklist.MOST].count()) for name, found in lists.items()}


def capped(number: int) -> str:
    """A count as the desk shows it: “99+” for MOST and more, which nobody has to count to the end."""
    return f"{worklist.MOST - 1}+" if number >= worklist.MOST else str(number)
