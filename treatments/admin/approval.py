"""Advertising approvals at the desk: a manager records which edition the board has approved, and under which number."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from treatments.accounts.typed_work import KeepsTypedWork
from treatments.forms.text import OF_COLUMNS
from treatments.models import Approval, Clinic, Edition

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Approval]
    EditionChoice = ModelChoiceField[Edition]
else:
    ModelAdmin, EditionChoice = admin.ModelAdmin, ModelChoiceField


class EditionField(EditionChoice):
    """A choice among editions, by name, number and day."""

    def label_from_instance(self, obj: Any) -> str:
        day = obj.published_at.astimezone(Clinic.objects.current().zone).date()
        return _("%(name)s, edition %(number)s, %(day)s") % {
            "name": obj.treatment.name,
            "number": obj.number,
            "day": day.isoformat(),
        }


@admin.register(Approval)
class ApprovalAdmin(KeepsTypedWork, ModelAdmin):
    """Whatever changes here shows at the end of the pages of a treatment."""

    formfield_overrides = OF_COLUMNS
    fields = ["edition", "number", "expires_on", "scope"]
    list_display = ["number", "edition", "expires_on"]
    list_select_related = ["edition__treatment"]

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> EditionField:
        editions = Edition.objects.public().select_related("treatment").order_by("treatment__slug", "-number")
        return EditionField(queryset=editions.defer("document"), label=db_field.verbose_name)

    def save_model(self, request: HttpRequest, obj: Approval, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        Clinic.objects.touch()

    def delete_model(self, request: HttpRequest, obj: Approval) -> None:
        super().delete_model(request, obj)
        Clinic.objects.touch()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: each approval is looked at before it is deleted."""
        return {}
