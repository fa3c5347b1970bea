"""The inline of each kind of part, by its name in a document."""

from django.contrib import admin

from treatments.admin.part import PartAdmin, PartForm, PartInline
from treatments.admin.photo import PhotoInline
from treatments.admin.source import SourceInline
from treatments.admin.statement import StatementForm
from treatments.models import PARTS, Photo, Source, Statement, Waiver


class WaiverInline(PartInline):
    """What clinicians have let stand: to look at, or to take back."""

    model = Waiver
    form = PartForm
    extra = 0
    fields = ["claim", "sentence", "reason", "clinician"]
    readonly_fields = fields

    def has_add_permission(self, request, obj=None):
        return False


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


for model in PARTS.values():
    if model is not Photo:
        admin.site.register(model, PartAdmin)
