"""The pages that are published: views declare here, with `@published`, what their pages show of the database.

`treatments.web.pages` renders each such page once and keeps it for everyone.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.urls import get_resolver

#: Readers, and whatever stands between, ask each time whether the page they have is still the newest.
CACHE_CONTROL = "public, no-cache"

View = Callable[..., HttpResponseBase]
#: What a page's cache key is made from, as it is read from the database.
State = tuple[object, ...]
#: A model and the name of one of its columns.
Column = tuple[type[Model], str]


@dataclass(frozen=True)
class Published:
    """What a view declares about its pages."""

    #: Reads the state from the database. It takes what the URL names, such as `slug`, and gives None where there is no
    #: such page.
    state: Callable[..., State | None]
    #: What the pages show besides editions, which never change. Whatever writes one of these columns calls
    #: Clinic.objects.touch() in the same transaction.
    shows: frozenset[Column]


#: The one query string that makes another page: the article with every fold open. A page answers any other as it is, so
#: that nobody fills the store with copies.
OPEN_ALL = "open=all"

#: What was declared, by view; it is complete as soon as the URLs are loaded.
DECLARED: dict[View, Published] = {}


def columns(model: type[Model], *names: str) -> frozenset[Column]:
    """Columns of a model, for a declaration; FieldDoesNotExist for a name that is none."""
    return frozenset((model, model._meta.get_field(name).name) for name in names)


def published(state: Callable[..., State | None], shows: frozenset[Column]) -> Callable[[View], View]:
    """Declare that a view's pages are published; `Published` says what is declared.

    It stands above the view's other decorators, because the middleware looks for the view that the URLs name.
    """

    def declare(view: View) -> View:
        DECLARED[view] = Published(state, shows)
        return view

    return declare


def asks_for_all_open(request: HttpRequest) -> bool:
    """Whether a request asks for a page with every fold open."""
    return request.META.get("QUERY_STRING") == OPEN_ALL


@functools.cache
def paths() -> tuple[dict[str, Published], list[tuple[re.Pattern[str], Published]]]:
    """Where the published pages are, found once, because asking Django's resolver in each request would take long.

    Gives {path: page} for URLs that name nothing, and the patterns of the others, which begin after the first slash.
    The URLs are loaded by name, for they and the views import from here; they stand at the root of the site.
    """
    fixed: dict[str, Published] = {}
    naming: list[tuple[re.Pattern[str], Published]] = []
    for url in get_resolver("treatments.urls").url_patterns:
        page = DECLARED.get(url.callback) if url.callback else None
        if page and url.pattern.converters:
            naming.append((re.compile(url.pattern.regex.pattern), page))
        elif page:
            fixed[f"/{url.pattern}"] = page
    return fixed, naming


def page_at(path: str) -> tuple[Published, dict[str, Any]] | None:
    """The published page at this path: what its view declares, and what the URL names, as text; else None."""
    fixed, naming = paths()
    if path in fixed:
        return fixed[path], {}
    for pattern, page in naming:
        found = pattern.match(path[1:])
        if found:
            return page, found.groupdict()
    return None
