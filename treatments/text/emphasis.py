"""Which stars are emphasis: Markdown's own rule, but for numbers and for scripts without blanks between their words.

Markdown takes stars between numbers for emphasis, and does not see that bold ends beside 。 or 「. A star too many on
the page is seen and mended; one that is missing from “2*500 mg” is not.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_inline.state_inline import Delimiter, StateInline

from treatments.text.cleaning import WITHOUT_BLANKS, script_of

#: A number, with what may stand around it, beside a star: “(2)*3”, “5 *.5”.
NUMBER_BEFORE = re.compile(r"\d[)\]%°²³]*[ \u00a0]?\Z")
NUMBER_AFTER = re.compile(r"[ \u00a0]?[(\[+\-−.,]*\d")


def use(markdown: MarkdownIt) -> None:
    """Give a MarkdownIt these rules in the place of its own."""
    markdown.inline.ruler.at("emphasis", read_run)
    markdown.inline.ruler2.after("balance_pairs", "late_ends", pair_late_ends)


def read_run(state: StateInline, silent: bool) -> bool:
    """Take in a run of stars or underscores, each as a delimiter that may open emphasis, close it, or do neither.

    A rule of markdown-it: it returns whether it has taken something in, and takes nothing when asked to be `silent`.
    """
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    opens, closes, length = stars(state) if marker == "*" else underscores(state)
    for _star in range(length):
        token = state.push("text", "", 0)
        token.content = marker
        place = len(state.tokens) - 1
        state.delimiters.append(Delimiter(ord(marker), length, place, -1, opens, closes))
    state.pos += length
    return True


def underscores(state: StateInline) -> tuple[bool, bool, int]:
    """The same as `stars` for underscores, by Markdown's own rule."""
    run = state.scanDelims(state.pos, False)
    return run.can_open, run.can_close, run.length


def stars(state: StateInline) -> tuple[bool, bool, int]:
    """(whether it may open, whether it may close, how many) of the run of stars that begins here."""
    end = state.pos
    while end < state.posMax and state.src[end] == "*":
        end += 1
    before, after = state.src[: state.pos], state.src[end : state.posMax]
    length = end - state.pos
    if is_only_stars(before, after, length):
        return False, False, length
    last, next_ = before[-1:] or " ", after[:1] or " "
    opens = not next_.isspace() and (not is_sign(next_) or last.isspace() or is_sign(last) or is_dense(last))
    closes = not last.isspace() and (not is_sign(last) or next_.isspace() or is_sign(next_) or is_dense(next_))
    return opens, closes, length


def is_only_stars(before: str, after: str, length: int) -> bool:
    """Whether so many stars between two texts are no markup: between numbers, or a single one within a word."""
    last, next_ = before[-1:], after[:1]
    if length > 1:
        return is_digit(last) and is_digit(next_)
    if NUMBER_BEFORE.search(before[-9:]) and NUMBER_AFTER.match(after[:9]):
        return True
    has_number = is_digit(last) or is_digit(next_)
    return last.isalnum() and next_.isalnum() and (has_number or not (is_dense(last) or is_dense(next_)))


def is_digit(sign: str) -> bool:
    """Whether a sign is a figure; what dense scripts write for numbers, such as 三, are words."""
    return sign.isdecimal() or (sign.isnumeric() and not is_dense(sign))


def is_dense(sign: str) -> bool:
    """Whether a sign belongs to a script that puts no blanks between words; Korean's signs are as wide as those."""
    return unicodedata.east_asian_width(sign) in "WFH" or script_of(sign) in WITHOUT_BLANKS


def is_sign(sign: str) -> bool:
    """Whether Markdown takes a sign for punctuation: signs of dense scripts are like their letters."""
    return unicodedata.category(sign)[0] in "PS" and not is_dense(sign)


def pair_late_ends(state: StateInline) -> None:
    """Let “Do **not **take it” and “**Note:**ask” be bold as they were meant.

    By Markdown's rule their second pair of stars can only open emphasis, so that both pairs would stand on the page.
    """
    pair_late(state, state.delimiters)
    for meta in state.tokens_meta:
        if meta and "delimiters" in meta:
            pair_late(state, meta["delimiters"])


def pair_late(state: StateInline, delimiters: list[Delimiter]) -> None:
    """Pair what stayed open in one list of delimiters: the text's own, or that of a link within it."""
    opened: int | None = None
    for place in open_pairs_of_stars(delimiters):
        if opened is None or not may_end(state, delimiters[place]) or crosses(delimiters, opened, place):
            opened = place
            continue
        for start, end in ((opened, place + 1), (opened + 1, place)):
            delimiters[start].end = end
            delimiters[end].open = False
        opened = None


def open_pairs_of_stars(delimiters: Sequence[Delimiter]) -> Iterator[int]:
    """Where in the list each “**” stands, by its first star, that could open bold text and was not closed."""
    for place, (first, second) in enumerate(zip(delimiters, delimiters[1:], strict=False)):
        are_one = first.token + 1 == second.token and first.length == second.length == 2
        if are_one and first.marker == ord("*") and all(star.open and star.end < 0 for star in (first, second)):
            yield place


def may_end(state: StateInline, star: Delimiter) -> bool:
    """Whether a blank, or a sign that ends something, stands before a star."""
    last = state.tokens[star.token - 1].content[-1:] if star.token else ""
    return last in (" ", "\u00a0") or (last != "" and unicodedata.category(last) in ("Pe", "Pf", "Po"))


def crosses(delimiters: Sequence[Delimiter], start: int, end: int) -> bool:
    """Whether emphasis between these places would begin within other emphasis and end outside, or the other way."""
    return any(
        (place < start < star.end < end) or (start < place < end < star.end) for place, star in enumerate(delimiters)
    )
