"""Pictures at the desk: uploaded among the rows of a treatment, and withdrawn when a patient takes back consent."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments.admin.part import PartAdmin, PartForm, PartInline
from treatments.admin.treatment_screens import part_screen
from treatments.forms.picture import PictureForm
from treatments.models import Clinic, Edition, Photo
from treatments.text import pictures

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class PhotoForm(PictureForm, PartForm):
    """A picture with its words."""

    def values(self) -> dict[str, Any]:
        return {**super().values(), "file": self.instance.picture}

    def sent(self) -> dict[str, Any]:
        file = self["file"].data
        return {**super().sent(), "file": file.name} if file else super().sent()

    def in_words(self, name: str) -> "StrOrPromise":
        return _("the one shown here") if name == "file" else super().in_words(name)


class PhotoInline(PartInline):
    """Pictures, with a way to withdraw one for good."""

    model = Photo
    form = PhotoForm
    fields = ["order", "file", "look", "alt", "caption", "credit"]
    readonly_fields = ["look"]

    @admin.display(description=_("picture"))
    def look(self, photo: Photo) -> "StrOrPromise":
        if not photo.pk:
            return ""
        if not pictures.is_there(photo.picture):
            return _("Withdrawn: pages show its text instead.")
        smallest = f"{photo.picture.removesuffix('.webp')}-{pictures.widths(photo.width)[0]}.webp"
        return format_html(
            '<img src="{}" alt="" width="160"><br><a href="{}">{}</a>',
            reverse("treatments:picture", args=[smallest]),
            reverse("admin:treatments_photo_withdraw", args=[photo.pk]),
            _("Withdraw this picture"),
        )


@admin.register(Photo)
class PhotoAdmin(PartAdmin):
    def get_urls(self) -> list[URLPattern]:
        withdraw = self.admin_site.admin_view(self.withdraw_view)
        return [path("<int:pk>/withdraw/", withdraw, name="treatments_photo_withdraw"), *super().get_urls()]

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then erase the picture's files; pages show its text from then on."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        photo = get_object_or_404(Photo.objects.select_related("treatment"), pk=pk)
        if request.method == "POST":
            return withdraw(request, photo)
        editions = Edition.objects.naming(photo.picture).select_related("treatment").defer("document")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Withdraw this picture?"),
            "photo": photo,
            "editions": editions,
            "back": part_screen(photo.treatment_id, Photo.part),
        }
        return TemplateResponse(request, "admin/treatments/photo/withdraw.html", context)


def withdraw(request: HttpRequest, photo: Photo) -> HttpResponse:
    """Erase the files of a picture, and go back to the pictures of its treatment."""
    pictures.withdraw(photo.picture)
    Clinic.objects.touch()
    messages.success(request, _("The picture is erased. Pages show its text instead."))
    return redirect(part_screen(photo.treatment_id, Photo.part))
