"""Staff accounts: managers look after those that they may give, and owners, who are superusers, after all."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

# Imported so that they are registered by now, and can be taken out: their screens show everybody's secrets.
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from treatments.accounts import roles, second_factor, sign_in
from treatments.accounts.staff import tell_account
from treatments.accounts.typed_work import KeepsTypedWork, is_brought_back, shows_again
from treatments.admin.finding import found_among_few
from treatments.admin.own_filters import OwnFilters
from treatments.forms.text import OF_COLUMNS
from treatments.values.row_ids import row_id
from treatments.views.sign_in import ask_again
from treatments.web.requests import StaffRequest, of_staff

if TYPE_CHECKING:
    from django.utils.datastructures import _ListOrTuple
    from django_stubs_ext import StrOrPromise

    ChangeForm = UserChangeForm[User]
    PasswordForm = AdminPasswordChangeForm[User]
    CreationForm = AdminUserCreationForm[User]
    MultipleChoiceField = forms.ModelMultipleChoiceField[Any]
    AccountAdmin = UserAdmin[User]
    Mixed = admin.ModelAdmin[Any]
else:
    ChangeForm, PasswordForm, CreationForm = UserChangeForm, AdminPasswordChangeForm, AdminUserCreationForm
    MultipleChoiceField, AccountAdmin, Mixed = forms.ModelMultipleChoiceField, UserAdmin, object

#: A view of the admin whose arguments are given already.
View = Callable[[], HttpResponse]

admin.site.unregister([User, Group, TOTPDevice, StaticDevice])

#: What an owner's account has, besides a password.
OF_AN_OWNER = ("is_superuser", "is_staff", "is_active")
LAST_OWNER = _("This is the last owner. Make another account an owner first: nobody else can give all rights.")
#: What an account hears when one of its fields was changed.
SAID = {
    "username": _("Its name to sign in with was changed."),
    "email": _("Its email address was changed."),
    "groups": _("Its roles were changed."),
    "user_permissions": _("Its single permissions were changed."),
    "is_superuser": _("Whether it is an owner's was changed."),
    "is_staff": _("Whether it may use the desk was changed."),
    "is_active": _("Whether it can sign in was changed."),
}


class AccountForm(ChangeForm):
    """An account, whose name no other may have in other capitals."""

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        names = User.objects.exclude(pk=self.instance.pk).values_list("username", flat=True)
        # Two accounts of before may differ in capitals alone: each can still be changed, or be shut.
        is_new = "username" in self.changed_data
        if is_new and any(sign_in.folded(known) == sign_in.folded(name) for known in names):
            raise ValidationError(_("Another account has this name. Choose one that differs in more than capitals."))
        return name

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("is_staff") and "email" in cleaned and not cleaned["email"]:
            self.add_error("email", _("Enter an email address: the account is written to when it is changed."))
        taken = [name for name in OF_AN_OWNER if cleaned.get(name) is False]
        for name in taken if is_last_owner(self.instance) else ():
            self.add_error(name, LAST_OWNER)
        return cleaned


class NewPasswordForm(PasswordForm):
    """A new password for an account, which the last owner needs."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        if is_last_owner(self.user) and not self.cleaned_data["set_usable_password"]:
            self.add_error("usable_password", LAST_OWNER)
        return self.cleaned_data


class NewAccountForm(CreationForm):
    """A new account, with an email address to write to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True


class RowsField(MultipleChoiceField):
    """Some of a list's rows; an id that no row can have is no valid choice, instead of an error of the database."""

    def clean(self, value: Any) -> QuerySet[Any]:
        for pk in value or ():
            if row_id(pk) is None:
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": pk})
        return super().clean(value)


class AsksAgain(KeepsTypedWork, OwnFilters, Mixed):
    """A ModelAdmin of what gives rights: whoever changes something has just typed the password."""

    # They would go round what each screen asks.
    actions = None
    # Two lists with arrows between them are hard on a phone and for a keyboard.
    filter_horizontal = ()

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: Any = None, **kwargs: Any
    ) -> "forms.ModelMultipleChoiceField[Any] | None":
        # Roles are few; the single permissions are a long list, in which letters find one.
        widget = {"widget": forms.CheckboxSelectMultiple} if db_field.name == "groups" else {}
        return super().formfield_for_manytomany(db_field, request, form_class=RowsField, **widget, **kwargs)

    def asking(self, request: HttpRequest, may: bool, view: View) -> HttpResponse:
        """What `view()` answers; whoever `may` do what was sent is asked for the password first."""
        is_sent = request.method == "POST" and not is_brought_back(request)
        return ask_again(request, view) if is_sent and may else view()

    def may_change(self, request: HttpRequest, pk: str) -> bool:
        """Whether there is an account with this id, as URLs have it, and this user may change it."""
        account = self.get_object(request, unquote(pk))
        return account is not None and self.has_change_permission(request, account)

    @shows_again
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = functools.partial(super().add_view, request, *args, **kwargs)
        # Before it is opened: a new account has a password in it, which would have to be typed anew.
        is_asked = self.has_add_permission(request) and not is_brought_back(request)
        return ask_again(request, view) if is_asked else view()

    @shows_again
    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        view = functools.partial(super().change_view, request, object_id, *args, **kwargs)
        return self.asking(request, self.may_change(request, object_id), view)

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        view = functools.partial(super().delete_view, request, object_id, *args, **kwargs)
        return self.asking(request, self.has_delete_permission(request), view)


@admin.register(User)
class StaffAdmin(AsksAgain, AccountAdmin):
    """Django's own, but that managers keep to the roles that they may give."""

    form = AccountForm
    add_form = NewAccountForm
    change_password_form = NewPasswordForm
    add_form_template = "admin/auth/user/add_staff.html"
    change_form_template = "admin/auth/user/change_staff.html"
    formfield_overrides = OF_COLUMNS
    # With an email, so that they hear of what is changed, and of a page that could not be published.
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personal info"), {"fields": ["first_name", "last_name", "email"]}),
        (_("Permissions"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        # Roles are enough for nearly everybody.
        (_("Single permissions"), {"fields": ["user_permissions"], "classes": ["collapse"]}),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    #: What the server writes.
    readonly_fields = ["last_login", "date_joined"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        return found_among_few(queryset, search_term, self.search_fields), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.forget_view)
        return [path("<int:pk>/second-factor/", view, name="auth_user_second_factor"), *super().get_urls()]

    # Who may

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> "_ListOrTuple[str]":
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else [*fixed, "is_superuser", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or may_look_after(of_staff(request).user, obj)
        )

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (
            obj is None or may_look_after(of_staff(request).user, obj)
        )

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: Any = None, **kwargs: Any
    ) -> "forms.ModelMultipleChoiceField[Any] | None":
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        is_narrowed = db_field.name == "groups" and not request.user.is_superuser
        if is_narrowed and field is not None and field.queryset is not None:
            field.queryset = field.queryset.filter(name__in=roles.GIVEN_BY_MANAGERS)
        return field

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        account = self.get_object(request, unquote(object_id))
        if account is not None and self.has_delete_permission(request, account) and is_last_owner(account):
            messages.error(request, LAST_OWNER)
            return redirect("admin:auth_user_change", account.pk)
        return super().delete_view(request, object_id, *args, **kwargs)

    # What is done, and told

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        said = [str(SAID[name]) for name in form.changed_data if change and name in SAID]
        for email in {form.initial.get("email"), form.instance.email} - {"", None} if said else ():
            tell_account(form.instance, by(" ".join(said), of_staff(request).user), to=email)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not self.may_change(request, id):
            return super().user_change_password(request, id, form_url)
        return ask_again(request, functools.partial(self.new_password, request, id, form_url))

    def new_password(self, request: HttpRequest, pk: str, form_url: str) -> HttpResponse:
        """Django's own page; the account hears of a new password."""
        before = self.get_object(request, unquote(pk))
        response = super().user_change_password(request, pk, form_url)
        after = self.get_object(request, unquote(pk))
        if before is not None and after is not None and after.password != before.password:
            tell_account(after, by(_("Its password was changed."), of_staff(request).user))
        return response

    def forget_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Ask, then let someone who lost both phone and codes set up a second factor anew."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return self.asking(request, True, functools.partial(self.forget, request, user))

    def forget(self, request: StaffRequest, user: User) -> HttpResponse:
        """The page that asks; when it is sent, the second factor is taken off."""
        if request.method == "POST":
            second_factor.forget(user)
            tell_account(user, by(_("Its second factor was taken off."), request.user))
            messages.success(request, _("%s sets up a second factor anew at the next click.") % user)
            return redirect("admin:auth_user_change", user.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Let %s set up a second factor anew?") % user,
            "account": user,
        }
        return TemplateResponse(request, "admin/auth/user/forget_second_factor.html", context)


@admin.register(Group)
class RoleAdmin(AsksAgain, GroupAdmin):
    """Roles, which only an owner changes."""


def may_look_after(user: User, account: User) -> bool:
    """Whether `user` may touch `account`: an owner any, and others those whose every right they may give."""
    if user.is_superuser:
        return True
    is_above = account.groups.exclude(name__in=roles.GIVEN_BY_MANAGERS).exists() or account.user_permissions.exists()
    return not (account.is_superuser or is_above)


def is_last_owner(account: User) -> bool:
    """Whether this is an owner who can sign in at the desk, and there is no other."""
    owners = User.objects.filter(**dict.fromkeys(OF_AN_OWNER, True))
    can_sign_in = [owner.pk for owner in owners if owner.has_usable_password()]
    return can_sign_in == [account.pk]


def by(what: "StrOrPromise", user: User) -> str:
    """What was done, and who did it."""
    return _("%(what)s %(who)s did it at the desk.") % {"what": what, "who": user.get_username()}
