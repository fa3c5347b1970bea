"""Withdrawing a picture, for a patient who takes back consent."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from treatments.admin.part import PartAdmin, part_screen
from treatments.models import Clinic, Edition, Photo
from treatments.text import pictures


@admin.register(Photo)
class PhotoAdmin(PartAdmin):
    def get_urls(self):
        withdraw = self.admin_site.admin_view(self.withdraw_view)
        return [path("<int:pk>/withdraw/", withdraw, name="treatments_photo_withdraw"), *super().get_urls()]

    def withdraw_view(self, request, pk):
        """Ask, then erase the picture's files; pages show its text from then on."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        photo = get_object_or_404(Photo.objects.select_related("treatment"), pk=pk)
        if request.method == "POST":
            pictures.withdraw(photo.picture)
            Clinic.objects.touch()
            messages.success(request, _("The picture is erased. Pages show its text instead."))
            return redirect(part_screen(photo.treatment_id, Photo.part))
        editions = Edition.objects.naming(photo.picture).select_related("treatment").defer("document")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Withdraw this picture?"),
            "photo": photo,
            "editions": editions,
            "back": part_screen(photo.treatment_id, Photo.part),
        }
        return TemplateResponse(request, "admin/treatments/photo/withdraw.html", context)
