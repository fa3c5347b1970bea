"""What is said of a date or time that cannot be read: how to write it."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

DATE_FAULT = _("Write a date such as 28/12/2026, 28 December 2026 or 2026-12-28.")
TIME_FAULT = _("Write a time such as 9:00, 9am or 17:30.")
#: For `formfield_overrides` of a ModelAdmin.
SAYING_HOW: "dict[type[models.Field[Any, Any]], dict[str, Any]]" = {
    models.DateField: {"error_messages": {"invalid": DATE_FAULT}},
    models.TimeField: {"error_messages": {"invalid": TIME_FAULT}},
}
