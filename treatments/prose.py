"""Longer texts: a small Markdown to clean HTML, and words of the glossary explained where they first stand."""

import re
from html import unescape

import nh3
from django.utils.html import escape, format_html, strip_tags
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br"}
HEADINGS = {"h2", "h3"}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
UNREAD = ["image", "fence", "code", "hr", "blockquote", "html_block", "html_inline", "backticks", "autolink"]

# Signs that end what they follow, and never begin a line.
CLOSING = re.compile(r"[.,;:!?…)\]”’\"']*")

article_markdown = MarkdownIt("commonmark", {"html": False}).disable([*UNREAD, "heading", "lheading"])
notice_markdown = MarkdownIt("commonmark", {"html": False}).disable([*UNREAD, "lheading"])


def html(text):
    """Markdown of an article to HTML of paragraphs, lists, links and emphasis, and nothing else."""
    clean = nh3.clean(
        article_markdown.render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None
    )
    return mark_safe(clean.strip())


def notice_html(text):
    """The same for a notice, which may also have headings."""
    clean = nh3.clean(
        notice_markdown.render(text), tags=TAGS | HEADINGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None
    )
    return mark_safe(clean.strip())


def words(markup):
    """The text of some HTML, without markup, as one line."""
    spaced = re.sub(r"<(?:/p|/li|br)[^>]*>", " ", str(markup))
    return " ".join(unescape(strip_tags(spaced)).split())


class Explainer:
    """Turns the first place of each glossary word into a button that explains it.

    Give it the page's texts in reading order.
    """

    def __init__(self, terms):
        self.keys = {}
        for term in terms:
            for form in [term["term"], *re.split(r"\s*,\s*", term.get("also", ""))]:
                if form:
                    self.keys.setdefault(form.casefold(), term["key"])
        self.explained = []
        self.compile()

    def compile(self):
        forms = sorted((form for form, key in self.keys.items() if key not in self.explained), key=len, reverse=True)
        # Longest first: “non-ablative” before “ablative”.
        self.pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])", re.I) if forms else None

    def __call__(self, markup):
        """The HTML, in which each word that is new to the reader is explained; links are left alone."""
        pieces, inside_link = [], False
        for piece in re.split(r"(<[^>]*>)", str(markup)):
            if piece.startswith("<"):
                inside_link = piece.startswith("<a ") or (inside_link and piece != "</a>")
                pieces.append(piece)
            else:
                pieces.append(piece if inside_link else self.text(unescape(piece)))
        return mark_safe("".join(pieces))

    def text(self, text):
        """Plain text to HTML."""
        done, rest = [], text
        while self.pattern and (found := self.pattern.search(rest)):
            key = self.keys.get(found[0].casefold())
            closing = CLOSING.match(rest, found.end())[0]
            done.append(escape(rest[: found.start()]))
            if key is None:
                # Letters whose lower case is not their case-folded form: leave the word as it is.
                done.append(escape(found[0] + closing))
            else:
                done.append(button(found[0], key, closing))
                self.explained.append(key)
                self.compile()
            rest = rest[found.end() + len(closing) :]
        return "".join([*done, escape(rest)])


def button(word, key, closing):
    """The button that explains a word, with the comma or full stop after the word inside.

    A button is a box to the browser: outside, the sign would stand at the end of the box or begin the next line.
    """
    return format_html(
        '<button type="button" class="term" popovertarget="explain-{}"><span class="term__word">{}</span>{}</button>',
        key,
        word,
        closing,
    )
