from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

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


@register.filter
def whatsapp_link(number: str, country: str) -> SafeString:
    """A link that opens a chat with the clinic's number on WhatsApp; a text of before that is none without a link."""
    try:
        url = phones.whatsapp_url(number, country)
    except phones.NotANumber:
        return escape(number)
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, _("Write to us on WhatsApp"))
