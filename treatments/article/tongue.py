"""The language of a page about a treatment, which is its document's, and that of our own words in it.

They are the document's too where the site has a catalogue of it. Else our words stay in the site's language, and
templates mark them: `{% ours %}` gives an element that holds nothing else its `lang`, and `theirs` marks a word of the
document among them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.utils import translation
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from treatments.values.languages import best_of, direction_of

#: The language tag of the document whose page is rendered now; empty for every other page.
_document: ContextVar[str] = ContextVar("language of the document", default="")


@contextmanager
def of(language: str) -> Iterator[None]:
    """Make and render a page whose document is in the language with this tag."""
    spoken = best_of(language, (code for code, _name in settings.LANGUAGES))
    token = _document.set(language)
    try:
        with translation.override(spoken or translation.get_language()):
            yield
    finally:
        _document.reset(token)


def page_attributes() -> SafeString:
    """The attributes of <html>: the language of the page, and its direction where that is from right to left."""
    return attributes(_document.get() or interface(), beside="en")


def our_attributes(*, apart: bool = False) -> SafeString:
    """The attributes of an element with our own words, after a blank; none where they are in the page's language.

    One that stands apart from the article, as the masthead does, is laid out in the direction of our language as well.
    """
    if not is_foreign():
        return SafeString()
    if apart:
        return format_html(" {}", attributes(interface(), beside=_document.get()))
    return format_html(' lang="{}"', interface())


def ours(text: str) -> SafeString:
    """Our own words as HTML, marked if they are in another language than the document's around them."""
    return format_html("<span{}>{}</span>", our_attributes(), text) if is_foreign() else conditional_escape(text)


def theirs(text: str) -> SafeString:
    """Words of the document as HTML, marked if they are in another language than our own around them."""
    return among_ours(text, _document.get() or interface())


def among_ours(text: str, language: str) -> SafeString:
    """Words of a language, by its tag, as HTML, marked if our own words around them are in another."""
    if best_of(language, [interface()]) is not None:
        return conditional_escape(text)
    return format_html("<span {}>{}</span>", attributes(language, beside=interface()), text)


def interface() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def is_foreign() -> bool:
    """Whether our own words are in another language than the document."""
    return bool(_document.get()) and best_of(_document.get(), [interface()]) is None


def attributes(tag: str, *, beside: str) -> SafeString:
    """`lang`, and `dir` where the language beside it runs the other way."""
    direction = direction_of(tag)
    if direction == direction_of(beside):
        return format_html('lang="{}"', tag)
    return format_html('lang="{}" dir="{}"', tag, direction)
