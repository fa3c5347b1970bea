"""Screens that two people may edit at once, so that neither loses what the other wrote."""

import re
from types import MappingProxyType

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.forms.formsets import INITIAL_FORM_COUNT
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from treatments.admin.treatment_screens import rows_of_screen
from treatments.models import Treatment
from treatments.publication.document import of_columns, of_row, plain
from treatments.values.row_ids import row_id

SEEN = "treatments.seen"


class GuardedFormSet(forms.BaseInlineFormSet):
    """One screen of the rows of one list, guarded against two people who edit them at once.

    A row that only the other one changed keeps what she wrote. A row that both changed stops the saving, once: whoever
    comes second sees what is there now, and puts hers in its place by saving again. A row that was removed meanwhile
    stays away, unless whoever comes second has changed it and saves again.
    """

    #: What the rows were when the screen that was sent back was opened: {id as text: row as plain data}. Set for each
    #: request; of a row that is not among them nothing is known, and whoever sends it has her way.
    seen = MappingProxyType({})
    #: Whether whoever edits may confirm proposed lines. Set for each request.
    may_confirm = False
    #: The rows that someone else changed too, as they were and as they are.
    conflicts = ()
    #: Which screen of the list it is, from 0. Set for each request.
    number = 0
    #: The rows sent back that are not there any more: {place in the form: id as text}.
    removed = MappingProxyType({})

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        if self.is_bound:
            self.put_removed_rows_last()

    def put_removed_rows_last(self):
        """Move rows that were deleted meanwhile behind the others: Django takes what stands there for new rows."""
        there = {row.pk for row in self.shown}
        removed = {place: pk for place, pk in self.sent_rows().items() if pk not in there}
        if not removed:
            return
        stay = [place for place in range(self.initial_form_count()) if place not in removed]
        others = [place for place in range(self.total_form_count()) if place not in stay]
        places = {place: number for number, place in enumerate([*stay, *others])}
        self.data = at_other_places(self.data, self.prefix, places)
        self.files = self.files and at_other_places(self.files, self.prefix, places)
        self.data[f"{self.prefix}-{INITIAL_FORM_COUNT}"] = str(len(stay))
        del self.management_form
        self.removed = {places[place]: str(pk) for place, pk in removed.items()}

    def get_queryset(self):
        return self.shown

    @cached_property
    def shown(self):
        """The rows of this screen: those that the form has sent back, as it has, or those of its place in the list."""
        rows = super().get_queryset()
        if self.is_bound:
            sent = self.sent_rows().values()
            there = {row.pk: row for row in rows.filter(pk__in=sent)}
            return [there[pk] for pk in sent if pk in there]
        return rows_of_screen(rows, self.number)

    def sent_rows(self):
        """{place: id} of the rows that the form has sent back, as far as they can be ids."""
        places = range(self.total_form_count())
        sent = ((place, row_id(self.data.get(f"{self.prefix}-{place}-id", ""))) for place in places)
        return {place: pk for place, pk in sent if pk is not None}

    def _construct_form(self, i, **kwargs):
        then = self.seen.get(self.removed.get(i))
        if then:
            # A row as it was then is untouched: it is neither checked nor saved.
            kwargs["initial"] = initial_of(self.model, then)
        return super()._construct_form(i, **kwargs)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if index in self.removed:
            # As it was sent, and never looked up: for whoever is asked whether the row should come back.
            sent = self.removed[index]
            form.fields["id"] = forms.CharField(initial=sent, required=False, widget=forms.HiddenInput)

    def clean(self):
        super().clean()
        # Held until the end of the transaction: of two who save at once the second sees what the first wrote.
        Treatment.objects.select_for_update(no_key=True).get(pk=self.instance.pk)
        if any(self.errors):
            return
        now = rows_now(self.instance, self.model)
        theirs = {pk for pk in self.seen if now.get(pk) != self.seen[pk]}
        mine = {str(form.instance.pk): form for form in self.initial_forms if self.typed(form) != self.seen_row(form)}
        self.keep(theirs - mine.keys())
        both = [pk for pk in theirs & mine.keys() if self.typed(mine[pk]) != now.get(pk)]
        both += [pk for place, pk in self.removed.items() if pk in self.seen and self.is_wanted(self.forms[place])]
        if both:
            self.conflicts = [(self.seen[pk], now.get(pk)) for pk in both]
            # What she has been shown now; a removed row that she was told of is a new one from here on.
            others = {pk: row for pk, row in self.seen.items() if pk not in both}
            self.seen = others | {pk: now[pk] for pk in both if pk in now}
            raise ValidationError(
                _("Someone else has changed or removed the same rows meanwhile; see below. Save again to keep yours.")
            )

    def rows_seen(self):
        """What the screen carries of its rows: as they were when it was opened.

        Those that it shows, not read anew: what someone saves between two readings would be taken for seen.
        """
        return self.seen if self.is_bound else {str(row.pk): of_row(row) for row in self.shown}

    def keep(self, rows):
        """Leave these rows as someone else has written them."""
        for form in self.initial_forms:
            form.is_left_alone = str(form.instance.pk) in rows

    def is_wanted(self, form):
        """Whether a new row is to be saved: something was typed into it, and it was not marked for removal."""
        return form.has_changed() and form not in self.deleted_forms

    def seen_row(self, form):
        return self.seen.get(str(form.instance.pk))

    def typed(self, form):
        """The row as it would be saved; None for one that is to be deleted."""
        if form in self.deleted_forms:
            return None
        return of_columns(form.instance, form.cleaned_data.get("references", []))


class RowForm(forms.ModelForm):
    """A row of such a list."""

    is_left_alone = False

    def has_changed(self):
        return not self.is_left_alone and super().has_changed()


class HeadForm(forms.ModelForm):
    """What a treatment has but its parts, guarded as rows are, each field by itself.

    A field that only the other one changed keeps what she wrote. One that both changed stops the saving, once.
    """

    #: What the fields were when the screen that was sent back was opened: {name: plain value}. Set for each request.
    seen = MappingProxyType({})

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk is None:
            return cleaned
        now = Treatment.objects.select_for_update(no_key=True).get(pk=self.instance.pk)
        for name in cleaned.keys() & self.seen.keys():
            column = Treatment._meta.get_field(name)
            theirs, mine = getattr(now, name), plain(column, cleaned[name])
            if plain(column, theirs) == self.seen[name]:
                continue
            if mine == self.seen[name]:
                cleaned[name] = theirs
            elif mine != plain(column, theirs):
                self.seen = self.seen | {name: plain(column, theirs)}
                said = _("Someone else has changed this meanwhile, to “%(theirs)s”. Save again to keep yours.")
                shown = _("nothing") if plain(column, theirs) is None else theirs
                self.add_error(name, ValidationError(said, params={"theirs": shown}))
        return cleaned

    def fields_seen(self):
        """What the screen carries of its fields: as they were when it was opened."""
        if self.is_bound:
            return self.seen
        columns = [Treatment._meta.get_field(name) for name in self.fields]
        return {column.name: plain(column, getattr(self.instance, column.name)) for column in columns}


def at_other_places(values, prefix, places):
    """What was sent of a list's rows, with the rows at other places: {old place: new place}, the same for the rest."""
    moved = MultiValueDict()
    for name, sent in values.lists():
        found = re.fullmatch(rf"({re.escape(prefix)}-)([0-9]{{1,9}})(-.+)", name)
        if found:
            name = f"{found[1]}{places.get(int(found[2]), found[2])}{found[3]}"
        moved.setlist(name, sent)
    return moved


def rows_now(treatment, model):
    """The rows of one part of the draft as they are now: {id as text: plain data}."""
    rows = model.objects.filter(treatment=treatment)
    if model.carries_sources():
        rows = rows.prefetch_related("sources")
    return {str(row.pk): of_row(row) for row in rows}


def signed(seen):
    """What a screen was opened with, plain data by name or id, as text that nobody else can make up."""
    return signing.dumps(seen, salt=SEEN, compress=True)


def verified(text):
    """What a screen sent back of that; {} if it is nothing that we signed."""
    try:
        return signing.loads(text or "", salt=SEEN)
    except signing.BadSignature:
        return {}


def initial_of(model, row):
    """What the form of a row begins with, from its plain data."""
    columns = {column.name: column for column in model._meta.fields}
    values = {name: columns[name].to_python(value) for name, value in row.items() if name in columns}
    return values | {"references": " ".join(row.get("sources", []))}
