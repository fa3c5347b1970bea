"""What the page says that a statement rests on, in a few words beside it."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from treatments.article.wording import PageRow
from treatments.models import Basis, Row
from treatments.text.words import words_of


@dataclass
class Tag:
    """A few words beside a statement; open if neither the clinic nor a source that readers see stands for it."""

    label: str
    is_open: bool = False


def tag_of(model: type[Row], row: PageRow) -> Tag | None:
    """What the basis of a statement is called; None if its sources say all there is to say.

    The row has its `citations`, and its texts as they are written, not yet HTML.
    """
    if not model.is_medical:
        return None
    if row["basis"] == Basis.CLINIC:
        return Tag(_("our figure") if has_figure(model, row) else _("our practice"))
    if row["basis"] == Basis.PROPOSED:
        return Tag(_("to be confirmed"), is_open=True)
    if row["citations"]:
        return None
    return Tag(_("usual practice") if row.get("sources") else _("no source"), is_open=True)


def has_figure(model: type[Row], row: PageRow) -> bool:
    """Whether the words of a statement, as readers see them, give a number."""
    said = ((name, value) for name, value in row.items() if name not in ("key", "anchor", "note"))
    return any(isinstance(value, str) and re.search(r"\d", words_of(model.part, name, value)) for name, value in said)
