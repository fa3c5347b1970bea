"""Published pages are rendered once. The cache key of a page changes whenever anything changes that the page shows.

What a page shows is declared above its view (see `treatments.web.published`). The key is made from the database in
every request, so as soon as a publish has returned, no process serves the old page. It is made of two random tokens:
one belongs to the edition, the other to the clinic, which gets a new one after each change of anything else that a
public page shows. Numbers and times would not do, because restoring a database takes them back. The key is the ETag as
well, so that a 304 needs no page.
"""

import hashlib
import zoneinfo
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import get_language

from treatments.web.build import build
from treatments.web.encoding import best_encoding, encoded
from treatments.web.page_store import PageStore
from treatments.web.published import addresses, page_at

CACHE_CONTROL = "public, no-cache"

#: Of a treatment that anyone may read: the tokens, and what tells whether the review of its newest edition has run out.
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

#: Of the whole site.
SITE_STATE = "SELECT page_token FROM treatments_clinic WHERE id = 1"

#: Headers that the server writes by itself, or that differ between the forms of a page.
NOT_KEPT = {"content-length", "content-encoding", "date", "etag", "vary", "cache-control"}

store = PageStore(cache)


def published_pages(get_response):
    """Middleware, to stand before all that costs time: answers published pages from the store, passes on the rest."""

    own_host = urlsplit(settings.SITE_URL).netloc
    # Now and not with the first page: what is changed on the disk from here on is not what this process runs.
    build()
    addresses()

    def middleware(request):
        if request.method not in ("GET", "HEAD") or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return get_response(request)
        state = state_of(request.path_info)
        if state is None:
            return get_response(request)
        # From META: request.headers is made anew out of all of them in each request.
        if request.META.get("HTTP_HOST") != own_host and not is_our_host(request):
            return get_response(request)
        key = cache_key(request, state)
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known and is_known(key, known):
            return HttpResponseNotModified(headers=shared_headers(key))
        page = store.get(key)
        if page is None:
            with store.turn(key) as page:
                if page is None:
                    response = get_response(request)
                    if not may_be_kept(request, response, key):
                        return response
                    page = store.keep(key, encoded(response.content, kept_headers(key, response)))
        headers, body = page[best_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))]
        return answer(headers, b"" if request.method == "HEAD" else body)

    return middleware


def is_our_host(request):
    """Whether the request asks for a host of ours; any other is refused further on, as for every page."""
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def state_of(path):
    """What the key of the page at this path is made from, read in one query; None if it is not a published page."""
    found = page_at(path)
    if found is None:
        return None
    page, named = found
    return page.state(**named)


def site_state():
    """The clinic's token, for a page that shows no edition of its own."""
    return one_row(SITE_STATE)


def treatment_state(slug):
    """The edition's token, the clinic's, and whether the review has run out; None if there is nothing to read."""
    row = one_row(TREATMENT_STATE, slug)
    if row is None:
        return None
    edition, clinic, next_review_date, time_zone = row
    return edition, clinic, next_review_date is not None and str(next_review_date) < today(time_zone)


def one_row(statement, *parameters):
    """The first row of a statement. Written by hand: the ORM takes ten times as long to write it as to run it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def today(time_zone):
    """The date in a time zone, as ISO text."""
    return timezone.now().astimezone(zoneinfo.ZoneInfo(time_zone)).date().isoformat()


def is_overdue(next_review_date, time_zone):
    """Whether the review has run out, by the date at the clinic."""
    return next_review_date is not None and next_review_date.isoformat() < today(time_zone)


def cache_key(request, state):
    """The page's key: 32 hexadecimal digits."""
    parts = (request.path_info, *state, get_language(), request.scheme, build())
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def is_known(key, known):
    """Whether an If-None-Match has the page's ETag, by weak comparison as RFC 9110 (13.1.2) asks."""
    return not {"*", f'"{key}"'}.isdisjoint(tag.removeprefix("W/") for tag in parse_etags(known))


def may_be_kept(request, response, key):
    """Whether this is the page of that key.

    The key is made again: if it changed while the page was rendered, nobody knows which of the two the page shows.
    """
    if response.status_code != 200 or response.cookies:
        return False
    state = state_of(request.path_info)
    return state is not None and cache_key(request, state) == key


def kept_headers(key, response):
    """The headers that are kept with a page."""
    return {name: value for name, value in response.items() if name.lower() not in NOT_KEPT} | shared_headers(key)


def answer(headers, body):
    """A kept page as a response, with the headers just as they were kept.

    They were looked at one by one when the page was rendered; doing so in each request costs half as much as the query.
    """
    response = HttpResponse(body)
    response.headers = dict(headers)
    return response


def shared_headers(key):
    """The headers that full and 304 answers have in common; the ETag is weak, for the forms differ in their bytes."""
    return {"ETag": f'W/"{key}"', "Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
