"""The second factor of whoever is signed in at the desk: set up, asked for, looked after."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from treatments import second_factor as factors
from treatments.forms.second_factor import CodeForm

#: Where a session keeps the secret that is being set up.
KEY = "second_factor_key"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request):
    """One address: what it shows depends on how far the account and the session have come."""
    if not (request.user.is_active and request.user.is_staff):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    if factors.app_of(request.user) is None:
        return set_up(request)
    return look_after(request) if request.user.is_verified() else ask(request)


def set_up(request):
    """A picture to scan, and a code that proves it; then the recovery codes, this once."""
    key = request.session.setdefault(KEY, factors.new_key())
    form = CodeForm(request.POST or None)
    if form.is_valid():
        codes = factors.enrol(request, key, form.cleaned_data["code"])
        if codes:
            del request.session[KEY]
            return show_codes(request, codes)
        form.add_error("code", _("This is not what the app shows now. Look again, and check the phone's clock."))
    context = {"form": form, "picture": factors.picture_of(request.user, key), "key": factors.in_groups(key)}
    return answer(request, "set_up", _("Set up your second factor"), status=422 if form.is_bound else 200, **context)


def ask(request):
    """The code, on the way in."""
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if factors.verify(request, form.cleaned_data["code"]):
            return HttpResponseRedirect(way_on(request))
        form.refuse(request)
    return answer(request, "ask", _("Your second factor"), status=422 if form.is_bound else 200, form=form)


def look_after(request):
    """What the account has: new recovery codes, or another phone."""
    if "renew" in request.POST:
        return show_codes(request, factors.renew_codes(request.user))
    if "forget" in request.POST:
        factors.forget(request.user)
        return redirect("admin:second_factor")
    return answer(request, "look_after", _("Your second factor"), left=factors.codes_left(request.user))


def show_codes(request, codes):
    """The recovery codes: on this page and never again."""
    return answer(request, "codes", _("Your recovery codes"), codes=codes, next=way_on(request))


def way_on(request):
    """Where whoever was asked for a code wanted to go; the desk's front page for any address that is not ours."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else reverse("admin:index")


def answer(request, template, title, status=200, **context):
    """A page of the desk without the desk's own menu, which is not open yet."""
    context = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "title": title, **context}
    return TemplateResponse(request, f"admin/second_factor/{template}.html", context, status=status)
