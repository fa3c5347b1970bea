"""A text as readers see it: without markup, and without signs that cannot be seen. Pure functions."""

import re
import unicodedata
from html import unescape

from django.utils.html import strip_tags

from treatments.models import PARTS, Prose
from treatments.text.marked import bare
from treatments.text.prose import counted, html

#: Where a paragraph or an item of a list begins or ends.
BLOCK = re.compile(r"</?(?:p|li|ul|ol)\b[^>]*>")
LINK = re.compile(r'<a href="([^"]*)"')
LINE = re.compile(r"<br\b[^>]*>")
#: Code points of signs that take no room and that Unicode counts among letters and marks.
FILLERS = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)}


def words_of(part: str, name: str, text: str) -> str:
    """The text of the column with this name as readers see it; each paragraph and list item on a line of its own."""
    return words_of_markdown(text) if is_markdown(part, name) else plain(bare(text))


def is_markdown(part: str, name: str) -> bool:
    """Whether the column with this name is written in Markdown; the page itself, an empty part, has none."""
    return bool(part) and PARTS[part].prose.get(name) is Prose.MARKDOWN


def links_of_markdown(text: str) -> list[str]:
    """The URLs that a text leads its readers to, in order."""
    return [unescape(url) for url in LINK.findall(html(text))]


def words_of_markdown(text: str) -> str:
    """A text of Markdown as readers see it; each paragraph and item of a list on a line of its own."""
    blocks = BLOCK.split(counted(LINE.sub(" ", html(text))))
    return "\n".join(filter(None, (plain(unescape(strip_tags(block))) for block in blocks)))


def plain(text: str) -> str:
    """The text on one line with single blanks, without signs that cannot be seen."""
    return " ".join("".join(sign for sign in text if sign.isascii() or not is_invisible(ord(sign))).split())


def is_invisible(code: int) -> bool:
    """Whether a sign takes no room: soft hyphens, joiners, direction signs, fillers, tags."""
    return unicodedata.category(chr(code)) == "Cf" or code in FILLERS or 0xE0100 <= code <= 0xE01EF
