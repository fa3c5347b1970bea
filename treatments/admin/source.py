"""The sources of a treatment at the desk."""

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from treatments.admin.part import GuardedInline
from treatments.admin.two_editors import GuardedFormSet
from treatments.models import PARTS, Source
from treatments.models.source import by_reference

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
