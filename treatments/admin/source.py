"""The sources of a treatment at the desk."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.admin.part import GuardedInline
from treatments.admin.treatment_screens import rows_of
from treatments.admin.two_editors import GuardedFormSet
from treatments.models import PARTS, Source, Treatment
from treatments.models.source import by_reference

#: The hidden field with the references of cited sources of which whoever deletes them has been told.
TOLD = "told"


class SourceFormSet(GuardedFormSet):
    """Sources, of which no two of a treatment may have one reference, on whatever screens they stand.

    Whoever deletes one that is cited is told first what rests on it, and deletes it by saving again.
    """

    #: The references of sources to be deleted that are cited: whoever saves again has been told.
    cited: Sequence[str] = ()

    def clean(self) -> None:
        super().clean()
        self.tell_what_rests_on_deleted()
        gone = [form.instance.pk for form in self.deleted_forms]
        others = Source.objects.filter(treatment=self.instance).exclude(pk__in=gone)
        taken = dict(others.values_list("reference", "pk"))
        for form in self.forms:
            reference = form.cleaned_data.get("reference") if form not in self.deleted_forms else None
            if reference in taken and taken[reference] != form.instance.pk:
                form.add_error("reference", _("Another source of this treatment has this reference."))

    def tell_what_rests_on_deleted(self) -> None:
        """Raise ValidationError if statements cite what is to be deleted, once for each source."""
        deleted = {form.instance.pk: form.instance.reference for form in self.deleted_forms if form.instance.pk}
        resting = resting_on(self.instance, deleted)
        self.cited = sorted(resting, key=by_reference)
        if set(resting) <= set(self.data.get(TOLD, "").split()):
            return
        told = "; ".join(f"{reference}: {', '.join(resting[reference])}" for reference in self.cited)
        raise ValidationError(
            _("This rests on what you delete. Save again to delete it all the same. %(told)s"), params={"told": told}
        )


def resting_on(treatment: Treatment, sources: Mapping[int, str]) -> dict[str, list[str]]:
    """{reference: what rests on it, in words} of those among the sources, {id: reference}, that statements cite."""
    found: dict[str, list[str]] = {}
    for model in PARTS.values():
        if sources and model.carries_sources():
            rows = rows_of(model, treatment).filter(sources__in=sources)
            for row, source in rows.annotate(source=F("sources")).values_list(model.named_by, "source"):
                words = f"{model._meta.verbose_name} “{Truncator(row).words(9)}”"
                found.setdefault(sources[source], []).append(words)
    return found


class SourceInline(GuardedInline):
    """Sources have references in the place of keys and an order."""

    model = Source
    formset = SourceFormSet
    fields = [
        ("reference", "shown"),
        "title",
        ("publisher", "year"),
        "url",
        ("evidence", "checked_date"),
    ]
