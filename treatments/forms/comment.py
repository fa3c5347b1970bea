"""The form with which visitors leave a comment, and the one with which the clinic answers it."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from treatments.forms.guarded import AddressField, GuardedForm, check_name, clinic_form
from treatments.forms.text import NameField, TextField
from treatments.models import Comment


class CommentForm(GuardedForm):
    """A name and some words; an email only for whoever wants to be answered in person."""

    name = NameField(
        label=_("Your name"),
        max_length=80,
        validators=[check_name],
        help_text=_("Shown with your comment. A first name is enough."),
        error_messages={"required": _("Enter a name."), "max_length": _("Shorten your name to 80 letters.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    text = TextField(
        label=_("Your comment"),
        max_length=3000,
        help_text=_("Everyone can read it once it shows."),
        error_messages={
            "required": _("Write your comment."),
            "max_length": _("Shorten your comment to 3,000 letters."),
        },
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    email = AddressField(
        label=_("Email (optional)"),
        required=False,
        max_length=254,
        help_text=_("Only so that we can answer you in person. We never show it."),
        error_messages={"invalid": _("Enter an email address like name@example.com, or leave it empty.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def words(self) -> dict[str, str]:
        """What the visitor wrote, as fields of a Comment."""
        return {name: self.cleaned_data[name] for name in ("name", "text", "email")}


class AnswerForm(forms.Form):
    """What the clinic answers; an answer that is there can also be taken back, by leaving nothing of it."""

    answer = TextField(
        label=_("Answer, in the clinic's name"),
        max_length=3000,
        error_messages={
            "required": _("Write the answer."),
            "max_length": _("Shorten the answer to 3,000 letters."),
        },
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, data: QueryDict | None = None, *, comment: Comment) -> None:
        super().__init__(data, label_suffix="", initial={"answer": comment.answer})
        self.use_required_attribute = False
        self.helper = clinic_form()
        if comment.answer:
            self.fields["answer"].required = False
            self.fields["answer"].help_text = _("Leave it empty to take the answer back.")
