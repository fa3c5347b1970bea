"""A picture file in a form of the desk: read and stored when the form is checked, and named by its content."""

import logging
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from treatments.text import pictures

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

logger = logging.getLogger(__name__)


class PictureForm(ModelForm):
    """A row with the columns `picture`, `width` and `height`, which come of a file."""

    #: Whether a new row has to have a picture.
    needs_picture = True

    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": pictures.ACCEPTED}),
        help_text=_("JPEG, PNG, WebP or AVIF, at most 50 megapixels and 40 MB."),
    )

    def clean_file(self) -> pictures.Picture | None:
        file = self.cleaned_data["file"]
        if not file:
            if self.needs_picture and self.instance.pk is None:
                raise ValidationError(_("Choose a picture file."))
            return None
        try:
            return pictures.read(file.read())
        except pictures.PictureRefused as refused:
            raise ValidationError(str(refused)) from refused

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        picture = self.cleaned_data.get("file")
        if picture and not self.errors:
            try:
                pictures.store(picture)
            except OSError as error:
                logger.error("A picture could not be stored: %s", error)
                self.add_error(
                    "file",
                    _(
                        "There is no room for the picture on the server, or it may not write there. "
                        "Tell whoever runs this site, then try again."
                    ),
                )
        return cleaned

    def save(self, commit: bool = True) -> Any:
        picture = self.cleaned_data.get("file")
        if picture:
            self.instance.picture = picture.name
            self.instance.width, self.instance.height = picture.size
        return super().save(commit)
