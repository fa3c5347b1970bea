"""Published pages are rendered once. The cache key of a page changes whenever anything changes that the page shows.

What a page shows is declared above its view (see `treatments.web.published`). The key is made from the database in
every request, so as soon as a publish has returned, no process serves the old page. It is made of two random tokens:
one belongs to the edition, the other to the clinic, which gets a new one after each change of anything else that a
public page shows. Numbers and times would not do, because restoring a database takes them back. The key is the ETag as
well, so that a 304 needs no page.
"""

import datetime
import hashlib
import zoneinfo
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import get_language

from treatments.web.build import build
from treatments.web.encoding import Headers, best_encoding, encoded
from treatments.web.filling import Filling
from treatments.web.page_store import PageStore
from treatments.web.published import CACHE_CONTROL, State, asks_for_all_open, page_at, paths
from treatments.web.requests import GetResponse

#: The state of a published treatment: both tokens, and what decides whether its newest edition's review is overdue.
TREATMENT_STATE = """
    SELECT edition.token, clinic.page_token, edition.next_review_date, clinic.time_zone
    FROM treatments_treatment AS treatment
    JOIN treatments_edition AS edition ON edition.treatment_id = treatment.id
    JOIN treatments_clinic AS clinic ON clinic.id = 1
    WHERE treatment.slug = %s
      AND treatment.withdrawn_at IS NULL
    ORDER BY edition.number DESC
    LIMIT 1
"""

#: The state of any other published page.
SITE_STATE = "SELECT page_token FROM treatments_clinic WHERE id = 1"

#: Headers that are not stored with a page: the server writes them, or they differ between its encodings.
NOT_KEPT = {"content-length", "content-encoding", "date", "etag", "vary", "cache-control"}

store = PageStore(cache)


def key_at(path: str, scheme: str, *, is_all_open: bool = False) -> str | None:
    """The cache key of the published page at this path, as the database is now; None if there is no such page."""
    state = state_of(path)
    return None if state is None else cache_key(path, scheme, state, is_all_open=is_all_open)


def key_of(request: HttpRequest) -> str | None:
    """The cache key of the published page that is asked for; None if it is none."""
    return key_at(request.path_info, request.scheme or "", is_all_open=asks_for_all_open(request))


filling = Filling(store, key_at)


def published_pages(get_response: GetResponse) -> GetResponse:
    """Middleware that answers published pages from the store; it stands before all middleware that takes time."""
    own_host = urlsplit(settings.SITE_URL).netloc
    # Both are found once, now: files that are changed later do not change the code that this process runs.
    build()
    paths()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return get_response(request)
        key = key_of(request)
        if key is None:
            return get_response(request)
        # From META, because request.headers copies all headers in each request.
        if request.META.get("HTTP_HOST") != own_host and not is_our_host(request):
            return get_response(request)
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known and is_known(key, known):
            offer(request, key)
            return HttpResponseNotModified(headers=shared_headers(key))
        page = store.get(key)
        if page is None:
            with store.turn(key) as page:
                if page is None:
                    response = get_response(request)
                    if not isinstance(response, HttpResponse) or not may_be_kept(request, response, key):
                        return response
                    page = store.keep(key, encoded(response.content, kept_headers(key, response)))
        offer(request, key)
        headers, body = page[best_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))]
        return answer(headers, b"" if request.method == "HEAD" else body)

    return middleware


def offer(request: HttpRequest, key: str) -> None:
    """Have a page become a file, but for one with every fold open: whoever asks with a query asks the site."""
    if not asks_for_all_open(request):
        filling.offer(request.path_info, key)


def is_our_host(request: HttpRequest) -> bool:
    """Whether the request's host is one of ours. If not, Django refuses it, as it does for every other page."""
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def state_of(path: str) -> State | None:
    """What the key of the page at this path is made from, read in one query; None if it is not a published page."""
    found = page_at(path)
    if found is None:
        return None
    page, named = found
    return page.state(**named)


def site_state() -> State | None:
    """(clinic's token,): it is renewed with every publish too, so that it serves pages of several editions."""
    return one_row(SITE_STATE)


def treatment_state(slug: str) -> State | None:
    """(edition's token, clinic's token, whether the review is overdue); None without a public edition."""
    row = one_row(TREATMENT_STATE, slug)
    if row is None:
        return None
    edition, clinic, next_review_date, time_zone = row
    return edition, clinic, next_review_date is not None and str(next_review_date) < today(time_zone)


def one_row(statement: str, *parameters: str) -> tuple[Any, ...] | None:
    """The first row that an SQL statement gives, or None.

    The statements are SQL because the ORM takes ten times as long to write them as the database to run them.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def today(time_zone: str) -> str:
    """The date in a time zone, by its name such as Asia/Kuala_Lumpur, as ISO 8601."""
    return timezone.now().astimezone(zoneinfo.ZoneInfo(time_zone)).date().isoformat()


def is_overdue(next_review_date: datetime.date | None, time_zone: str) -> bool:
    """Whether the day of the next review is over, by the date at the clinic."""
    return next_review_date is not None and next_review_date.isoformat() < today(time_zone)


def cache_key(path: str, scheme: str, state: State, *, is_all_open: bool) -> str:
    """The key of a page, or of the page with every fold open: 32 hexadecimal digits."""
    parts = (path, is_all_open, *state, get_language(), scheme, build())
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def is_known(key: str, known: str) -> bool:
    """Whether an If-None-Match, `known`, has the page's ETag, by weak comparison as RFC 9110 (13.1.2) asks."""
    return not {"*", f'"{key}"'}.isdisjoint(tag.removeprefix("W/") for tag in parse_etags(known))


def may_be_kept(request: HttpRequest, response: HttpResponse, key: str) -> bool:
    """Whether the response is the page of this key.

    The key is made again: if it has changed while the page was rendered, the page may show the old state or the new.
    """
    if response.status_code != 200 or response.cookies:
        return False
    return key_of(request) == key


def kept_headers(key: str, response: HttpResponse) -> Headers:
    """The headers that are stored with a page, for all its encodings."""
    return {name: value for name, value in response.items() if name.lower() not in NOT_KEPT} | shared_headers(key)


def answer(headers: Headers, body: bytes) -> HttpResponse:
    """A stored page as a response.

    The headers are set all at once: Django would check each of them again, which takes half as long as the query.
    """
    response = HttpResponse(body, content_type=headers["Content-Type"])
    response.headers = dict(headers)  # type: ignore[assignment]  # they were checked when the page was rendered
    return response


def shared_headers(key: str) -> Headers:
    """The headers that are the same for 200 and 304; the ETag is weak because the encodings differ in their bytes."""
    return {"ETag": f'W/"{key}"', "Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
