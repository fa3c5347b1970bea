"""The pages between the desk and whoever wants to get in, or has to say once more who it is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from treatments.accounts import second_factor, session, typed_work
from treatments.accounts.staff import tell_account
from treatments.accounts.typed_work import TypedWork
from treatments.forms.sign_in import AgainForm, SignInForm
from treatments.web.requests import StaffRequest, of_staff

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: What a view that asks for the password first answers by itself.
Response = TypeVar("Response", bound=HttpResponse)


def page(
    request: HttpRequest, template: str, title: "StrOrPromise", status: int = 200, **context: object
) -> TemplateResponse:
    """A page of the desk, by its template, without the desk's own menu, which is not open yet."""
    context = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "title": title, **context}
    return TemplateResponse(request, f"admin/{template}.html", context, status=status)


# Signing in


@never_cache
def sign_in_page(request: HttpRequest, work: TypedWork) -> HttpResponse:
    """The sign-in in the place of what a form was sent for, with what was typed into it."""
    url = f"{reverse('admin:login')}?{urlencode({'next': work.url})}"
    context = {"form": SignInForm(request), "next": work.url, "app_path": url, "work": work}
    return page(request, "login", _("Log in"), status=403, subtitle=None, **context)


@never_cache
def go_on(request: HttpRequest, work: TypedWork) -> HttpResponse:
    """On with what was typed, for the account that typed it: to the code if it is still to come, else to its screen."""
    url = work.url
    if second_factor.is_awaited(of_staff(request).user):
        url = f"{reverse('admin:second_factor')}?{urlencode({'next': url})}"
    return page(request, "typed_work/go_on", _("What you typed is still here"), work=work, action=url)


def shown_as_text(request: HttpRequest, work: TypedWork) -> TemplateResponse:
    """What was typed, to be copied, where the form itself cannot be filled in again."""
    typed = [value for name, value in work.fields if name != "seen" and value.strip()]
    return page(request, "typed_work/as_text", _("What you typed is still here"), typed=typed, url=work.url)


def too_many_tries(
    request: HttpRequest, original_response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """429 in the place of a sign-in, or of a password typed again, that came too often; django-axes calls it.

    The sign-in has set `request.seconds_to_wait`, how long nothing more is tried.
    """
    seconds: int = request.seconds_to_wait  # type: ignore[attr-defined]  # the sign-in sets it
    context = {"minutes": -(-seconds // 60), "work": typed_work.sent_by(request)}
    response = render(request, "admin/locked_out.html", context, status=429)
    response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


# Once more


@sensitive_post_parameters()
def ask_again(
    request: HttpRequest,
    view: Callable[[], Response],
    *,
    is_sure: Callable[[HttpRequest], bool] = session.is_confirmed,
) -> Response | HttpResponse:
    """What `view()` answers, once whoever sits there has typed the password, and a code where the account has an app.

    `is_sure` says of the request whether that was done recently. What a form sent meanwhile is done afterwards; of it
    only passwords and codes have to be typed anew.
    """
    if is_sure(request):
        return view()
    form = AgainForm(request.POST if AgainForm.is_in(request.POST) else None, request=of_staff(request))
    if form.is_valid():
        session.confirm(request)
        return redirect(request.get_full_path()) if "again-only" in request.POST else view()
    is_only_asked = request.method != "POST" or "again-only" in request.POST
    fields = [] if is_only_asked else typed_work.fields_of(request.POST)
    context = {"form": form, "fields": fields, "is_only_asked": is_only_asked}
    return page(request, "again", _("Is it you?"), status=422 if form.is_bound else 200, **context)


def own_password(request: HttpRequest) -> HttpResponse:
    """A new password for whoever is signed in."""
    return ask_again(request, lambda: changed_password(of_staff(request)))


def changed_password(request: StaffRequest) -> HttpResponse:
    """The form for a new password, or the way to the front page once it is stored; the account hears of it."""
    is_sent = request.method == "POST" and not AgainForm.is_in(request.POST)
    form = SetPasswordForm(request.user, request.POST if is_sent else None)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        tell_account(form.user, _("Its password was changed."))
        messages.success(request, _("Your password is changed."))
        return redirect("admin:index")
    return page(request, "own_password", _("Change your password"), status=422 if form.is_bound else 200, form=form)
