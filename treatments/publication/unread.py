"""Signs in a document that the page does not read: bullets and tables of other programs, headings, HTML, pictures.

They would stand on the page as they were typed. And words whose letters stand apart, which neither a screen reader nor
a search reads as words; and texts that hold nothing else. Pure functions over documents.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import TYPE_CHECKING, Any

from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from treatments.publication import reading
from treatments.text.marked import MARK, bare
from treatments.text.prose import html
from treatments.text.words import is_markdown, words_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LIST = gettext_lazy("Write each item of a list on its own line, which begins with “- ” or “1. ”, after an empty line.")
NO_LIST = gettext_lazy("This field has no lists: write sentences, or move it into a field that has them.")
TABLE = gettext_lazy("Write the table as a list or as sentences.")
HEADING = gettext_lazy("Give it a row of its own, with a title, or make the words bold with two stars on either side.")
RULE = gettext_lazy("Take the line out; an empty line parts two paragraphs.")
TAG = gettext_lazy("Take the HTML out; bold is written **like this**, a link [words](https://example.org).")
PICTURE = gettext_lazy("Add the picture under Pictures, and take it out here.")
LINK = gettext_lazy("Write a link as [words](https://example.org), with its whole address.")
PLAIN = gettext_lazy("This field has neither bold words nor links: take the signs out.")
STARS = gettext_lazy("Put the stars right before the first and right behind the last bold word, blanks outside.")
CODE = gettext_lazy("Take the signs out, or use quotation marks.")
QUOTE = gettext_lazy("Take the sign out, or use quotation marks.")
UNDERSCORES = gettext_lazy("Write stars in the place of underscores: soft words *like this*, bold ones **like this**.")
FOOTNOTE = gettext_lazy("Name the source among the row's own sources, and take the sign out.")
LANGUAGE = gettext_lazy(
    "Write words of another language as [words]{ms}, with the language's tag, such as ms, zh-Hant or ar."
)
NO_LANGUAGE = gettext_lazy("This text also stands where no language can be marked: take the brackets and the tag out.")
LOST = gettext_lazy("The sign belongs to a font that the page has not, or was lost in copying: delete it.")
APART = gettext_lazy("Write the letters of a word together: screen readers and searches find no word in single ones.")

#: A letter of Latin, Greek or Cyrillic, plain or in a shape of its own. In other scripts a single one may be a word.
LETTER = r"[A-Za-z\u00c0-\u052f\u1e00-\u1fff\uff21-\uff5a\U0001d400-\U0001d7ff]"
#: What no field reads, with what to do instead. `^` and `$` are ends of lines.
NOWHERE = [
    (r"^[ \t]*\|.*\|[ \t]*$|^.*\S[ \t]*\|[ \t]*\S.*\|.*$", TABLE),
    (r"^[ \t]*#{1,6}[ \t]+\S.*$|^.*\S.*\n[ \t]*(?:={3,}|-{3,})[ \t]*$", HEADING),
    (r"^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$", RULE),
    (r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>|<!--|\[/?(?:b|i|u|url|img|list)\b[^\]]*\](?!\()", TAG),
    (r"!\[[^\]]*\](?:\([^)]*\))?", PICTURE),
    (r"<(?:https?://|mailto:)[^<>\s]+>|<[^<>\s@]+@[^<>\s]+>|^\[[^\]]+\]:\s*\S*(?:://|www\.)\S*", LINK),
    (r"```|~~[^~\n]+~~|`[^`\n]+`", CODE),
    (r"^[ \t]*>[ \t]+\S.*$", QUOTE),
    (r"\[\^[^\]\s]+\]", FOOTNOTE),
    (rf"(?<!\w){LETTER}(?:(?:[^\S\n]|[*_]){{1,3}}{LETTER}){{3,}}(?!\w)", APART),
    (rf"(?<!\w){LETTER}(?:[^\S\n]?[.·-][^\S\n]?{LETTER}){{5,}}(?!\w)", APART),
]
#: What may also come from an entity.
LOST_SIGN = r"[\ue000-\uf8ff\ufffc\ufffd\U000f0000-\U0010ffff]"
#: Bullets that other programs make, wherever they stand; and those that are one only at the beginning of a line.
BULLET = r"[•‣⁃▪▫◦●○■□➢➤►✓✔❖][ \t]*\S.*|^[ \t]*(?:[·・◆◇★☆※☐☑☒]|(?:[-*+] )?\[[ xX]\] )[ \t]*\S.*"
#: Figures of Chinese and Japanese.
FIGURES = "一二三四五六七八九十"
#: Signs that begin an item only if several lines begin so.
ITEMS = [
    r"[-–—*+](?=\S)[^-–—*+\n]*",
    r"[–—‐‑−→➔»›~] .*",
    r"[(（]?\d{1,2}[.)、．）](?![\d ]).*",
    r"[(（](?:\d{1,2}|[a-z]|[ivx]{1,4})[)）] .*",
    r"(?:[a-z]|[ivx]{1,4})\) .*",
    r"(?![0-9])\d{1,2}[.)-] .*",
    r"\d{1,2}- (?!(?:to|or|and)\b).*",
    rf"[(（]?[{FIGURES}]{{1,3}}[、．)）](?![{FIGURES}]).*",
    r"[①-⒛❶-➓㊀-㊉].*",
    r"[0-9]\ufe0f?\u20e3.*",
    r"[\u2600-\u26ff\u2705-\u2757\u2764-\u2767\u27a1\u2b00-\u2bff\U0001f000-\U0001faff].*",
]
#: The same for fields without lists.
LISTS = [r"[-*+] .*", r"[0-9]{1,2}[.)] .*"]
#: Underscores that were meant as emphasis, which Markdown takes for such between blanks and ASCII alone.
UNDERSCORED = r"(?<![A-Za-z0-9_])(__?)(?=[^\s_])[^_\n]*[^\s_]\1(?![A-Za-z0-9_])"
#: What is emphasis or a link in a field of Markdown.
MARKDOWN = (
    r"\*\*[^*\n]+\*\*|(?<![\w*])\*(?=\w)[^*\n]*[\w.:!?。：！？]\*(?![A-Za-z0-9*])"
    rf"|\[[^\]\n]*\]\([^)\n]*\)|&(?:[a-z]+|#\d+|#x[0-9a-f]+);|{UNDERSCORED}"
)
#: A link without words, or with a title, of which the page shows nothing.
SILENT_LINK = r"\[\s*\]\([^)\n]*\)|\[[^\]\n]*\]\(\S+[ \t]+[\"'(][^\n]*?[\"')]\s*\)"
#: Words of another language whose mark was not read.
UNREAD_MARK = r"[\[［][^\[\]［］\n]*[\]］][^\S\n]?[{｛][^}｝\n]*[}｝]"
#: Texts of the page itself that also stand in titles, letters and lists of choices.
ALSO_ELSEWHERE = ("name", "title", "description")
#: A link that Markdown did not take for one.
UNREAD_LINK = r"\[[^\]\n]+\](?:\([^)\n]*\)|\[[^\]\n]*\])"


def signs(document: Mapping[str, Any]) -> Iterator[tuple[str, int | None, str]]:
    """(part, number of the row, what is wrong and what to do) of each column with such signs, once for each kind.

    The page itself has an empty part and None as its number; rows are counted from 0.
    """
    for part, number, column, text in reading.passages(document):
        found = in_markdown(text) if is_markdown(part, column.name) else in_plain_text(text)
        if not part and column.name in ALSO_ELSEWHERE:
            found = itertools.chain(found, first(MARK.pattern, text, NO_LANGUAGE))
        for what, advice in found:
            said = _("%(field)s: “%(found)s” would stand on the page as it was typed. %(advice)s")
            yield part, number, said % {"field": column.verbose_name, "found": shortened(what), "advice": advice}
        if not says_something(words_of(part, column.name, text)):
            said = _("%(field)s: “%(found)s” says nothing to readers: write words, or leave it empty.")
            yield part, number, said % {"field": column.verbose_name, "found": shortened(text)}


def shortened(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(60)


def says_something(words: str) -> bool:
    """Whether a text has a letter, a digit or a symbol: a lone “-” is an empty list in Markdown."""
    return any(unicodedata.category(sign)[0] in "LNS" for sign in words)


def in_markdown(text: str) -> "Iterator[tuple[str, StrOrPromise]]":
    """(text with the sign, advice) of what our Markdown does not read; each kind once."""
    yield from nowhere(bare(text))
    shown = unescape(strip_tags(re.sub(r"<li[^>]*>|<ol[^>]*>|<a [^>]*>.*?</a>", "\n", html(text))))
    yield from items(shown, ITEMS + LISTS, LIST)
    yield from [*first(SILENT_LINK, text, LINK), *first(UNREAD_LINK, shown, LINK)][:1]
    for pattern, advice in ((r"\*\*.*", STARS), (UNREAD_MARK, LANGUAGE), (UNDERSCORED, UNDERSCORES), (LOST_SIGN, LOST)):
        yield from first(pattern, shown, advice)


def in_plain_text(text: str) -> "Iterator[tuple[str, StrOrPromise]]":
    """(text with the sign, advice) of what would stand as it was typed where there is no Markdown; each kind once."""
    text = bare(text)
    yield from nowhere(text)
    yield from items(text, ITEMS + LISTS, NO_LIST)
    yield from [*first(UNREAD_MARK, text, LANGUAGE), *first(MARKDOWN, text, PLAIN)]
    yield from first(LOST_SIGN, text, LOST)


def nowhere(text: str) -> "Iterator[tuple[str, StrOrPromise]]":
    """The same of what no field reads."""
    for pattern, advice in NOWHERE:
        yield from first(pattern, text, advice)


def items(text: str, patterns: Iterable[str], advice: "StrOrPromise") -> "Iterator[tuple[str, StrOrPromise]]":
    """The first line of what is meant as a list, if there is one, with the advice."""
    found = re.search(BULLET, text, re.M)
    lines = [re.findall(rf"^[ \t]*{pattern}$", text, re.M) for pattern in patterns]
    first_lines = [found[0]] if found else [of_kind[0] for of_kind in lines if len(of_kind) > 1]
    if first_lines:
        yield first_lines[0], advice


def first(pattern: str, text: str, advice: "StrOrPromise") -> "Iterator[tuple[str, StrOrPromise]]":
    """The first place that the pattern finds, if there is one, with the advice."""
    found = re.search(pattern, text, re.M)
    if found:
        yield found[0], advice
