"""Longer texts: a small Markdown to clean HTML."""

import re
from html import unescape

import nh3
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from treatments.text import cleaning, emphasis

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br"}
HEADINGS = {"h2", "h3"}
#: Without “*” every tag might have a title, which no reader of the text sees.
ATTRIBUTES = {"*": set[str](), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
#: Rules of markdown-it that we do not use. A definition of a link is not shown on the page, and “[Warning]: bleeding”
#: would be one without its writer knowing.
UNREAD = ["image", "fence", "code", "hr", "blockquote", "html_block", "html_inline", "backticks", "autolink"]
UNREAD += ["reference"]

#: What a link may lead to: another site, an address, a number, or a place of this site. Behind two strokes, of either
#: kind, stands the name of another host.
ADDRESS = re.compile(r"https?://|mailto:|tel:|#|/(?!/|\\|%5c)", re.I)
#: The first item of a list that is not counted from 1: whose number may be a year, or how many.
COUNTED_FROM = re.compile(r'<ol start="(\d+)">\s*<li>\s*(?:<p>)?')


class Markdown(MarkdownIt):
    """CommonMark whose links lead only where `ADDRESS` allows."""

    def validateLink(self, url: str) -> bool:
        return bool(ADDRESS.match(url))


def markdown(*unread: str) -> MarkdownIt:
    """Our Markdown, without these rules of markdown-it."""
    made = Markdown("commonmark", {"html": False}).disable([*UNREAD, *unread])
    emphasis.use(made)
    return made


article_markdown = markdown("heading", "lheading")
notice_markdown = markdown("lheading")


def html(text: str) -> SafeString:
    """Markdown of an article to HTML of paragraphs, lists, links and emphasis, and nothing else."""
    return clean(article_markdown.render(text), TAGS)


def notice_html(text: str) -> SafeString:
    """The same for a notice, which may also have headings."""
    return clean(notice_markdown.render(text), TAGS | HEADINGS)


def clean(markup: str, tags: set[str]) -> SafeString:
    """HTML of these tags alone, its texts as they would be if its entities had been typed as signs."""
    safe = nh3.clean(markup, tags=tags, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
    return mark_safe(cleaning.seen(safe).strip())


def counted(markup: str) -> str:
    """Some HTML, in which the first item of a list that is not counted from 1 begins with its number."""
    return COUNTED_FROM.sub(r"<li>\1. ", markup)


def words(markup: str) -> str:
    """The text of some HTML, without markup, as one line."""
    spaced = re.sub(r"<(?:/p|/li|br)[^>]*>", " ", counted(str(markup)))
    return " ".join(unescape(strip_tags(spaced)).split())
