from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = _("Website")
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self):
        # As staff call it; "Authentication and Authorization" is Django's name.
        apps.get_app_config("auth").verbose_name = _("Staff")


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin with our front page."""

    default = False
    default_site = "treatments.adminsite.Desk"
