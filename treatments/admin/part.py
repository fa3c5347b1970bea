"""The parts of a treatment, each kind a screen of its own under the treatment's page."""

import logging

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Max
from django.forms.widgets import Script
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.two_editors import GuardedFormSet, RowForm, verified
from treatments.forms.dates import SAYING_HOW
from treatments.forms.text import OF_COLUMNS, LineField, TextField
from treatments.models import PARTS, Basis, Photo, Source, Statement, Waiver
from treatments.models.source import references_in
from treatments.publication import review
from treatments.publication.document import by_reference, make_key
from treatments.text import pictures

logger = logging.getLogger(__name__)

#: Fields of a statement that say nothing to readers.
UNSAID = {"order", "note", "basis", "references", "id", "treatment"}
#: The hidden field with the references of cited sources of which whoever deletes them has been told.
TOLD = "told"


class SourceFormSet(GuardedFormSet):
    """Sources, whose references nobody else of the treatment may have, on whatever screen it stands.

    Whoever deletes one that is cited is told first what rests on it, and deletes it by saving again.
    """

    #: The references of sources to be deleted that are cited: whoever saves again has been told.
    cited = ()

    def clean(self):
        super().clean()
        self.tell_what_rests_on_deleted()
        gone = [form.instance.pk for form in self.deleted_forms]
        others = Source.objects.filter(treatment=self.instance).exclude(pk__in=gone)
        taken = dict(others.values_list("reference", "pk"))
        for form in self.forms:
            reference = form.cleaned_data.get("reference") if form not in self.deleted_forms else None
            if reference in taken and taken[reference] != form.instance.pk:
                form.add_error("reference", _("Another source of this treatment has this reference."))

    def tell_what_rests_on_deleted(self):
        deleted = {form.instance.pk: form.instance.reference for form in self.deleted_forms if form.instance.pk}
        resting = resting_on(self.instance, deleted)
        self.cited = sorted(resting, key=by_reference)
        if set(resting) <= set(self.data.get(TOLD, "").split()):
            return
        told = "; ".join(f"{reference}: {', '.join(resting[reference])}" for reference in self.cited)
        raise ValidationError(
            _("This rests on what you delete. Save again to delete it all the same. %(told)s"), params={"told": told}
        )


def resting_on(treatment, sources):
    """{reference: what rests on it, in words} of those of these sources, {id: reference}, that statements cite."""
    found = {}
    for model in PARTS.values():
        if sources and model.carries_sources():
            rows = model.objects.filter(treatment=treatment, sources__in=sources)
            for row, source in rows.annotate(source=F("sources")).values_list(model.named_by, "source"):
                words = f"{model._meta.verbose_name} “{Truncator(row).words(9)}”"
                found.setdefault(sources[source], []).append(words)
    return found


class PartFormSet(GuardedFormSet):
    """The rows of one list. Sources and keys are looked up once for all rows."""

    @cached_property
    def sources(self):
        """The treatment's sources by reference."""
        return {source.reference: source for source in Source.objects.filter(treatment=self.instance)}

    @cached_property
    def keys(self):
        """Every key of the whole list."""
        return set(self.model.objects.filter(treatment=self.instance).values_list("key", flat=True))

    @cached_property
    def last(self):
        """The highest place of the whole list."""
        return self.model.objects.filter(treatment=self.instance).aggregate(Max("order"))["order__max"] or 0

    def take_back(self, row):
        """Note that a clinician has put a figure aside: nobody else brings it back as one that was reviewed."""
        review.forget(self.instance, self.model.part, row.key)

    def delete_existing(self, obj, commit=True):
        if self.may_confirm:
            self.take_back(obj)
        super().delete_existing(obj, commit)

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "formset": self}

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "order" in form.fields and form.instance.pk is None:
            further = 0 if index is None else index - self.initial_form_count()
            form.initial["order"] = self.last + (further + 1) * 10


class PartForm(RowForm):
    """A row; a new one gets its lasting key from its naming text."""

    def __init__(self, *args, formset, **kwargs):
        super().__init__(*args, **kwargs)
        self.formset = formset

    def has_changed(self):
        # An untouched extra row has its proposed place and nothing else.
        return bool(set(self.changed_data) - {"order"}) if self.instance.pk is None else super().has_changed()

    def validate_constraints(self):
        # Each constraint costs a query; a row that nobody touched has passed them before.
        if self.has_changed():
            super().validate_constraints()

    def save(self, commit=True):
        if not self.instance.key:
            values = {self.instance.named_by: getattr(self.instance, self.instance.named_by)}
            self.instance.key = make_key(type(self.instance), values, self.formset.keys)
            self.formset.keys.add(self.instance.key)
        return super().save(commit)


class StatementForm(PartForm):
    """A statement, its sources typed as short references."""

    #: Whether it was the clinic's own and is proposed again; known once the form is checked.
    is_reworded_figure = False
    references = LineField(
        label=_("Sources"), required=False, help_text=_("References such as R9 R16, with blanks or commas between.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            found = sorted((source.reference for source in self.instance.sources.all()), key=by_reference)
            self.initial["references"] = " ".join(found)

    def clean_references(self):
        typed = references_in(self.cleaned_data["references"])
        unknown = [reference for reference in typed if reference not in self.formset.sources]
        if unknown:
            raise ValidationError(
                _("There is no source %(references)s. Add it under Sources first, or correct it."),
                params={"references": ", ".join(unknown)},
            )
        return [self.formset.sources[reference] for reference in typed]

    def clean_basis(self):
        basis = self.cleaned_data["basis"]
        was = self.initial.get("basis") if self.instance.pk else None
        if basis == Basis.CLINIC and was != basis and not self.formset.may_confirm:
            raise ValidationError(_("Only a clinician makes a line the clinic's own figure: choose Proposed."))
        return basis

    def clean(self):
        cleaned = super().clean()
        self.is_reworded_figure = self.rewords_figure(cleaned)
        if self.is_reworded_figure:
            # A clinician stands for her words, and not for those that somebody else puts in their place.
            cleaned["basis"] = Basis.PROPOSED
        return cleaned

    def rewords_figure(self, cleaned):
        """Whether somebody who may not confirm has changed what a clinic figure says, or what it rests on."""
        if self.formset.may_confirm or not self.instance.pk:
            return False
        if not self.initial["basis"] == cleaned.get("basis") == Basis.CLINIC:
            return False
        rested_on = self.initial["references"].split()
        rests_on = [source.reference for source in cleaned.get("references", [])]
        return bool(set(self.changed_data) - UNSAID) or set(rests_on) != set(rested_on)

    def save(self, commit=True):
        if self.formset.may_confirm and self.is_changed_figure():
            self.formset.take_back(self.instance)
        return super().save(commit)

    def is_changed_figure(self):
        """Whether it was a clinic figure and says or is something else now."""
        was_figure = self.instance.pk and self.initial["basis"] == Basis.CLINIC
        return was_figure and bool(set(self.changed_data) - UNSAID | {"basis", "references"} & set(self.changed_data))

    def _save_m2m(self):
        super()._save_m2m()
        if "references" in self.changed_data:
            self.instance.sources.set(self.cleaned_data["references"])


class PhotoForm(PartForm):
    """A picture: the file is cleaned and named by its content when it is saved."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": pictures.ACCEPTED}),
        help_text=_("JPEG, PNG, WebP or AVIF, at most 50 megapixels and 40 MB."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not file:
            if self.instance.pk is None:
                raise ValidationError(_("Choose a picture file."))
            return None
        try:
            return pictures.read(file.read())
        except pictures.PictureRefused as refused:
            raise ValidationError(str(refused)) from refused

    def clean(self):
        super().clean()
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

    def save(self, commit=True):
        picture = self.cleaned_data.get("file")
        if picture:
            self.instance.picture = picture.name
            self.instance.width, self.instance.height = picture.size
        return super().save(commit)


class GuardedInline(admin.StackedInline):
    """All rows of one kind, with what they were when the screen was opened."""

    formset = GuardedFormSet
    form = RowForm
    formfield_overrides = OF_COLUMNS | SAYING_HOW
    extra = 1

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.may_confirm = request.user.has_perm("treatments.confirm_treatment")
        formset.seen = verified(request.POST.get("seen"))
        formset.number = screen_number(request)
        return formset


class PartInline(GuardedInline):
    """Rows with a key and a place."""

    formset = PartFormSet
    formfield_overrides = (
        OF_COLUMNS
        | SAYING_HOW
        | {models.TextField: {"form_class": TextField, "widget": forms.Textarea(attrs={"rows": 3, "cols": 80})}}
    )

    class Media:
        js = [Script("js/rows.js", type="module")]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.prefetch_related("sources") if self.model.carries_sources() else rows


class PhotoInline(PartInline):
    """Pictures, with a way to withdraw one for good."""

    model = Photo
    form = PhotoForm
    fields = ["order", "file", "look", "alt", "caption", "credit"]
    readonly_fields = ["look"]

    @admin.display(description=_("picture"))
    def look(self, photo):
        if not photo.pk:
            return ""
        if not pictures.is_there(photo.picture):
            return _("Withdrawn: pages show its text instead.")
        smallest = f"{photo.picture.removesuffix('.webp')}-{pictures.widths(photo.width)[0]}.webp"
        return format_html(
            '<img src="{}" alt="" width="160"><br><a href="{}">{}</a>',
            reverse("treatments:picture", args=[smallest]),
            reverse("admin:treatments_photo_withdraw", args=[photo.pk]),
            _("Withdraw this picture"),
        )


class WaiverInline(PartInline):
    """What clinicians have let stand: to look at, or to take back."""

    model = Waiver
    form = PartForm
    extra = 0
    fields = ["claim", "sentence", "reason", "clinician"]
    readonly_fields = fields

    def has_add_permission(self, request, obj=None):
        return False


class SourceInline(GuardedInline):
    """Sources have references in the place of keys and an order."""

    model = Source
    formset = SourceFormSet
    fields = [
        ("reference", "shown"),
        "title",
        ("publisher", "year"),
        "address",
        ("evidence", "checked_date"),
    ]


def screen_number(request):
    """Which screen of a list is asked for, from 0; the first for nonsense."""
    text = request.GET.get("screen", "")
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def columns(model):
    """What staff see of a kind of row, in the order of its columns."""
    own = [column.name for column in model._meta.fields if not column.is_relation and column.name not in ("id", "key")]
    own.remove("order")
    tail = [name for name in ("basis", "note") if name in own]
    # What names the row, and its text, stand first: that is what editors come for.
    first = [name for name in (getattr(model, "named_by", ""), "text") if name in own]
    body = first + [name for name in own if name not in (*first, *tail)]
    if issubclass(model, Statement):
        return ["order", *body, ("basis", "references"), "note"]
    return ["order", *body]


def inline_for(model):
    """The inline class for one kind of row."""
    if model is Photo:
        return PhotoInline
    if model is Source:
        return SourceInline
    if model is Waiver:
        return WaiverInline
    form = StatementForm if issubclass(model, Statement) else PartForm
    options = {"model": model, "fields": columns(model), "form": form}
    return type(f"{model.__name__}Inline", (PartInline,), options)


INLINES = {part: inline_for(model) for part, model in PARTS.items()}


class PartAdmin(ElsewhereAdmin):
    """Parts: on their treatment's screens."""

    list_screen = "admin:treatments_treatment_changelist"

    def row_screen(self, row):
        return part_screen(row.treatment_id, self.model.part)


def part_screen(treatment_id, part, number=0):
    """The address of the screen on which one kind of row of a treatment is edited; of a long list, one of several."""
    address = f"{reverse('admin:treatments_treatment_change', args=[treatment_id])}?part={part}"
    return f"{address}&screen={number}" if number else address


for model in PARTS.values():
    if model is not Photo:
        admin.site.register(model, PartAdmin)
