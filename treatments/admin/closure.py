"""Closures, as they are edited on the clinic's screen."""

from typing import TYPE_CHECKING

from django.contrib import admin

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.forms.closure import ClosureForm
from treatments.forms.text import OF_COLUMNS
from treatments.models import Clinic, Closure

if TYPE_CHECKING:
    TabularInline = admin.TabularInline[Closure, Clinic]
else:
    TabularInline = admin.TabularInline


class ClosureInline(TabularInline):
    model = Closure
    form = ClosureForm
    formfield_overrides = OF_COLUMNS
    extra = 1


@admin.register(Closure)
class ClosureAdmin(ElsewhereAdmin):
    list_screen = "admin:treatments_clinic_changelist"
