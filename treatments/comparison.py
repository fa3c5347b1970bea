"""What changed from one document to another, row by row and word by word. Pure functions over documents."""

import difflib
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from treatments.document import HEAD, fields_of, keys_of
from treatments.models import PARTS, Source, Treatment


@dataclass(frozen=True)
class Piece:
    """A stretch of text: "same", "gone" or "new"."""

    kind: str
    text: str


@dataclass
class Change:
    """One row that is "new", "gone", "changed" or "moved"; `columns` are (name, pieces) of what is different."""

    part: str
    row: str
    kind: str
    columns: list = field(default_factory=list)


def changes(before, after):
    """Every Change that leads from one canonical document to another, in the order of the public page."""
    head = columns_of(before, after, HEAD, Treatment)
    found = [Change(str(_("The page itself")), "", "changed", head)] if head else []
    for part, model in PARTS.items():
        found += changes_of_part(model, before.get(part, []), after.get(part, []))
    return found


def changes_of_part(model, before, after):
    """The changes of one list of rows, which are told apart by their lasting keys."""
    title, names = str(model._meta.verbose_name_plural), keys_of(model.part)
    old, new = by_name(model, before), by_name(model, after)
    staying = [name for name in old if name in new]
    moved = moved_rows(staying, [name for name in new if name in old])
    for name, row in new.items():
        columns = columns_of(old.get(name, {}), row, names, model)
        if name not in old:
            yield Change(title, name, "new", columns)
        elif columns:
            yield Change(title, name, "changed", columns)
        elif name in moved:
            yield Change(title, name, "moved")
    for name, row in old.items():
        if name not in new:
            yield Change(title, name, "gone", columns_of(row, {}, names, model))


def by_name(model, rows):
    """The rows by what tells them apart."""
    return {row["reference" if model is Source else "key"]: row for row in rows}


def moved_rows(before, after):
    """The fewest names that had to be taken out and put in elsewhere to come from one order to the other."""
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stayed = {name for block in blocks for name in before[block.a : block.a + block.size]}
    return set(before) - stayed


def columns_of(before, after, names, model):
    """(name in words, pieces) of every column that is different."""
    labels = {column.name: str(column.verbose_name) for column in fields_of(model)} | {"sources": str(_("sources"))}
    labels |= {name: str(Treatment._meta.get_field(name).verbose_name) for name in HEAD if model is Treatment}
    return [
        (labels.get(name, name), pieces(text_of(before.get(name)), text_of(after.get(name))))
        for name in names
        if name != "key" and before.get(name) != after.get(name)
    ]


def text_of(value):
    """A value as someone reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return " ".join(value) if isinstance(value, list) else str(value)


def pieces(before, after):
    """The two texts as one row of pieces, compared word by word."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    found = []
    for kind, first, last, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", "".join(old[first:last])))
            continue
        if first < last:
            found.append(Piece("gone", "".join(old[first:last])))
        if start < end:
            found.append(Piece("new", "".join(new[start:end])))
    return found
