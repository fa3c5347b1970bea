"""The forms with which patients ask for a free consultation, and keep hold of what they asked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from treatments.forms.guarded import AddressField, GuardedForm, check_name, clinic_form
from treatments.forms.text import NameField, PhoneField, TextField
from treatments.models import BestTime, Edition, PrecautionAdvice, Treatment
from treatments.models.consultation import PERSONAL
from treatments.text.prose import html
from treatments.values.moments import moment_of, text_of
from treatments.values.row_ids import row_id


class ConsultationForm(GuardedForm):
    """About you: few questions, each with why we ask.

    `clinic` says in which country phone numbers are read, `slug` which treatment is chosen to begin with, `start` is
    the wished moment, None to be called; `notice` is the consent notice that is shown, or None.
    """

    name = NameField(
        label=_("Your name"),
        max_length=120,
        validators=[check_name],
        help_text=_("So that we know how to greet you. For someone else, give their name."),
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = PhoneField(
        label=_("Phone"),
        required=False,
        help_text=_("We call this number. Add the extension, if there is one."),
        error_messages={
            "invalid": _(
                "Enter the whole phone number, with the country code if it is from abroad. "
                "Or leave it empty and give an email address."
            )
        },
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    email = AddressField(
        label=_("Email"),
        required=False,
        max_length=254,
        error_messages={"invalid": _("Enter an email address like name@example.com, or leave it empty.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    treatment = forms.ModelChoiceField(
        Treatment.objects.none(),
        label=_("What is it about?"),
        required=False,
        empty_label=_("Something else, or not sure"),
        help_text=_("You can change your mind at the consultation."),
    )
    best_time = forms.ChoiceField(
        label=_("When should we call?"), choices=BestTime.choices, initial=BestTime.ANY, widget=forms.RadioSelect
    )
    precautions = forms.MultipleChoiceField(
        label=_("Does any of this apply to you?"),
        required=False,
        help_text=_("A clinician looks at it before you come. Leave out what you would rather say in person."),
        widget=forms.CheckboxSelectMultiple,
    )
    message = TextField(
        label=_("Anything we should know (optional)"),
        required=False,
        max_length=2000,
        help_text=_("Please leave out anything urgent: we read this in opening hours only."),
        error_messages={"max_length": _("Shorten your message to 2,000 letters.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    consent = forms.BooleanField(
        label=_("You may use what I write here to answer me."),
        error_messages={"required": _("Tick the box so that we may use your details to answer you.")},
    )
    time = forms.CharField(required=False, widget=forms.HiddenInput)
    notice = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, clinic, slug="", start=None, notice=None):
        self.has_lost_time = bool(data and data.get("time")) and moment_of(data["time"]) is None
        if self.has_lost_time:
            # Sent again as it stands, it asks for a call; so the patient has to be told first.
            data = data.copy()
            data["time"] = ""
        super().__init__(data)
        self.fields["phone"].region = clinic.country
        self.cards = []
        self.has_new_questions = False
        self.shown_notice = notice
        self.initial["notice"] = str(notice.pk) if notice else ""
        self.offer_treatments(slug)
        self.ask_precautions()
        if start:
            self.initial["time"] = text_of(start)
        if start or (data and data.get("time")):
            del self.fields["best_time"]
            self.fields["phone"].help_text = _("One of phone or email is enough.")

    def offer_treatments(self, slug):
        editions = list(Edition.objects.newest_of_each())
        # As the public knows it: the draft may have another name by now.
        self.documents = {edition.treatment_id: edition.content() for edition in editions}
        field = self.fields["treatment"]
        field.queryset = Treatment.objects.public()
        names = {pk: document["name"] for pk, document in self.documents.items()}
        # One that was published between the two queries has no name here yet.
        field.label_from_instance = lambda treatment: names.get(treatment.pk, treatment.name)
        self.initial["treatment"] = next((pk for pk, found in self.documents.items() if found["slug"] == slug), None)

    def ask_precautions(self):
        """The questions of the treatment that the form is about; as long as none is chosen, those of all."""
        chosen = self.data.get("treatment") if self.is_bound else self.initial["treatment"]
        document = self.documents.get(row_id(chosen))
        every = questions_of(self.documents.values())
        before = {key: every[key] for key in self.data.get("asked", "").split() if key in every}
        self.questions = {**before, **(questions_of([document]) if document else every)}
        self.initial["asked"] = " ".join(self.questions)
        if self.questions:
            self.fields["precautions"].choices = [(key, row["question"]) for key, row in self.questions.items()]
        else:
            del self.fields["precautions"]

    def clean_phone(self):
        number = self.cleaned_data["phone"]
        return stored_phone(number) if number else ""

    def clean_treatment(self):
        return self.cleaned_data["treatment"] or None

    def clean(self):
        cleaned = super().clean()
        self.check_can_be_reached({*self.errors, *(name for name, value in cleaned.items() if value)})
        self.check_consent_is_to_this()
        if self.has_lost_time:
            self.add_error(
                None, _("Your time did not reach us. Go back to choose it again, or send this to be called.")
            )
        if not self.errors:
            self.ask_what_is_new()
            self.show_cards(cleaned.get("precautions", []))
        return cleaned

    def check_can_be_reached(self, given):
        """Whoever is to be called leaves a phone number; for a time one of phone and email is enough.

        `given` are the names of fields that hold something, or an error of their own. With the field, so that the
        summary can lead there.
        """
        if self.is_to_call and "phone" not in given:
            self.add_error("phone", _("Enter the phone number that we should call."))
        elif not {"phone", "email"} & given:
            self.add_error("phone", _("Enter an email address or a phone number."))

    @property
    def is_to_call(self):
        return not self.data.get("time")

    def check_consent_is_to_this(self):
        """A consent counts for the notice that was shown; where a newer one holds by now, it is asked for again."""
        newest = str(self.shown_notice.pk) if self.shown_notice else ""
        if self.data.get("notice", "") != newest:
            self.data = self.data.copy()
            self.data["notice"] = newest
            self.data.pop("consent", None)
            self.add_error("consent", _("What you agree to has changed meanwhile. Read it below, then tick the box."))

    def ask_what_is_new(self):
        """Whoever has chosen another treatment in the form has not been asked its questions yet."""
        before = self.data.get("asked")
        self.has_new_questions = before is not None and bool(set(self.questions) - set(before.split()))
        if self.has_new_questions:
            self.data = self.data.copy()
            self.data["asked"] = " ".join(self.questions)

    def is_complete(self):
        """Whether it can be taken: right, with every question asked and every card read."""
        return self.is_valid() and not self.has_new_questions and not self.cards

    def show_cards(self, said_yes):
        """What we say about each yes, to be read once before the form is taken."""
        seen = self.cleaned_data["seen"].split()
        if set(said_yes) - set(seen):
            self.cards = [self.card_of(self.questions[key]) for key in said_yes]
            self.data = self.data.copy()
            self.data["seen"] = " ".join(said_yes)

    @staticmethod
    def card_of(row):
        return {
            "label": PrecautionAdvice(row["advice"]).label,
            "situation": row["situation"],
            "says": html(row["says"]),
        }

    @property
    def start(self):
        """The wished moment; None to be called."""
        return moment_of(self.cleaned_data["time"])

    def unsent(self):
        """The same answers in a form on which nothing is wrong yet, because it was not sent to be taken."""
        self._errors = {}
        return self

    def answers(self):
        """The patient's answers as fields of a ConsultationRequest: what is asked and declared there as personal."""
        cleaned = self.cleaned_data
        said_yes = cleaned.get("precautions", [])
        own = ("treatment", "precautions")
        return {
            "best_time": BestTime.ANY,
            **{name: cleaned[name] for name in PERSONAL if name in cleaned and name not in own},
            "treatment_id": cleaned["treatment"].pk if cleaned["treatment"] else None,
            "precautions": " ".join(said_yes),
            "needs_clinician": bool(said_yes),
            "consent_notice_id": self.shown_notice.pk if self.shown_notice else None,
        }


def questions_of(documents):
    """What to ask first of these treatments: rows of precautions by key."""
    return {
        row["key"]: row for document in documents for row in document.get("precautions", []) if row.get("ask_first")
    }


def stored_phone(number):
    """A phone number as it is stored: E.164, and the extension behind it as RFC 3966 writes it."""
    return f"{number.as_e164};ext={number.extension}" if number.extension else number.as_e164


class LinkForm(forms.Form):
    """To whom the private link should be sent again."""

    email = AddressField(
        label=_("Email"),
        max_length=254,
        help_text=_("The one that you gave when you asked. We send the link there and nowhere else."),
        error_messages={
            "required": _("Enter the email address that you gave."),
            "invalid": _("Enter an email address like name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.use_required_attribute = False
        self.helper = clinic_form()


class PhoneForm(forms.Form):
    """The phone number of somebody who is to be called and left none."""

    phone = PhoneField(
        label=_("Phone"),
        error_messages={
            "required": _("Enter the phone number that we should call."),
            "invalid": _("Enter the whole phone number, with the country code if it is from abroad."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )

    def __init__(self, data=None, *, clinic):
        super().__init__(data, label_suffix="")
        self.use_required_attribute = False
        self.fields["phone"].region = clinic.country
        self.helper = clinic_form()

    def clean_phone(self):
        return stored_phone(self.cleaned_data["phone"])
