"""Ways to other sites, from which a page loads nothing."""

from urllib.parse import urlencode

from django import template

from treatments.models import Clinic

register = template.Library()


@register.filter
def map_url(clinic: Clinic) -> str:
    """The URL of a map that looks for the clinic by its name and address."""
    query = ", ".join([clinic.name, *filter(None, map(str.strip, clinic.address.splitlines()))])
    return f"https://www.google.com/maps/search/?{urlencode({'api': 1, 'query': query})}"
