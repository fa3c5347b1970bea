from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from treatments.values import phones

register = template.Library()


@register.filter
def call_link(number: str, country: str) -> SafeString:
    """A phone number of the clinic with a link that calls it; a text of before that is none without a link."""
    try:
        uri = phones.uri_of(number, country)
    except phones.NotANumber:
        return escape(number)
    return format_html('<a href="{}">{}</a>', uri, number)
