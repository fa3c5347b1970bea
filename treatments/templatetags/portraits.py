"""The smallest stored form of a picture, for a portrait beside a name."""

from django import template

from treatments.models import Clinician
from treatments.text import pictures

register = template.Library()


@register.filter
def portrait(clinician: Clinician) -> str:
    """The file name of a clinician's picture in its smallest width; empty without one, or if it was erased."""
    if not clinician.picture or not pictures.is_there(clinician.picture):
        return ""
    return f"{clinician.picture.removesuffix('.webp')}-{pictures.widths(clinician.width)[0]}.webp"
