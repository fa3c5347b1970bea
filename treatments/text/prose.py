"""Longer texts: a small Markdown to clean HTML."""

import re
from collections.abc import Sequence
from html import unescape

import nh3
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from treatments.text import cleaning, emphasis, marked

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br", "span"}
HEADINGS = {"h2", "h3"}
#: Without “*” every tag might have a title, which no reader of the text sees.
ATTRIBUTES = {"*": set[str](), "a": {"href"}, "ol": {"start"}, "li": {"value"}, "span": {"lang", "dir"}}
SCHEMES = {"http", "https", "mailto", "tel"}
#: Rules of markdown-it that we do not use. A definition of a link is not shown on the page, and “[Warning]: bleeding”
#: would be one without its writer knowing.
UNREAD = ["image", "fence", "code", "hr", "blockquote", "html_block", "html_inline", "backticks", "autolink"]
UNREAD += ["reference"]

#: What a link may lead to: another site, an address, a number, or a place of this site. Behind two strokes, of either
#: kind, stands the name of another host.
ADDRESS = re.compile(r"https?://|mailto:|tel:|#|/(?!/|\\|%5c)", re.I)
#: The first item of a list that is not counted from 1, and one whose number does not follow the last: it may be a year,
#: or how many.
NUMBERED = re.compile(r'(?:<ol start="(\d+)">\s*<li>|<li value="(\d+)">)\s*(?:<p>)?')


class Markdown(MarkdownIt):
    """CommonMark whose links lead only where `ADDRESS` allows."""

    def validateLink(self, url: str) -> bool:
        return bool(ADDRESS.match(url))


def markdown(*unread: str) -> MarkdownIt:
    """Our Markdown, without these rules of markdown-it."""
    made = Markdown("commonmark", {"html": False}).disable([*UNREAD, *unread])
    made.core.ruler.after("block", "numbers", keep_numbers)
    emphasis.use(made)
    marked.use(made)
    return made


def keep_numbers(state: StateCore) -> None:
    """Let the items of a list have the numbers that were typed: Markdown would make “2. Mei” of a “15. Mei”.

    A rule of markdown-it.
    """
    lists: list[list[Token]] = []
    for token in state.tokens:
        if token.type.endswith("_list_open"):
            lists.append([])
        elif token.type == "list_item_open":
            lists[-1].append(token)
        elif token.type.endswith("_list_close"):
            number(lists.pop())


def number(items: Sequence[Token]) -> None:
    """Give each item of a list whose number does not follow the last its own.

    Where one stands twice, as in “1. 1. 1.”, the counting was left to us.
    """
    typed = [int(item.info) for item in items if item.info]
    if len(set(typed)) == len(typed):
        for last, own, item in zip(typed, typed[1:], items[1:], strict=False):
            if own != last + 1:
                item.attrSet("value", str(own))


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
    """Some HTML, in which an item of a list begins with its number where that is more than its place."""
    return NUMBERED.sub(r"<li>\1\2. ", markup)


def words(markup: str) -> str:
    """The text of some HTML, without markup, as one line."""
    spaced = re.sub(r"<(?:/p|/li|br)[^>]*>", " ", counted(str(markup)))
    return " ".join(unescape(strip_tags(spaced)).split())
