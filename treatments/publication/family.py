"""Treatments that say the same in several languages: an original, and the translations that name it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from treatments.models import Treatment


def faults(draft: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(column, what is wrong with it) of a draft's place among its translations; `draft` has the columns of its head.

    It is compared with the drafts of the others. That a treatment names itself the model refuses.
    """
    slug, original = draft["slug"], draft.get("translation_of")
    if not original:
        return of_languages(draft, slug)
    named = Treatment.objects.filter(slug=original).first()
    if named is None:
        says = _("There is no treatment “%(slug)s”. Give the address of one that is here.")
        return [("translation_of", says % {"slug": original})]
    if named.translation_of:
        says = _("“%(slug)s” is a translation itself, of “%(original)s”. Name that one.")
        return [("translation_of", says % {"slug": original, "original": named.translation_of})]
    translation = Treatment.objects.filter(translation_of=slug).order_by("slug").first()
    if translation is not None:
        says = _("“%(slug)s” is a translation of this page. A page that has translations cannot be one.")
        return [("translation_of", says % {"slug": translation.slug})]
    return of_languages(draft, original)


def of_languages(draft: Mapping[str, Any], original: str) -> list[tuple[str, str]]:
    """The same about its language, which no other member of the family of this original may have."""
    members = Treatment.objects.filter(Q(slug=original) | Q(translation_of=original)).exclude(slug=draft["slug"])
    other = members.filter(language__iexact=draft["language"]).order_by("slug").first()
    if other is None:
        return []
    says = _("“%(slug)s” says the same in this language already. Each language can have one page.")
    return [("language", says % {"slug": other.slug})]
