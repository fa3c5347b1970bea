"""What Django asks of the app: its names, and what is done once it has migrated."""

from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = _("Website")
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self) -> None:
        # As staff call it; "Authentication and Authorization" is Django's name.
        apps.get_app_config("auth").verbose_name = _("Staff")
        post_migrate.connect(set_up_roles, sender=self)


def set_up_roles(using: str, apps: Apps = apps, **_options: Any) -> None:
    """Give each role its permissions once a database was migrated, in whichever way.

    `using` is the alias of the database, and `apps` has the models that it has now.
    """
    from treatments.accounts import roles

    # Other apps may be migrated alone, before there are groups.
    if "group" in apps.all_models["auth"]:
        roles.set_up(using)


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin with our front page."""

    default = False
    default_site = "treatments.adminsite.Desk"
