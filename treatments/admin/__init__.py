"""The clinic's desk: Django's admin, one module for each noun that staff meet."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from treatments.admin import clinic, consultation, edition, part, photo, treatment

admin.site.site_header = _("The clinic's desk")
admin.site.site_title = _("Desk")
admin.site.index_title = _("What would you like to do?")
admin.site.empty_value_display = "–"

__all__ = ["clinic", "consultation", "edition", "part", "photo", "treatment"]
