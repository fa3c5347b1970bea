"""Statements at the desk: their sources are typed as references, and only clinicians make a line the clinic's own."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from treatments.admin.part import PartForm
from treatments.forms.text import LineField
from treatments.models import Basis, Source, Statement
from treatments.models.source import by_reference, references_in

#: Fields of a statement whose change does not change what readers are told.
UNSAID = {"order", "note", "basis", "references", "id", "treatment"}


class StatementForm(PartForm):
    """A statement, its sources typed as short references."""

    #: Whether it was the clinic's own and is proposed again; known once the form is checked.
    is_reworded_figure = False
    references = LineField(
        label=_("Sources"), required=False, help_text=_("References such as R9 R16, with blanks or commas between.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["references"] = self.now["references"]

    def values(self) -> dict[str, Any]:
        # A row that was removed has no sources any more, and a new one none yet.
        cited = [source.reference for source in self.instance.sources.all()] if self.instance.pk else []
        return {**super().values(), "references": in_order(cited)}

    def sent(self) -> dict[str, Any]:
        return {**super().sent(), "references": in_order(references_in(self["references"].data or ""))}

    def clean_references(self) -> list[Source]:
        typed = references_in(self.cleaned_data["references"])
        unknown = [reference for reference in typed if reference not in self.formset.sources]
        if unknown:
            raise ValidationError(
                _("There is no source %(references)s. Add it under Sources first, or correct it."),
                params={"references": ", ".join(unknown)},
            )
        return [self.formset.sources[reference] for reference in typed]

    def clean_basis(self) -> str:
        basis: str = self.cleaned_data["basis"]
        was = self.initial.get("basis") if self.instance.pk else None
        if basis == Basis.CLINIC and was != basis and not self.formset.may_confirm:
            raise ValidationError(_("Only a clinician makes a line the clinic's own figure: choose Proposed."))
        return basis

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.is_reworded_figure = self.rewords_figure(cleaned)
        if self.is_reworded_figure:
            # A clinician stands for her words, and not for those that somebody else puts in their place.
            cleaned["basis"] = Basis.PROPOSED
        return cleaned

    def rewords_figure(self, cleaned: dict[str, Any]) -> bool:
        """Whether somebody who may not confirm has changed what a clinic figure says, or what it rests on."""
        if self.formset.may_confirm or not self.instance.pk:
            return False
        if not self.initial["basis"] == cleaned.get("basis") == Basis.CLINIC:
            return False
        rested_on = self.initial["references"].split()
        rests_on = [source.reference for source in cleaned.get("references", [])]
        return bool(set(self.changed_data) - UNSAID) or set(rests_on) != set(rested_on)

    def save(self, commit: bool = True) -> Statement:
        if self.formset.may_confirm and self.is_changed_figure():
            self.formset.take_back(self.instance)
        statement: Statement = super().save(commit)
        if "references" in self.changed_data:
            statement.sources.set(self.cleaned_data["references"])
        return statement

    def is_changed_figure(self) -> bool:
        """Whether it was a clinic figure and says or is something else now."""
        was_figure = self.instance.pk is not None and self.initial["basis"] == Basis.CLINIC
        return was_figure and bool(set(self.changed_data) - UNSAID | {"basis", "references"} & set(self.changed_data))


def in_order(references: Iterable[str]) -> str:
    """References as a form shows them, with blanks between, R9 before R10."""
    return " ".join(sorted(references, key=by_reference))
