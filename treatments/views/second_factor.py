"""The second factor of whoever is signed in at the desk: set up, asked for, looked after."""

from typing import TYPE_CHECKING

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from treatments.accounts import second_factor as factors
from treatments.accounts import session, typed_work
from treatments.accounts.staff import tell_account
from treatments.forms.second_factor import CodeForm
from treatments.views.sign_in import ask_again, go_on, page
from treatments.web.requests import StaffRequest, of_staff

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Where a session keeps the secret that is being set up.
KEY = "second_factor_key"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """One URL: what it shows depends on how far the account and the session have come."""
    session.end_if_over(request)
    if not (request.user.is_active and request.user.is_staff):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    staff_request = of_staff(request)
    if factors.app_of(staff_request.user) is None:
        # There is no code yet, so the password alone says who it is.
        return ask_again(request, lambda: set_up(staff_request), is_sure=session.is_just_begun)
    return ask(staff_request) if factors.is_awaited(staff_request.user) else look_after(staff_request)


def set_up(request: StaffRequest) -> HttpResponse:
    """A picture to scan, and a code that proves it; then the recovery codes, this once."""
    key = request.session.setdefault(KEY, factors.new_key())
    form = code_form(request)
    if form.is_valid():
        codes = factors.enrol(request, key, form.cleaned_data["code"])
        if codes:
            del request.session[KEY]
            tell_account(request.user, _("A second factor was set up."))
            return show_codes(request, codes)
        form.add_error("code", _("This is not what the app shows now. Look again, and check the phone's clock."))
    context = {"picture": factors.picture_of(request.user, key), "key": factors.in_groups(key)}
    return with_code(request, "set_up", _("Set up your second factor"), form, **context)


def ask(request: StaffRequest) -> HttpResponse:
    """The code, on the way in."""
    form = code_form(request)
    if form.is_valid():
        if factors.verify(request, form.cleaned_data["code"]):
            work = work_of(request)
            return go_on(request, work) if work else HttpResponseRedirect(way_on(request))
        form.refuse(request.user)
    return with_code(request, "ask", _("Your second factor"), form)


def look_after(request: StaffRequest) -> HttpResponse:
    """What the account has: new recovery codes, or another phone."""
    if "renew" in request.POST:
        return ask_again(request, lambda: renew(request))
    if "forget" in request.POST:
        return ask_again(request, lambda: forget(request))
    return answer(request, "look_after", _("Your second factor"), left=factors.codes_left(request.user))


def renew(request: StaffRequest) -> HttpResponse:
    """New recovery codes, shown; the old ones are not valid any more."""
    codes = factors.renew_codes(request.user)
    tell_account(request.user, _("Its recovery codes were made anew; the old ones open nothing any more."))
    return show_codes(request, codes)


def forget(request: StaffRequest) -> HttpResponse:
    """Take the second factor off the account, and lead to setting up another."""
    factors.forget(request.user)
    tell_account(request.user, _("Its second factor was taken off, to set up another phone."))
    return redirect("admin:second_factor")


def show_codes(request: StaffRequest, codes: list[str]) -> HttpResponse:
    """The recovery codes: on this page and never again."""
    return answer(request, "codes", _("Your recovery codes"), codes=codes, next=way_on(request), work=work_of(request))


def way_on(request: HttpRequest) -> str:
    """Where whoever was asked for a code wanted to go; the desk's front page for any URL that is not ours."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else reverse("admin:index")


def code_form(request: HttpRequest) -> CodeForm:
    """The form of a page that asks for a code; not filled in yet where what was typed elsewhere is passing through."""
    return CodeForm(request.POST if "code" in request.POST else None)


def work_of(request: HttpRequest) -> typed_work.TypedWork | None:
    """What this account typed before it was asked to sign in, or None."""
    work = typed_work.sent_by(request)
    return work if work and work.is_of(request.user) else None


def with_code(
    request: HttpRequest, template: str, title: "StrOrPromise", form: CodeForm, **context: object
) -> TemplateResponse:
    """A page with the form for a code, and with what was typed before the sign-in, which passes through."""
    status = 422 if form.is_bound else 200
    return answer(request, template, title, status=status, form=form, work=work_of(request), **context)


def answer(
    request: HttpRequest, template: str, title: "StrOrPromise", status: int = 200, **context: object
) -> TemplateResponse:
    """A page of this part of the desk, by the name of its template."""
    return page(request, f"second_factor/{template}", title, status, **context)
