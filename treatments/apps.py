from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = _("Clinic")
    default_auto_field = "django.db.models.BigAutoField"
    default = True


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin with our front page."""

    default = False
    default_site = "treatments.adminsite.Desk"
