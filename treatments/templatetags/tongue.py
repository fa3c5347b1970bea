"""Which language a page and the words in it are in, by treatments.article.tongue. Every template has these tags.

`words` is for an attribute: the text of some HTML.
"""

from django import template

from treatments.article import tongue
from treatments.text import prose

register = template.Library()
register.simple_tag(tongue.page_attributes, name="page_language")
register.simple_tag(tongue.our_attributes, name="ours")
register.filter("ours", tongue.ours)
register.filter("theirs", tongue.theirs)
register.filter("words", prose.words)
