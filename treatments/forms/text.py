"""Fields for what people type: cleaned at once, so that a form checks and stores what everybody else will see."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.db import models
from phonenumber_field.formfields import PhoneNumberField

from treatments.text import cleaning

if TYPE_CHECKING:
    from phonenumber_field.phonenumber import PhoneNumber


class CleanField(forms.CharField):
    """Text that is checked and cleaned before any other rule sees it; an untouched text is no change."""

    #: The rule of `cleaning` for this kind of text; each field has its own.
    cleaned: Callable[[str], str]

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        cleaning.check_printable(typed)
        return self.cleaned(typed)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.cleaned(initial or ""), data)


class LineField(CleanField):
    """One line."""

    cleaned = staticmethod(cleaning.line)


class TextField(CleanField):
    """Text of several lines, in which a new line counts as one letter, as it does in the browser."""

    widget = forms.Textarea
    cleaned = staticmethod(cleaning.text)


class NameField(CleanField):
    """A person's name."""

    cleaned = staticmethod(cleaning.name)


class PhoneField(PhoneNumberField):  # type: ignore[misc]  # the library has no types
    """A telephone number, also one that was copied with signs that nobody sees."""

    def to_python(self, value: Any) -> Any:
        """A phonenumber_field.PhoneNumber; "" for nothing."""
        return super().to_python(cleaning.bare(value) if isinstance(value, str) else value)


def stored_phone(number: "PhoneNumber") -> str:
    """A phone number as it is stored: E.164, and the extension behind it as RFC 3966 writes it."""
    return f"{number.as_e164};ext={number.extension}" if number.extension else str(number.as_e164)


Field = TypeVar("Field", bound=forms.Field)


def field_of(form: forms.BaseForm, name: str, kind: type[Field]) -> Field:
    """The field of this name, as one of the kind that its form declares; AssertionError if it is of another."""
    field = form.fields[name]
    assert isinstance(field, kind)
    return field


#: The form fields of a model's texts, as a ModelAdmin's `formfield_overrides`.
OF_COLUMNS: "dict[type[models.Field[Any, Any]], dict[str, Any]]" = {
    models.CharField: {"form_class": LineField},
    models.TextField: {"form_class": TextField},
}
