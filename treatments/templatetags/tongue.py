"""Which language a page and the words in it are in, by treatments.article.tongue. Every template has these tags."""

from django import template

from treatments.article import tongue

register = template.Library()
register.simple_tag(tongue.page_attributes, name="page_language")
register.simple_tag(tongue.our_attributes, name="ours")
register.filter("theirs", tongue.theirs)
