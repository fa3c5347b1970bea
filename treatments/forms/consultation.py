"""The form with which patients ask for a free consultation."""

import datetime
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Self

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from treatments.forms.guarded import AddressField, GuardedForm, check_name
from treatments.forms.text import NameField, PhoneField, TextField, field_of, stored_phone
from treatments.models import BestTime, Clinic, Edition, Notice, PrecautionAdvice, Treatment
from treatments.models.consultation import PERSONAL
from treatments.text.marked import bare
from treatments.text.prose import html
from treatments.values.moments import moment_of, text_of
from treatments.values.row_ids import row_id
from treatments.values.row_types import Document, PrecautionRow

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    TreatmentChoiceField = forms.ModelChoiceField[Treatment]
else:
    TreatmentChoiceField = forms.ModelChoiceField


class TreatmentField(TreatmentChoiceField):
    """A choice among treatments, each under the name that the public knows: the draft may have another by now."""

    #: The public names, by the ids of the treatments.
    names: Mapping[int, str] = {}

    def label_from_instance(self, treatment: Treatment) -> str:
        # One that was published after the names were read has none here yet.
        return self.names.get(treatment.pk, treatment.name)


class ConsultationForm(GuardedForm):
    """About you: few questions, each with why we ask.

    `clinic` says in which country a phone number without country code is read; `slug` names the treatment that is
    chosen to begin with, "" for none. `start` is the wished moment, None to be called; `notice` is the consent notice
    that is shown, or None.
    """

    #: The time that the URL of the page asks for, as it stands there.
    asked_time = ""

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
    treatment = TreatmentField(
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
    #: The wished moment; "" to be called.
    time = forms.CharField(required=False, widget=forms.HiddenInput)
    #: The id of the consent notice that was shown.
    notice = forms.CharField(required=False, widget=forms.HiddenInput)
    #: The keys of the precautions whose cards were read.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    #: The keys of the precautions that were asked about.
    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        clinic: Clinic,
        slug: str = "",
        start: datetime.datetime | None = None,
        notice: Notice | None = None,
    ) -> None:
        super().__init__(data)
        sent_time = self.data.get("time") or ""
        self.has_lost_time = sent_time != "" and moment_of(sent_time) is None
        if self.has_lost_time:
            # Sent again as it stands, it asks for a call; so the patient has to be told first.
            self.change_data(time="")
        field_of(self, "phone", PhoneField).region = clinic.country
        self.cards: list[dict[str, StrOrPromise]] = []
        self.has_new_questions = False
        self.shown_notice = notice
        self.initial["notice"] = str(notice.pk) if notice else ""
        self.offer_treatments(slug)
        self.ask_precautions()
        if start:
            self.initial["time"] = text_of(start)
        if start or self.data.get("time"):
            del self.fields["best_time"]
            self.fields["phone"].help_text = _("One of phone or email is enough.")

    def change_data(self, **texts: str) -> None:
        """Let the form show these texts, by the names of its fields, in the place of those that were sent."""
        self.data = self.data.copy()
        for name, text in texts.items():
            self.data[name] = text

    def offer_treatments(self, slug: str) -> None:
        """Let the patient choose among public treatments; the one with this slug is chosen to begin with."""
        editions = list(Edition.objects.newest_of_each())
        self.documents = {edition.treatment_id: edition.content() for edition in editions}
        field = field_of(self, "treatment", TreatmentField)
        field.queryset = Treatment.objects.public()
        field.names = {pk: document["name"] for pk, document in self.documents.items()}
        self.initial["treatment"] = next((pk for pk, found in self.documents.items() if found["slug"] == slug), None)

    def ask_precautions(self) -> None:
        """The questions of the treatment that the form is about; as long as none is chosen, those of all."""
        chosen = self.data.get("treatment") if self.is_bound else self.initial["treatment"]
        pk = row_id(chosen)
        document = None if pk is None else self.documents.get(pk)
        every = questions_of(self.documents.values())
        before = {key: every[key] for key in self.data.get("asked", "").split() if key in every}
        self.questions = {**before, **(questions_of([document]) if document else every)}
        self.initial["asked"] = " ".join(self.questions)
        if self.questions:
            choices = [(key, bare(row["question"])) for key, row in self.questions.items()]
            field_of(self, "precautions", forms.MultipleChoiceField).choices = choices
        else:
            del self.fields["precautions"]

    def clean_phone(self) -> str:
        number = self.cleaned_data["phone"]
        return stored_phone(number) if number else ""

    def clean_treatment(self) -> Treatment | None:
        return self.cleaned_data["treatment"] or None

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
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

    def check_can_be_reached(self, given: Set[str]) -> None:
        """Whoever is to be called leaves a phone number; for a time one of phone and email is enough.

        `given` are the names of fields that hold something, or have an error of their own. The error stands with the
        phone, so that the summary of errors can lead there.
        """
        if self.is_to_call and "phone" not in given:
            self.add_error("phone", _("Enter the phone number that we should call."))
        elif not {"phone", "email"} & given:
            self.add_error("phone", _("Enter an email address or a phone number."))

    @property
    def is_to_call(self) -> bool:
        """Whether the patient is to be called, having chosen no time."""
        return not self.data.get("time")

    def check_consent_is_to_this(self) -> None:
        """A consent counts for the notice that was shown; where a newer one holds by now, it is asked for again."""
        newest = str(self.shown_notice.pk) if self.shown_notice else ""
        if self.data.get("notice", "") != newest:
            self.change_data(notice=newest)
            self.data.pop("consent", None)
            self.add_error("consent", _("What you agree to has changed meanwhile. Read it below, then tick the box."))

    def ask_what_is_new(self) -> None:
        """Whoever has chosen another treatment in the form has not been asked its questions yet."""
        before = self.data.get("asked")
        self.has_new_questions = before is not None and bool(set(self.questions) - set(before.split()))
        if self.has_new_questions:
            self.change_data(asked=" ".join(self.questions))

    def is_complete(self) -> bool:
        """Whether it can be taken: right, with every question asked and every card read."""
        return self.is_valid() and not self.has_new_questions and not self.cards

    def show_cards(self, said_yes: Sequence[str]) -> None:
        """Show what we say about each yes, to be read once before the form is taken; `said_yes` are keys."""
        read = self.cleaned_data["seen"].split()
        if set(said_yes) - set(read):
            self.cards = [self.card_of(self.questions[key]) for key in said_yes]
            self.change_data(seen=" ".join(said_yes))

    @staticmethod
    def card_of(row: PrecautionRow) -> "dict[str, StrOrPromise]":
        """What a card shows of a precaution: `says` is HTML."""
        return {
            "label": PrecautionAdvice(row["advice"]).label,
            "situation": row["situation"],
            "says": html(row["says"]),
        }

    @property
    def start(self) -> datetime.datetime | None:
        """The wished moment; None to be called."""
        return moment_of(self.cleaned_data["time"])

    def unsent(self) -> Self:
        """The same answers in a form on which nothing is wrong yet, because it was not sent to be taken."""
        self._errors = ErrorDict()
        return self

    def answers(self) -> dict[str, Any]:
        """The patient's answers as fields of a ConsultationRequest: those that are declared there as personal.

        Of a valid form.
        """
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


def questions_of(documents: Iterable[Document]) -> dict[str, PrecautionRow]:
    """The precautions of these treatments that are asked about before a visit, by key."""
    return {
        row["key"]: row for document in documents for row in document.get("precautions", []) if row.get("ask_first")
    }
