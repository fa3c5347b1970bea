"""What people type, as it is kept: one rule for every form, the desk and content files. Plain values, no database.

Letters and marks of every script, no-break blanks and emoji stay. What nobody can see goes, unless the script or the
emoji beside it needs it. A control character stays in the text: it shows that something was damaged on its way here,
and `check_printable` tells the person where.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Code points that Unicode will never give to a sign, two in each plane besides those of the first.
NO_SIGNS = "\ufdd0-\ufdef" + "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
UNPRINTABLE = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff{NO_SIGNS}]")
#: Every end of a line as it is kept. Word's line break within a paragraph (\v) and a new page (\f) end a line; what
#: separates paragraphs (U+2029) leaves an empty line.
LINES = {"\r\n": "\n", "\r": "\n", "\v": "\n", "\f": "\n", "\u2028": "\n", "\u2029": "\n\n"}
LINE_END = re.compile("\r\n|[\r\v\f\u2028\u2029]")
#: What Unicode lets every program leave out when it draws a text (Default_Ignorable_Code_Point), and notes between
#: lines. Letters among them are the fillers of Korean.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
UNSEEN = re.compile(f"[{INVISIBLE}]")
#: Fillers that are drawn as a blank.
EMPTY_SIGNS = re.compile("[\u2800\u3164\uffa0]")
#: A flag of a part of a country: a black flag, letters that nobody sees, and their end.
FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
BLANKS = re.compile("[ \t]+")

JOINERS = "\u200c\u200d"
#: They say which way signs without a direction of their own run, and numbers beside letters from right to left.
MARKS_OF_DIRECTION = "\u061c\u200e\u200f"
SOFT_HYPHEN, ZERO_WIDTH_BLANK = "\u00ad", "\u200b"
#: Scripts whose letters never join, so that no joiner does anything between them.
NEVER_JOINED = {"LATIN", "GREEK", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "HEBREW", "ARMENIAN", "GEORGIAN"}
#: Scripts in which a blank of no width says where a line may break; NEW is New Tai Lue.
WITHOUT_BLANKS = {"THAI", "LAO", "KHMER", "MYANMAR", "JAVANESE", "BALINESE", "TAI", "NEW"}
#: Scripts whose letters have variants that a sign behind them chooses.
WITH_VARIANTS = {"CJK", "MYANMAR", "MONGOLIAN", "PHAGS-PA"}


def text(typed: str) -> str:
    """A text of several lines: they end with "\\n" and not with blanks, and two blanks between words are one.

    No empty line stands before the first or behind the last. Blanks before a line's first word stay, because they say
    what belongs to an item of a list.
    """
    lines = seen(LINE_END.sub(lambda end: LINES[end[0]], typed)).split("\n")
    return "\n".join(within(line) for line in lines).strip()


def line(typed: str) -> str:
    """A text of one line: ends of lines and tabs become blanks, two blanks one, and none stand around it."""
    return BLANKS.sub(" ", seen(LINE_END.sub("\n", typed)).replace("\n", " ")).strip()


def bare(typed: str) -> str:
    """One line without any sign that nobody sees, every blank a common one: for what machines read."""
    return " ".join(UNSEEN.sub("", typed).split())


def name(typed: str) -> str:
    """A person's name: one line without signs that only say where a line may break or which way it runs."""
    return line(re.sub(f"[{SOFT_HYPHEN}{ZERO_WIDTH_BLANK}{MARKS_OF_DIRECTION}]", "", typed))


def check_printable(typed: str) -> None:
    """Raise ValidationError for control characters and halves of letters, which nobody can see or read."""
    found = UNPRINTABLE.search(typed)
    if found:
        before = typed[: found.start()].split()
        says = _("The sign U+%(code)s cannot be shown. Delete that place and type it anew.")
        if before:
            says = _("The sign U+%(code)s after “%(word)s” cannot be shown. Delete that place and type it anew.")
        params = {"code": f"{ord(found[0]):04X}", "word": before[-1][-40:] if before else ""}
        raise ValidationError(says, code="unprintable", params=params)


def within(line: str) -> str:
    """A line with single blanks between its words; those before the first word stay."""
    indented = line.rstrip()
    start = len(indented) - len(indented.lstrip(" \t"))
    return indented[:start] + BLANKS.sub(" ", indented[start:])


def seen(typed: str) -> str:
    """The text without signs that nobody sees, unless the text beside them needs them."""
    typed = EMPTY_SIGNS.sub(" ", typed)
    if not UNSEEN.search(typed):
        return typed
    flags = {place for flag in FLAG.finditer(typed) for place in range(*flag.span())}
    has_leftward = any(map(is_leftward, typed))
    kept: list[str] = []
    for place, sign in enumerate(typed):
        if UNSEEN.match(sign) and place not in flags:
            before, after = "".join(kept[-9:]), UNSEEN.sub("", typed[place + 1 : place + 10])
            turning = sign in MARKS_OF_DIRECTION
            if not (turns(before, after, has_leftward) if turning else has_use(sign, before, after)):
                continue
        kept.append(sign)
    return "".join(kept)


def turns(before: str, after: str, has_leftward: bool) -> bool:
    """Whether a mark of direction does something between these texts.

    In a text with letters from right to left (`has_leftward`) it turns numbers as well, also where the text begins.
    """
    if not has_leftward and not before.strip():
        return False
    return is_neutral(before[-1:]) or is_neutral(after[:1]) or (has_leftward and after[:1].isdecimal())


def has_use(sign: str, before: str, after: str) -> bool:
    """Whether another invisible sign does something between these texts; `before` is cleaned already."""
    if not before or before[-1].isspace() or before[-1] in JOINERS + ZERO_WIDTH_BLANK + SOFT_HYPHEN:
        return False
    if sign in JOINERS:
        return joins(before) or joins(after[:1]) or (sign == "\u200d" and is_emoji(before[-1]) and is_emoji(after[:1]))
    if sign == SOFT_HYPHEN:
        return before[-1].isalpha() and after[:1].isalpha()
    if sign == ZERO_WIDTH_BLANK:
        return bool(after[:1].strip()) and bool({script_of(letter_of(before)), script_of(after[:1])} & WITHOUT_BLANKS)
    if is_variant(sign):
        return has_variants(before[-1]) or after[:1] == "\u20e3"
    return False


def joins(written: str) -> bool:
    """Whether a text ends with a letter, or its marks, of a script whose letters join."""
    letter = letter_of(written)
    return letter.isalpha() and script_of(letter) not in NEVER_JOINED


def is_leftward(sign: str) -> bool:
    """Whether a sign is a letter of a script that runs from right to left."""
    return unicodedata.bidirectional(sign) in ("R", "AL") and not UNSEEN.match(sign)


def is_neutral(sign: str) -> bool:
    """Whether a sign has no direction of its own: neither letter, number nor blank."""
    return bool(sign) and not (sign.isalnum() or sign.isspace() or UNSEEN.match(sign))


def letter_of(before: str) -> str:
    """The last sign of a text that is no combining mark; "" if there is none."""
    return next((sign for sign in reversed(before) if not is_mark(sign)), "")


def is_mark(sign: str) -> bool:
    """Whether a sign is drawn on or around the letter before it."""
    return unicodedata.category(sign).startswith("M")


def is_emoji(sign: str) -> bool:
    """Whether a sign may be one of several that make up an emoji; arrows say which way it looks."""
    return bool(sign) and (
        unicodedata.category(sign) in ("So", "Sk") or "\u2190" <= sign <= "\u21ff" or is_variant(sign)
    )


def is_variant(sign: str) -> bool:
    """Whether a sign chooses another shape of the sign before it."""
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef" or "\u180b" <= sign <= "\u180f"


def has_variants(sign: str) -> bool:
    """Whether another shape of a sign can be chosen: of emoji, of signs, and of the letters of a few scripts."""
    if sign.isalnum() or is_mark(sign):
        return script_of(sign) in WITH_VARIANTS
    return not sign.isspace() and not is_variant(sign)


def script_of(sign: str) -> str:
    """The script of a sign: the first word of its Unicode name, such as "LATIN"; "" for what has none."""
    return unicodedata.name(sign, "").split(" ")[0] if sign else ""
