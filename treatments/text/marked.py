"""Words of another language within a text: “[kesan sampingan]{ms}” tells screen readers to say them in Malay.

Fields of one line and plain texts read the mark here, Markdown by a rule of its own. What has no language's tag in its
braces stands as it was typed, and the gate says so.
"""

import re

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkLabel
from markdown_it.rules_inline import StateInline

from treatments.values.languages import direction_of, is_tag

MARK = re.compile(r"\[([^\[\]]+)\]\{([^{}\s]+)\}")
TAG = re.compile(r"\{([^{}\s]+)\}")


def html(text: str) -> SafeString:
    """A text without Markdown as HTML, its words of other languages marked."""
    done, at = [], 0
    for found in MARK.finditer(text):
        if is_mark(found):
            words = mark_safe(" ".join(f'{name}="{value}"' for name, value in attributes(found[2]).items()))
            done += [escape(text[at : found.start()]), format_html("<span {}>{}</span>", words, found[1])]
            at = found.end()
    return mark_safe("".join([*done, escape(text[at:])]))


def bare(text: str) -> str:
    """A text as it stands where no language can be marked: in letters, titles and data, without the marks."""
    return MARK.sub(lambda found: found[1] if is_mark(found) else found[0], text)


def is_mark(found: re.Match[str]) -> bool:
    """Whether what MARK finds are words with the tag of a language."""
    return is_tag(found[2]) and bool(found[1].strip())


def attributes(tag: str) -> dict[str, str]:
    """The attributes of the element around words of a language, by its tag; letters from right to left say so."""
    return {"lang": tag, "dir": "rtl"} if direction_of(tag) == "rtl" else {"lang": tag}


def use(markdown: MarkdownIt) -> None:
    """Teach a MarkdownIt the mark."""
    markdown.inline.ruler.before("link", "language", read_mark)


def read_mark(state: StateInline, silent: bool) -> bool:
    """Take in words of another language with their mark, which may hold emphasis and links.

    A rule of markdown-it: it returns whether it has taken something in, and takes nothing when asked to be `silent`.
    """
    if state.src[state.pos] != "[":
        return False
    start, most = state.pos + 1, state.posMax
    end = parseLinkLabel(state, state.pos)
    tag = TAG.match(state.src, end + 1, most) if end > start else None
    if tag is None or not is_tag(tag[1]) or not state.src[start:end].strip():
        return False
    if not silent:
        state.pos, state.posMax = start, end
        state.push("language_open", "span", 1).attrs = dict(attributes(tag[1]))
        state.md.inline.tokenize(state)
        state.push("language_close", "span", -1)
        state.posMax = most
    state.pos = tag.end()
    return True
