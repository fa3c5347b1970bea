"""Writes what follows from the models of parts: the types of rows, and what is not described of them yet."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

from django.conf import settings
from django.core.management.base import BaseCommand, no_translations
from django.db import models

from treatments.models import PARTS, Prose, Row, Treatment
from treatments.publication.document import HEAD, fields_of

ROW_TYPES = settings.BASE_DIR / "treatments" / "values" / "row_types.py"
CONTENT_FORMAT = settings.BASE_DIR / "docs" / "content-format.md"

Column: TypeAlias = "models.Field[Any, Any]"
#: What a column is in a document; what is not here is text.
TYPES = {models.BooleanField: "bool", models.DecimalField: "float", models.IntegerField: "int"}
#: The keys that the description tells of once, for all parts.
DESCRIBED_ONCE = ("key", "sources", "basis", "note")
LONGEST_LINE = 120


class Command(BaseCommand):
    help = "Write the types of rows, and describe new parts and keys in docs/content-format.md."
    requires_system_checks = ()

    @no_translations
    def handle(self, **options: Any) -> None:
        for path, text in written().items():
            if path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} is written.")


def written() -> dict[Path, str]:
    """The files that follow from the models, as they ought to be."""
    return {ROW_TYPES: row_types(), CONTENT_FORMAT: described(CONTENT_FORMAT.read_text(encoding="utf-8"))}


# Types


def row_types() -> str:
    """The module of types: one for each part, and one for the document."""
    head = [(name, type_of(cast(Column, Treatment._meta.get_field(name)))) for name in HEAD]
    lists = [(part, f"NotRequired[list[{name_of(model)}]]") for part, model in PARTS.items()]
    pieces = [
        '"""A document in canonical shape, and its rows, part by part.\n\n'
        'Written by `manage.py write_from_models`: change the models, not this file.\n"""\n',
        "from typing import Literal, NotRequired, TypedDict\n",
        *(class_of(name_of(model), f"A row of [[{part}]].", keys(model)) for part, model in PARTS.items()),
        class_of("Document", "A whole treatment.", [("format", "int"), *head, *lists]),
    ]
    return "\n".join(pieces)


def name_of(model: type[Row]) -> str:
    return f"{model.__name__}Row"


def keys(model: type[Row]) -> Iterator[tuple[str, str]]:
    yield from ((column.name, type_of(column)) for column in fields_of(model))
    if model.carries_sources():
        yield "sources", "NotRequired[list[str]]"


def type_of(column: Column) -> str:
    """The type of a column's value; what may be empty, or is false, is left out of a document."""
    if column.choices:
        choices = ", ".join(f'"{choice}"' for choice, _label in column.flatchoices)
        found = f"Literal[{choices}]"
    else:
        found = next((name for kind, name in TYPES.items() if isinstance(column, kind)), "str")
    return f"NotRequired[{found}]" if column.blank or found == "bool" else found


def class_of(name: str, says: str, keys: Iterable[tuple[str, str]]) -> str:
    lines = "".join(on_lines(f"    {key}: {kind}") + "\n" for key, kind in keys)
    return f'\nclass {name}(TypedDict):\n    """{says}"""\n\n{lines}'


def on_lines(line: str) -> str:
    """A line of code as the house style breaks it: at its outermost brackets, until all fits."""
    found = re.fullmatch(r"(( *).*?\[)(.*)\]", line, re.S)
    if len(line) <= LONGEST_LINE or not found:
        return line
    before, indent, within = found.groups()
    choices = within.split(", ") if "[" not in within else [within]
    # A tuple of choices that is broken has one on each line.
    end = "," if len(choices) > 1 else ""
    inner = "\n".join(on_lines(f"{indent}    {choice}") + end for choice in choices)
    return f"{before}\n{inner}\n{indent}]"


# Description


def described(text: str) -> str:
    """The description of the format, with a section for each part and a line for each key that it lacked."""
    section = section_of(text, "## Parts")
    for part, model in PARTS.items():
        before, section = section, section_of(text, rf"### [^\n]*`\[\[{part}\]\]`")
        if not section:
            section = f"### `[[{part}]]`: {model._meta.verbose_name_plural}\n\n"
            text = text.replace(before, before + section)
        lines = [line_of(model, column) for column in fields_of(model) if is_lacking(column.name, section)]
        if lines:
            was, section = section, with_lines(section, lines)
            text = text.replace(was, section)
    return text


def section_of(text: str, heading: str) -> str:
    """The section under a heading, given as a pattern, to the next heading; empty if there is none."""
    found = re.search(rf"^{heading}[^\n]*\n.*?(?=^##)", text, re.M | re.S)
    return found[0] if found else ""


def is_lacking(key: str, section: str) -> bool:
    return key not in DESCRIBED_ONCE and f"`{key}`" not in section


def with_lines(section: str, lines: list[str]) -> str:
    """The section with these lines at the end of its first table, or with a table of them if it has none."""
    table = re.search(r"^\|.*\|\n(?!\|)", section, re.M)
    if table:
        return section[: table.end()] + "".join(lines) + section[table.end() :]
    return section.rstrip("\n") + "\n\n| key | | what |\n|---|---|---|\n" + "".join(lines) + "\n"


def line_of(model: type[Row], column: Column) -> str:
    """A line of a part's table, in the words of the model."""
    is_needed = not column.blank and not isinstance(column, models.BooleanField)
    return f"| `{column.name}` |{' needed' if is_needed else ''} | {', '.join(said_of(model, column))} |\n"


def said_of(model: type[Row], column: Column) -> Iterator[str]:
    yield str(column.verbose_name)
    if column.choices:
        yield "one of " + ", ".join(f'`"{choice}"`' for choice, _label in column.flatchoices)
    elif isinstance(column, models.CharField):
        yield f"at most {column.max_length} letters"
    elif isinstance(column, models.BooleanField):
        yield "`true` or left out"
    elif isinstance(column, models.IntegerField):
        yield "a whole number"
    elif isinstance(column, models.DateField):
        yield "a date"
    elif isinstance(column, models.DecimalField):
        yield f"a number with at most {column.decimal_places} decimal place{'s' if column.decimal_places != 1 else ''}"
    if model.prose.get(column.name) is Prose.MARKDOWN:
        yield "**Markdown**"
