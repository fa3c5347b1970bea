"""What every kind of part has at the desk: its rows, with a key and a place each, on a screen of their treatment."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Max, QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest
from django.utils.functional import cached_property

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.treatment_screens import part_screen, screen_number
from treatments.admin.two_editors import GuardedFormSet, RowForm
from treatments.forms.dates import SAYING_HOW
from treatments.forms.text import OF_COLUMNS, TextField
from treatments.models import Part, Source, Treatment
from treatments.publication import review
from treatments.publication.document import make_key

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldGroups

    StackedInline = admin.StackedInline[Any, Treatment]
else:
    StackedInline = admin.StackedInline


class PartFormSet(GuardedFormSet):
    """The rows of one list. Sources and keys are looked up once for all rows."""

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The treatment's sources by reference."""
        return {source.reference: source for source in Source.objects.filter(treatment=self.instance)}

    @cached_property
    def keys(self) -> set[str]:
        """Every key of the whole list."""
        return set(self.model.objects.filter(treatment=self.instance).values_list("key", flat=True))

    @cached_property
    def last(self) -> int:
        """The highest place of the whole list; 0 while it is empty."""
        highest: int | None = self.model.objects.filter(treatment=self.instance).aggregate(Max("order"))["order__max"]
        return highest or 0

    def take_back(self, row: Part) -> None:
        """Forget that a row was reviewed, because a clinician has changed or deleted it.

        Else somebody who may not confirm could bring it back from an old edition as one that was reviewed.
        """
        review.forget(self.instance, row.part, row.key)

    def delete_existing(self, obj: Part, commit: bool = True) -> None:
        if self.may_confirm:
            self.take_back(obj)
        super().delete_existing(obj, commit)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "formset": self}

    def add_fields(self, form: RowForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "order" in form.fields and not form.was_shown:
            further = 0 if index is None else index - self.initial_form_count()
            form.initial["order"] = self.last + (further + 1) * 10


class PartForm(RowForm):
    """A row; a new one gets its lasting key from its naming text."""

    def __init__(self, *args: Any, formset: PartFormSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.formset = formset

    def has_changed(self) -> bool:
        # An untouched extra row has its proposed place and nothing else.
        return super().has_changed() and (self.was_shown or self.changed_data != ["order"])

    def validate_constraints(self) -> None:
        # Each constraint costs a query; a row that nobody touched has passed them before.
        if self.has_changed():
            super().validate_constraints()

    def save(self, commit: bool = True) -> Any:
        if not self.instance.key:
            values = {self.instance.named_by: getattr(self.instance, self.instance.named_by)}
            self.instance.key = make_key(type(self.instance), values, self.formset.keys)
            self.formset.keys.add(self.instance.key)
        return super().save(commit)


class GuardedInline(StackedInline):
    """All rows of one kind, each with the version that the screen shows."""

    formset: type[GuardedFormSet] = GuardedFormSet
    form: type[RowForm] = RowForm
    formfield_overrides = OF_COLUMNS | SAYING_HOW
    extra = 1

    def get_fields(self, request: HttpRequest, obj: Treatment | None = None) -> "_FieldGroups":
        fields = super().get_fields(request, obj)
        # Among the fields of its row, because the script that adds and removes rows gives their fields new numbers.
        return [*fields, "version"] if self.has_change_permission(request, obj) else fields

    def get_formset(self, request: HttpRequest, obj: Treatment | None = None, **kwargs: Any) -> type[GuardedFormSet]:
        formset = super().get_formset(request, obj, **kwargs)
        assert issubclass(formset, GuardedFormSet)
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.prefetch_related("sources") if self.model.carries_sources() else rows


class PartAdmin(ElsewhereAdmin):
    """Parts: on their treatment's screens."""

    list_screen = "admin:treatments_treatment_changelist"

    def row_screen(self, row: Part | Source) -> str:
        return part_screen(row.treatment_id, row.part)
