"""The inline of each kind of part, by its name in a document."""

from django.contrib import admin
from django.http import HttpRequest

from treatments.admin.part import GuardedInline, PartAdmin, PartForm, PartInline
from treatments.admin.photo import PhotoInline
from treatments.admin.source import SourceInline
from treatments.admin.statement import StatementForm
from treatments.models import PARTS, Photo, Row, Source, Statement, Treatment, Waiver


class WaiverInline(PartInline):
    """What clinicians have let stand: to look at, or to take back."""

    model = Waiver
    form = PartForm
    extra = 0
    fields = ["claim", "sentence", "reason", "clinician"]
    readonly_fields = ["claim", "sentence", "reason", "clinician"]

    def has_add_permission(self, request: HttpRequest, obj: Treatment | None = None) -> bool:
        return False


def columns(model: type[Row]) -> list[str | tuple[str, ...]]:
    """The fields of a kind of row as its inline shows them: its name and text first, basis, sources and note last."""
    own = [column.name for column in model._meta.fields if not column.is_relation and column.name not in ("id", "key")]
    own.remove("order")
    tail = [name for name in ("basis", "note") if name in own]
    # What names the row, and its text, stand first: that is what editors come for.
    first = [name for name in (getattr(model, "named_by", ""), "text") if name in own]
    body = first + [name for name in own if name not in (*first, *tail)]
    if issubclass(model, Statement):
        return ["order", *body, ("basis", "references"), "note"]
    return ["order", *body]


def inline_for(model: type[Row]) -> type[GuardedInline]:
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


#: {name of a part in a document: its inline}.
INLINES = {part: inline_for(model) for part, model in PARTS.items()}


for model in PARTS.values():
    if model is not Photo:
        admin.site.register(model, PartAdmin)
