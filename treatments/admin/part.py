"""What every kind of part has at the desk: its rows, with a key and a place each, on a screen of their treatment."""

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Max
from django.forms.widgets import Script
from django.utils.functional import cached_property

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.treatment_screens import part_screen, screen_number
from treatments.admin.two_editors import GuardedFormSet, RowForm
from treatments.forms.dates import SAYING_HOW
from treatments.forms.text import OF_COLUMNS, TextField
from treatments.models import Source
from treatments.publication import review
from treatments.publication.document import make_key


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
        if "order" in form.fields and not form.was_shown:
            further = 0 if index is None else index - self.initial_form_count()
            form.initial["order"] = self.last + (further + 1) * 10


class PartForm(RowForm):
    """A row; a new one gets its lasting key from its naming text."""

    def __init__(self, *args, formset, **kwargs):
        super().__init__(*args, **kwargs)
        self.formset = formset

    def has_changed(self):
        # An untouched extra row has its proposed place and nothing else.
        return super().has_changed() and (self.was_shown or self.changed_data != ["order"])

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


class GuardedInline(admin.StackedInline):
    """All rows of one kind, each with the version that the screen shows."""

    formset = GuardedFormSet
    form = RowForm
    formfield_overrides = OF_COLUMNS | SAYING_HOW
    extra = 1

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        # Among the fields of its row, because the script that adds and removes rows gives their fields new numbers.
        return [*fields, "version"] if self.has_change_permission(request, obj) else fields

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.may_confirm = request.user.has_perm("treatments.confirm_treatment")
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


class PartAdmin(ElsewhereAdmin):
    """Parts: on their treatment's screens."""

    list_screen = "admin:treatments_treatment_changelist"

    def row_screen(self, row):
        return part_screen(row.treatment_id, self.model.part)
