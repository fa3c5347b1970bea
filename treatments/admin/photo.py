"""Pictures at the desk: uploaded among the rows of a treatment, and withdrawn when a patient takes back consent."""

import logging
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments.admin.part import PartAdmin, PartForm, PartInline
from treatments.admin.treatment_screens import part_screen
from treatments.models import Clinic, Edition, Photo
from treatments.text import pictures

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)


class PhotoForm(PartForm):
    """A picture: its file is read and stored when the form is checked, and named by its content."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": pictures.ACCEPTED}),
        help_text=_("JPEG, PNG, WebP or AVIF, at most 50 megapixels and 40 MB."),
    )

    def values(self) -> dict[str, Any]:
        return {**super().values(), "file": self.instance.picture}

    def sent(self) -> dict[str, Any]:
        file = self["file"].data
        return {**super().sent(), "file": file.name} if file else super().sent()

    def in_words(self, name: str) -> "StrOrPromise":
        return _("the one shown here") if name == "file" else super().in_words(name)

    def clean_file(self) -> pictures.Picture | None:
        file = self.cleaned_data["file"]
        if not file:
            if self.instance.pk is None:
                raise ValidationError(_("Choose a picture file."))
            return None
        try:
            return pictures.read(file.read())
        except pictures.PictureRefused as refused:
            raise ValidationError(str(refused)) from refused

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        picture = self.cleaned_data.get("file")
        if picture and not self.errors:
            try:
                pictures.store(picture)
            except OSError as error:
                logger.error("A picture could not be stored: %s", error)
                self.add_error(
                    "file",
                    _(
                        "There is no room for the picture on the server, or it may not write there. "
                        "Tell whoever runs this site, then try again."
                    ),
                )
        return cleaned

    def save(self, commit: bool = True) -> Photo:
        picture = self.cleaned_data.get("file")
        if picture:
            self.instance.picture = picture.name
            self.instance.width, self.instance.height = picture.size
        photo: Photo = super().save(commit)
        return photo


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
