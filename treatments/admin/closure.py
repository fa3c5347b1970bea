"""Closures, as they are edited on the clinic's screen."""

from typing import TYPE_CHECKING

from django.contrib import admin

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.forms.closure import ClosureForm
from treatments.forms.text import OF_COLUMNS
from treatments.models import Clinic, Closure

if TYPE_CHECKING:
    StackedInline = admin.StackedInline[Closure, Clinic]
else:
    StackedInline = admin.StackedInline


class ClosureInline(StackedInline):
    model = Closure
    form = ClosureForm
    formfield_overrides = OF_COLUMNS
    fields = [("starts_at", "ends_at", "reason")]
    extra = 1


@admin.register(Closure)
class ClosureAdmin(ElsewhereAdmin):
    list_screen = "admin:treatments_clinic_changelist"
