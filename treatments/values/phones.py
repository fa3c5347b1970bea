"""The clinic's own phone numbers, which are kept as they were typed, and how they are called. No database."""

import re
import unicodedata
from collections.abc import Callable

import phonenumbers

#: One number as people write it, maybe with an extension. A stroke or a word may stand before a second number.
WRITTEN = re.compile(
    r"[+(]{0,2}\d[\d\s().\u2010-\u2015-]*(?:[\s,;(]*(?:ext(?:n|ension)?|x|#)[\s.:=]*\d{1,7}\)?)?", re.I
)
#: A number of few digits, such as one for an ambulance, which has no country code.
SHORT = re.compile(r"\d(?:[\s-]?\d){1,5}")


class NotANumber(ValueError):
    """Nobody can be reached by this text, or more than one."""


def uri_of(text: str, country: str) -> str:
    """The number in a text as a tel: URI (RFC 3966), with country code and extension: "tel:+60321611234;ext=12".

    `country` has the two letters of ISO 3166; numbers without country code are read in it, as those of patients are,
    and its short numbers stay as they are: "tel:999". Raises NotANumber unless the text is one number and no more.
    """
    number, short = read(text, country)
    extension = f";ext={number.extension}" if number.extension else ""
    return f"tel:{short or phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}{extension}"


def whatsapp_url(text: str, country: str) -> str:
    """The address that opens a chat with the number in a text on WhatsApp: "https://wa.me/60123456789".

    Raises NotANumber as uri_of does, and for a short number or one with an extension, which nobody can write to.
    """
    number, short = read(text, country)
    if short or number.extension:
        raise NotANumber(text)
    return f"https://wa.me/{phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix('+')}"


def international(text: str, country: str) -> str:
    """The number in a text as one dials it from anywhere: "+60 3-2161 1234 ext. 12".

    A short number of the country has its digits alone. Raises NotANumber as uri_of does.
    """
    number, short = read(text, country)
    return short or phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def is_number(text: str, country: str) -> bool:
    """Whether a text is one number that can be called, and no more."""
    return is_read_by(uri_of, text, country)


def is_on_whatsapp(text: str, country: str) -> bool:
    """Whether a text is one number that can be written to, and no more; whether it has an account nobody asks."""
    return is_read_by(whatsapp_url, text, country)


def is_read_by(read_as: Callable[[str, str], str], text: str, country: str) -> bool:
    try:
        read_as(text, country)
    except NotANumber:
        return False
    return True


def read(text: str, country: str) -> tuple[phonenumbers.PhoneNumber, str]:
    """(The number in a text, its digits if it is a short one of the country, else ""); raises NotANumber."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf").strip()
    if not WRITTEN.fullmatch(bare):
        raise NotANumber(text)
    try:
        number = phonenumbers.parse(bare, country)
    except phonenumbers.NumberParseException as refused:
        raise NotANumber(text) from refused
    if SHORT.fullmatch(bare) and phonenumbers.is_valid_short_number_for_region(number, country):
        return number, phonenumbers.normalize_digits_only(bare)
    if not phonenumbers.is_valid_number(number):
        raise NotANumber(text)
    return number, ""
