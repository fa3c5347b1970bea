"""Forms that two people may edit at once, so that neither loses what the other wrote.

A form carries the version of what it shows. When it comes back, the version tells what whoever sent it has touched, and
what somebody else has changed meanwhile. The desk's screen has locked the treatment before it reads anything of it, so
that of two who save at once the second sees what the first wrote: see `TreatmentAdmin.get_object`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms.formsets import DELETION_FIELD_NAME
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from treatments.admin.treatment_screens import rows_of_screen
from treatments.models import Row
from treatments.publication.comparison import text_of
from treatments.publication.document import plain
from treatments.values.digests import digest_of
from treatments.values.row_ids import row_id

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    ModelForm = forms.ModelForm[Any]
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    ModelForm, InlineFormSet = forms.ModelForm, forms.BaseInlineFormSet

#: Hexadecimal digits of a value's digest: no two values that somebody types have the same sixteen.
DIGITS = 16
#: The values of a row that somebody has removed. They are not empty: a form that was sent without a version, which
#: counts as the version of nothing, would otherwise seem to know of the removal.
REMOVED = {"removed": True}


def version_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The version of plain values, {name: value}: {name: digest}."""
    return {name: digest_of(value)[:DIGITS] for name, value in values.items()}


class VersionField(forms.Field):
    """A hidden field with the version of what a form shows, as "name:digest name:digest".

    The digests are keyed: nobody can make up the version of words that he was not shown. Nonsense is the version of
    nothing.
    """

    widget = forms.HiddenInput
    #: The version that the answer carries in the place of the one that was sent; None while that one stays.
    newer: dict[str, str] | None = None

    def __init__(self) -> None:
        # An empty label. With none given, Django's admin makes one of the field's name, “Version”, in English.
        super().__init__(required=False, label="")

    def to_python(self, value: Any) -> dict[str, str]:
        """{name: digest} of a version as it was sent."""
        return dict(item.partition(":")[::2] for item in (value or "").split())

    def prepare_value(self, value: Any) -> Any:
        """The version as it is sent; what came from a form stays as it is."""
        return " ".join(f"{name}:{digest}" for name, digest in value.items()) if isinstance(value, dict) else value

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data if self.newer is None else self.newer

    def has_changed(self, initial: Any, data: Any) -> bool:
        # Nobody types a version.
        return False


class VersionedForm(ModelForm):
    """A form that carries the version of what it shows."""

    version = VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: What is there now of what the form shows, {name of the field: plain value}.
        self.now: Mapping[str, Any] = self.values()
        self.initial["version"] = version_of(self.now)

    def values(self) -> dict[str, Any]:
        """{name of the field: plain value} of the instance as it was read."""
        return {column.name: plain(column, getattr(self.instance, column.name)) for column in self.columns()}

    def columns(self) -> "list[models.Field[Any, Any]]":
        """The columns that the form shows."""
        names = self.fields.keys() - {"id", "treatment"}
        return [column for column in type(self.instance)._meta.fields if column.name in names]

    def version_field(self) -> VersionField:
        """This form's own field of the version."""
        field = self.fields["version"]
        assert isinstance(field, VersionField)
        return field

    def version_sent(self) -> dict[str, str]:
        """The version of what was on the screen when it was sent."""
        return self.version_field().to_python(self["version"].data)


class RowForm(VersionedForm):
    """A row of a list.

    A row that was sent as it was shown is left alone, whatever somebody else has made of it. If both changed it, the
    second is told what is there now, and nothing is saved; by saving again she puts hers in its place. A row that was
    removed meanwhile comes back in the same way, as a new one.
    """

    def __init__(self, *args: Any, instance: Row | None = None, is_removed: bool = False, **kwargs: Any) -> None:
        if is_removed and instance is not None:
            instance.pk = None
        super().__init__(*args, instance=instance, **kwargs)
        self.is_removed = is_removed
        #: Whether it was there when the screen was opened; the others are new.
        self.was_shown = is_removed or self.instance.pk is not None
        if is_removed:
            self.now = REMOVED
        if self.was_shown:
            # Django neither checks nor saves such a form if has_changed() says that there is nothing to save.
            self.empty_permitted = True

    def has_changed(self) -> bool:
        return not self.is_left_alone and super().has_changed()

    @cached_property
    def is_left_alone(self) -> bool:
        """Whether nothing of it is to be saved: it was sent as it was shown, or it is there already."""
        if not (self.is_bound and self.was_shown):
            return False
        if self.is_marked_for_removal():
            return self.is_removed
        sent = self.sent()
        is_untouched = version_of(sent).items() <= self.version_sent().items()
        is_there = not self.is_removed and all(value == self.now[name] for name, value in sent.items())
        return is_untouched or is_there

    @cached_property
    def is_overtaken(self) -> bool:
        """Whether somebody else has changed or removed it too, and whoever sent it was not told of that yet."""
        return self.was_shown and not self.is_left_alone and self.version_sent() != version_of(self.now)

    def is_marked_for_removal(self) -> bool:
        """Whether “Delete” is ticked."""
        return DELETION_FIELD_NAME in self.fields and bool(self[DELETION_FIELD_NAME].data)

    def sent(self) -> dict[str, Any]:
        """{name of the field: plain value} of what was sent."""
        return {column.name: plain(column, self.read(column.name)) for column in self.columns()}

    def read(self, name: str) -> Any:
        """What was sent of a field, as its column would hold it; what is no valid value, as it was typed."""
        data = self[name].data
        try:
            return self.fields[name].clean(data)
        except ValidationError:
            return data

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.is_overtaken:
            self.add_error(None, self.what_is_there())
            self.version_field().newer = version_of(self.now)
        return self.cleaned_data

    def what_is_there(self) -> ValidationError:
        """What whoever comes second is told at the row, as a ValidationError."""
        if self.is_removed:
            said = _("Someone else has removed this row meanwhile. Save again to bring it back, or tick “Delete”.")
            return ValidationError(said)
        then, now = self.version_sent(), version_of(self.now)
        changed = [name for name in now if now[name] != then.get(name)]
        theirs = "; ".join(
            _("%(field)s “%(value)s”") % {"field": self.fields[name].label, "value": self.in_words(name)}
            for name in changed
        )
        said = _("Someone else has changed this row meanwhile. It has now: %(theirs)s.")
        return ValidationError(said, params={"theirs": theirs})

    def in_words(self, name: str) -> "StrOrPromise":
        """A value that is there now, as someone reads it."""
        choices = getattr(self.fields[name], "choices", ())
        words: str = text_of(dict(choices).get(self.now[name], self.now[name]))
        return words


class GuardedFormSet(InlineFormSet):
    """One screen of the rows of one list; the form of each is a RowForm.

    A row that somebody has removed since the screen was opened keeps its place there, and is a new one if it is saved.
    """

    model: type[Any]
    #: Whether whoever edits may make a proposed line the clinic's own. Set for each request.
    may_confirm = False
    #: Which screen of the list it is, from 0. Set for each request.
    number = 0

    def get_queryset(self) -> Any:
        return self.shown

    @cached_property
    def shown(self) -> QuerySet[Any] | list[Any]:
        """The rows of this screen: those that the form has sent back, as it has, or those of its place in the list."""
        if not self.is_bound:
            return rows_of_screen(super().get_queryset(), self.number)
        return [self.still_there.get(pk) or self.model(pk=pk) for pk in self.ids_sent]

    @cached_property
    def still_there(self) -> dict[int | None, Any]:
        """{id: row} of the rows that the form has sent back and that are there."""
        return {row.pk: row for row in super().get_queryset().filter(pk__in=set(self.ids_sent) - {None})}

    @cached_property
    def ids_sent(self) -> list[int | None]:
        """The ids of the rows that were shown, in the order of the form; None for what no row can have."""
        if not self.is_bound:
            return []
        places = range(min(self.initial_form_count(), self.total_form_count()))
        return [row_id(self.data.get(f"{self.add_prefix(place)}-id", "")) for place in places]

    def is_removed(self, index: int | None) -> bool:
        """Whether somebody has removed the row that the form has at this place."""
        pk = self.ids_sent[index] if index is not None and index < len(self.ids_sent) else None
        return pk is not None and pk not in self.still_there

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "is_removed": self.is_removed(index)}

    def add_fields(self, form: RowForm, index: int | None) -> None:
        super().add_fields(form, index)
        if self.is_removed(index):
            # Django's own field would look for the row with this id, find none and refuse the form.
            form.fields["id"] = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> None:
        super().clean()
        if any(form.is_overtaken for form in self.initial_forms):
            raise ValidationError(
                _("Someone else has changed or removed the same rows meanwhile; see below. Save again to keep yours.")
            )

    def save_new_objects(self, commit: bool = True) -> list[Any]:
        new = super().save_new_objects(commit)
        new += [self.save_new(form, commit) for form in self.initial_forms if form.is_removed and form.has_changed()]
        return new


class HeadForm(VersionedForm):
    """A treatment's own fields, guarded as rows are, but each field by itself.

    A field that only somebody else has changed keeps what she wrote. If both changed one, nothing is saved at first.
    """

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        # The version is compared with what is there now; it is no column to be saved.
        version = cleaned.pop("version")
        if self.instance.pk is None:
            return cleaned
        told: dict[str, str] = {}
        for column in self.columns():
            name, now = column.name, version_of(self.now)[column.name]
            if name not in cleaned or now == version.get(name):
                continue
            mine = plain(column, cleaned[name])
            if version_of({name: mine})[name] == version.get(name):
                cleaned[name] = getattr(self.instance, name)
            elif mine != self.now[name]:
                told[name] = now
                self.add_error(name, self.what_is_there(name))
        self.version_field().newer = version | told
        return cleaned

    def what_is_there(self, name: str) -> ValidationError:
        """What whoever comes second is told at the field, as a ValidationError."""
        said = _("Someone else has changed this meanwhile, to “%(theirs)s”. Save again to keep yours.")
        return ValidationError(said, params={"theirs": self.now[name]})
