"""The form with which a patient asks for a free consultation."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from treatments.models import ConsultationRequest, Edition, Treatment


class ConsultationForm(forms.ModelForm):
    """Few questions, each with why we ask.

    `notice` is the consent notice that the page shows; `slug` names the treatment that is chosen to begin with.
    """

    consent = forms.BooleanField(
        label=_("You may use what I write here to answer me."),
        error_messages={"required": _("Tick the box so that we may use your details to answer you.")},
    )

    class Meta:
        model = ConsultationRequest
        fields = ["name", "phone", "email", "treatment", "message"]
        labels = {
            "name": _("Your name"),
            "phone": _("Phone"),
            "email": _("Email"),
            "treatment": _("What is it about?"),
            "message": _("Anything we should know (optional)"),
        }
        help_texts = {
            "name": _("So that we know how to greet you."),
            "phone": _("One of phone or email is enough."),
            "treatment": _("You can change your mind at the consultation."),
            "message": _("Please leave out anything urgent: we read this in opening hours only."),
        }
        error_messages = {
            "name": {"required": _("Enter your name.")},
            "email": {"invalid": _("Enter an email address like name@example.com, or leave it empty.")},
            "message": {"max_length": _("Shorten your message to 2,000 letters.")},
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "message": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args, notice, slug, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.notice = notice
        field = self.fields["treatment"]
        field.queryset = Treatment.objects.public()
        field.empty_label = _("Something else, or not sure")
        # As the public knows it: the draft may have another name by now.
        names = {edition.treatment_id: edition.content()["name"] for edition in Edition.objects.newest_of_each()}
        field.label_from_instance = lambda treatment: names.get(treatment.pk, treatment.name)
        # Compared here: an address may hold what no database takes.
        self.initial.setdefault("treatment", next((row.pk for row in field.queryset if row.slug == slug), None))
        self.helper = FormHelper()
        self.helper.form_tag = False
        # Browsers' own bubbles vanish and speak their own language; our summary stays.
        self.use_required_attribute = False

    def clean(self):
        cleaned = super().clean()
        # With the field, so that the summary can lead there; the database's own rule names no field.
        if not {"phone", "email"} & {*self.errors, *(name for name, value in cleaned.items() if value)}:
            self.add_error("phone", _("Enter an email address or a phone number."))
        return cleaned

    def validate_constraints(self):
        """Nothing: `clean` has said it beside the field, and the database still refuses."""

    def save(self):
        """Store the request, with the consent notice that the patient saw."""
        self.instance.consent_notice = self.notice
        return super().save()
