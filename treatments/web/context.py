"""The values that every template has."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from treatments.models import Clinic, OpeningHours
from treatments.web.middleware import is_not_open
from treatments.web.published import columns

#: What base.html shows of the database, and with it every page.
FRAME = columns(
    Clinic,
    "name",
    "phone",
    "country",
    "email",
    "address",
    "access",
    "shows_demonstration_hours",
    "opened_at",
    "says_free",
) | columns(OpeningHours, "weekday", "opens", "closes")


def site(request: HttpRequest) -> dict[str, Any]:
    """The clinic, the page's canonical URL, and whether this is a demonstration or not open yet.

    The clinic is None where a request was refused before the middleware read it.
    """
    clinic = getattr(request, "clinic", None)
    return {
        "clinic": clinic,
        "site_url": settings.SITE_URL,
        "canonical": settings.SITE_URL + request.path,
        "is_demonstration": settings.IS_DEMONSTRATION,
        "is_not_open": clinic is not None and is_not_open(clinic),
    }
