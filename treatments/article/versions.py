"""The pages that say the same in several languages, as they name one another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from treatments.models import Edition
from treatments.values.languages import best_of, direction_of, own_name


@dataclass(frozen=True)
class Version:
    """A page in one of its languages, by its path; `name` is what the language calls itself."""

    language: str
    direction: str
    name: str
    path: str
    is_original: bool
    is_here: bool


@dataclass(frozen=True)
class Versions:
    """The same page in all its languages, by their tags; empty for one that has no translation."""

    all: Sequence[Version] = ()

    @property
    def here(self) -> Version | None:
        return next((version for version in self.all if version.is_here), None)

    @property
    def others(self) -> list[Version]:
        return [version for version in self.all if not version.is_here]

    @property
    def original(self) -> Version | None:
        """The one that the others are translations of; None while nobody can read it."""
        return next((version for version in self.all if version.is_original), None)


def versions(here: Edition, members: Iterable[Edition], page: str) -> Versions:
    """The versions of a page about a treatment, by the name of its URL; `members` are the family of its edition.

    A language that two members have is that of the page itself, else of the first.
    """
    by_language = {here.language.lower(): here}
    for member in members:
        by_language.setdefault(member.language.lower(), member)
    if len(by_language) == 1:
        return Versions()
    return Versions([version(by_language[tag], page, here) for tag in sorted(by_language)])


def version(edition: Edition, page: str, here: Edition | None = None) -> Version:
    """One edition as a version of a page."""
    return Version(
        language=edition.language,
        direction=direction_of(edition.language),
        name=own_name(edition.language),
        path=reverse(f"treatments:{page}", args=[edition.treatment.slug]),
        is_original=not edition.translation_of,
        is_here=here is not None and edition.pk == here.pk,
    )


def families(editions: Iterable[Edition]) -> list[list[Edition]]:
    """Editions that say the same in several languages together, where the first of them stands."""
    found: dict[str, list[Edition]] = {}
    for edition in editions:
        found.setdefault(edition.original, []).append(edition)
    return list(found.values())


def in_language(family: Sequence[Edition], language: str) -> Edition:
    """The member of a family that readers of a language read; the original, else the first, where there is none."""
    by_language = {edition.language: edition for edition in reversed(family)}
    best = best_of(language, by_language)
    if best:
        return by_language[best]
    return next((edition for edition in family if not edition.translation_of), family[0])
