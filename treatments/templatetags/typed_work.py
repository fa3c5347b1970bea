from django import template
from django.template import Context
from django.utils.html import format_html

from treatments.accounts import typed_work

register = template.Library()


@register.simple_tag(takes_context=True)
def typed_by(context: Context) -> str:
    """A hidden field that says, signed, for which account a form was made; stands beside the CSRF token."""
    user = context["user"]
    if not user.is_authenticated:
        return ""
    return format_html('<input type="hidden" name="{}" value="{}">', typed_work.AUTHOR, typed_work.mark_of(user.pk))
