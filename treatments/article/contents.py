"""What a chapter can show: rows of a part, in groups or not, sections of a place, and what is computed from rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Field
from django.utils.text import capfirst

from treatments.article import days
from treatments.article.citations import Listed
from treatments.article.figures.course import Course, course_line
from treatments.article.reader import Reader, Show
from treatments.article.wording import PageRow
from treatments.models import KeyFact, Lead, Photo, Place, Row, Section, Term
from treatments.text.prose import words

#: A day after every other, for what has no end.
ALWAYS = 10**6
Keep = Callable[[PageRow], bool]


@dataclass
class Group:
    """Rows that share a choice."""

    value: str
    label: str
    rows: list[PageRow]


def every(row: PageRow) -> bool:
    return True


def rows(model: type[Row], keep: Keep = every) -> Show:
    """The rows of one kind that `keep` wants, in their order."""

    def show(reader: Reader) -> list[PageRow]:
        return [reader.read(model, row) for row in reader.rows(model) if keep(row)]

    return show


def groups(model: type[Row], name: str, keep: Keep = every) -> Show:
    """The same as Groups that share a choice of the column `name`, in the order of the choices; none is empty."""

    choices = cast("Field[Any, Any]", model._meta.get_field(name)).flatchoices

    def show(reader: Reader) -> list[Group]:
        found = []
        for value, label in choices:
            of_choice = [row for row in reader.rows(model) if row[name] == value and keep(row)]
            if of_choice:
                found.append(Group(value, label, [reader.read(model, row) for row in of_choice]))
        return found

    return show


def by_beginning(model: type[Row]) -> Show:
    """The rules of one kind as Groups that begin on the same day, the earliest first; `label` says when that is."""

    def show(reader: Reader) -> list[Group]:
        found: dict[int | None, list[PageRow]] = {}
        for row in reader.rows(model):
            found.setdefault(row.get("from_day"), []).append(row)
        begins = sorted(found, key=lambda day: (day is not None, day))
        return [Group(str(day), days.beginning(day), [reader.read(model, row) for row in found[day]]) for day in begins]

    return show


def by_days(model: type[Row]) -> Show:
    """The rules of one kind as Groups that hold on the same days, by their last day; without one, they come last."""

    def show(reader: Reader) -> list[Group]:
        found: dict[str, list[PageRow]] = {}
        for row in sorted(reader.rows(model), key=lambda row: (row.get("to_day", ALWAYS), row.get("from_day", 0))):
            found.setdefault(row["days"], []).append(reader.read(model, row))
        return [Group(words, capfirst(words), rows) for words, rows in found.items()]

    return show


def sections(place: Place, keep: Keep = every) -> Show:
    """The sections of prose that stand in this place."""
    return rows(Section, lambda row: row["place"] == place and keep(row))


def figure(draw: Callable[[list[Any]], Any], *names: str) -> Show:
    """What `draw` makes of the rows that were shown before by these names."""

    def show(reader: Reader) -> Any:
        return draw([row for name in names for row in reader.contents[name]])

    return show


def lead(reader: Reader, chapter: str) -> PageRow | None:
    """The lead of the chapter with this id, which is its place; None if there is none."""
    found = (reader.read(Lead, row) for row in reader.rows(Lead) if row["place"] == chapter)
    return next(found, None)


def course(reader: Reader) -> Course | None:
    """The drawing of the course of treatment, from the key facts that give a measure."""
    drawn = course_line({fact["measure"]: fact for fact in reader.rows(KeyFact) if "measure" in fact})
    for fact in facts_of(drawn):
        reader.read(KeyFact, fact)
    return drawn


def other_facts(reader: Reader) -> list[PageRow]:
    """The key facts that stand neither at the top nor in the drawing of the course."""
    in_course = facts_of(reader.contents["course"])
    others = [fact for fact in reader.rows(KeyFact) if fact not in in_course and not fact.get("at_top")]
    return [reader.read(KeyFact, fact) for fact in others]


def facts_of(drawn: Course | None) -> list[PageRow]:
    return drawn.facts if drawn else []


def more_photos(reader: Reader) -> list[PageRow]:
    """Every picture but the first, which stands beside the opening."""
    return [reader.read(Photo, photo) for photo in reader.rows(Photo)[1:]]


def terms(reader: Reader) -> list[PageRow]:
    """The glossary by its words, in small and capital letters alike."""
    read = [reader.read(Term, row) for row in reader.rows(Term)]
    return sorted(read, key=lambda row: words(row["term"]).casefold())


def all_sources(reader: Reader) -> list[Listed]:
    """Every source that readers see: cited ones by their numbers, then the others."""
    return reader.sources.in_order()
