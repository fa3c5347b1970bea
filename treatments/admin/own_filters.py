"""Lists of the desk are narrowed by the filters that they show, and by nothing else that a URL could ask."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    # A ModelAdmin is another base of the class, beside this one.
    ModelAdmin = object


class OwnFilters(ModelAdmin):
    """A ModelAdmin whose list knows no lookup but those of its own filters.

    Django's takes any lookup on any column: a pattern that is none, or a year that no calendar has, ends in an error of
    the database, and who may see a list could guess columns that it does not show, letter by letter.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        assert request is not None
        assert request is not None, "Django gives it, and has to from 6.0 on."
        endings = ("exact", "id__exact", "isnull")
        return lookup in {f"{name}__{ending}" for name in self.get_list_filter(request) for ending in endings}
