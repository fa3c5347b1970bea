"""Closures, as they are edited on the clinic's screen."""

from django.contrib import admin

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.forms.closure import ClosureForm
from treatments.forms.text import OF_COLUMNS
from treatments.models import Closure


class ClosureInline(admin.TabularInline):
    model = Closure
    form = ClosureForm
    formfield_overrides = OF_COLUMNS
    extra = 1


@admin.register(Closure)
class ClosureAdmin(ElsewhereAdmin):
    list_screen = "admin:treatments_clinic_changelist"
