"""Staff accounts: a manager gives the roles, and a superuser alone what goes beyond them."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

# Imported so that they are registered by now, and can be taken out: their screens show everybody's secrets.
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from treatments import second_factor
from treatments.admin.finding import found_among_few
from treatments.forms.text import OF_COLUMNS

admin.site.unregister([User, TOTPDevice, StaticDevice])


@admin.register(User)
class StaffAdmin(UserAdmin):
    """Django's own, but that only a superuser makes a superuser or gives single permissions."""

    change_form_template = "admin/auth/user/change_staff.html"
    formfield_overrides = OF_COLUMNS
    # With an email, so that they hear of a page that could not be published.
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]

    def get_search_results(self, request, queryset, search_term):
        return found_among_few(queryset, search_term, self.search_fields), False

    def get_urls(self):
        view = self.admin_site.admin_view(self.forget_view)
        return [path("<int:pk>/second-factor/", view, name="auth_user_second_factor"), *super().get_urls()]

    def forget_view(self, request, pk):
        """Ask, then let someone who lost both phone and codes set up a second factor anew."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            second_factor.forget(user)
            messages.success(request, _("%s sets up a second factor anew at the next click.") % user)
            return redirect("admin:auth_user_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Let %s set up a second factor anew?") % user,
            "account": user,
        }
        return TemplateResponse(request, "admin/auth/user/forget_second_factor.html", context)

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else [*fixed, "is_superuser", "user_permissions"]

    def has_change_permission(self, request, obj=None):
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and super().has_change_permission(request, obj)
