"""The people who treat at the clinic, as a manager keeps them at the desk."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from treatments.accounts.typed_work import KeepsTypedWork
from treatments.forms.picture import PictureForm
from treatments.forms.text import OF_COLUMNS
from treatments.models import Clinic, Clinician, Photo
from treatments.text import pictures

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Clinician]
else:
    ModelAdmin = admin.ModelAdmin


class ClinicianForm(PictureForm):
    """One clinician; without a picture the page shows the words alone."""

    needs_picture = False

    no_picture = forms.BooleanField(label=_("Show no picture, and erase the one that is there"), required=False)


@admin.register(Clinician)
class ClinicianAdmin(KeepsTypedWork, ModelAdmin):
    """Whoever stands here is shown to patients, on the home page and at the end of each treatment's page."""

    form = ClinicianForm
    formfield_overrides = OF_COLUMNS
    fields = ["name", "title", "register", "register_number", "file", "no_picture", "order"]
    list_display = ["name", "title", "register", "register_number"]

    def save_model(self, request: HttpRequest, obj: Clinician, form: Any, change: bool) -> None:
        before = Clinician.objects.filter(pk=obj.pk).values_list("picture", flat=True).first()
        if form.cleaned_data["no_picture"]:
            obj.picture, obj.width, obj.height = "", 0, 0
        super().save_model(request, obj, form, change)
        Clinic.objects.touch()
        if before and before != obj.picture:
            erase_picture(before)

    def delete_model(self, request: HttpRequest, obj: Clinician) -> None:
        super().delete_model(request, obj)
        Clinic.objects.touch()
        if obj.picture:
            erase_picture(obj.picture)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: nobody takes a colleague off the page by a tick in a list."""
        return {}


def erase_picture(name: str) -> None:
    """Erase the files of a picture that no row shows any more."""
    if not (Clinician.objects.filter(picture=name).exists() or Photo.objects.filter(picture=name).exists()):
        pictures.withdraw(name)
