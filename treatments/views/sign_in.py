"""The pages between the desk and whoever wants to get in, or has to say once more who it is."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from treatments.accounts import second_factor, session, typed_work
from treatments.accounts.staff import tell_account
from treatments.forms.sign_in import AgainForm, SignInForm


def page(request, template, title, status=200, **context):
    """A page of the desk without the desk's own menu, which is not open yet."""
    context = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "title": title, **context}
    return TemplateResponse(request, f"admin/{template}.html", context, status=status)


# Signing in


@never_cache
def sign_in_page(request, work):
    """The sign-in in the place of what a form was sent for, with what was typed into it."""
    address = f"{reverse('admin:login')}?{urlencode({'next': work.address})}"
    context = {"form": SignInForm(request), "next": work.address, "app_path": address, "work": work}
    return page(request, "login", _("Log in"), status=403, subtitle=None, **context)


@never_cache
def go_on(request, work):
    """On with what was typed, for the account that typed it: to the code if it is still to come, else to its screen."""
    address = work.address
    if second_factor.is_awaited(request.user):
        address = f"{reverse('admin:second_factor')}?{urlencode({'next': address})}"
    return page(request, "typed_work/go_on", _("What you typed is still here"), work=work, action=address)


def shown_as_text(request, work):
    """What was typed, to be copied, where the form itself cannot be filled in again."""
    typed = [value for name, value in work.fields if name != "seen" and value.strip()]
    return page(request, "typed_work/as_text", _("What you typed is still here"), typed=typed, address=work.address)


def too_many_tries(request, original_response, credentials):
    """429 in the place of a sign-in, or of a password typed again, that came too often."""
    context = {"minutes": -(-request.seconds_to_wait // 60), "work": typed_work.sent_by(request)}
    response = render(request, "admin/locked_out.html", context, status=429)
    response.headers["Retry-After"] = str(request.seconds_to_wait)
    response.headers["Cache-Control"] = "no-store"
    return response


# Once more


@sensitive_post_parameters()
def ask_again(request, view, *, is_sure=session.is_confirmed):
    """What `view()` answers, once whoever sits there has typed the password, and a code where the account has an app.

    `is_sure` says of the request whether that was done recently. What a form sent meanwhile is done afterwards; of it
    only passwords and codes have to be typed anew.
    """
    if is_sure(request):
        return view()
    form = AgainForm(request.POST if AgainForm.is_in(request.POST) else None, request=request)
    if form.is_valid():
        session.confirm(request)
        return redirect(request.get_full_path()) if "again-only" in request.POST else view()
    is_only_asked = request.method != "POST" or "again-only" in request.POST
    fields = [] if is_only_asked else typed_work.fields_of(request.POST)
    context = {"form": form, "fields": fields, "is_only_asked": is_only_asked}
    return page(request, "again", _("Is it you?"), status=422 if form.is_bound else 200, **context)


def own_password(request):
    """A new password for whoever is signed in."""
    return ask_again(request, lambda: changed_password(request))


def changed_password(request):
    is_sent = request.method == "POST" and not AgainForm.is_in(request.POST)
    form = SetPasswordForm(request.user, request.POST if is_sent else None)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        tell_account(form.user, _("Its password was changed."))
        messages.success(request, _("Your password is changed."))
        return redirect("admin:index")
    return page(request, "own_password", _("Change your password"), status=422 if form.is_bound else 200, form=form)
