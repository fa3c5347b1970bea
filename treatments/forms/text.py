"""Fields for what people type: cleaned at once, so that a form checks and stores what everybody else will see."""

from django import forms
from django.db import models
from phonenumber_field.formfields import PhoneNumberField

from treatments.text import cleaning


class CleanField(forms.CharField):
    """Text that is checked and cleaned before any other rule sees it; an untouched text is no change."""

    def to_python(self, value):
        typed = super().to_python(value)
        cleaning.check_printable(typed)
        return self.cleaned(typed)

    def has_changed(self, initial, data):
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


class PhoneField(PhoneNumberField):
    """A telephone number, also one that was copied with signs that nobody sees."""

    def to_python(self, value):
        return super().to_python(cleaning.bare(value) if isinstance(value, str) else value)


#: The form fields of a model's texts, as a ModelAdmin's `formfield_overrides`.
OF_COLUMNS = {models.CharField: {"form_class": LineField}, models.TextField: {"form_class": TextField}}
