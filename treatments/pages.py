"""Published pages, rendered once: a page is kept under a name that says everything it shows.

The name comes from the database in every request, so once a publish has returned no process finds the old page.
It is edition, clinic, review state, language, scheme and build; it is the ETag too, and 304 needs no page at all.
"""

import datetime
import gzip
import hashlib
import logging
import re
import zoneinfo
from urllib.parse import urlsplit

import brotli
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags

from treatments.build import build

logger = logging.getLogger(__name__)

TREATMENT = re.compile(r"/treatments/([-a-zA-Z0-9_]{1,80})/")
SITE = {"/", "/treatments/", "/privacy/", "/accessibility/"}
CACHE_CONTROL = "public, no-cache"

#: Of a treatment that anyone may read: its newest edition, and what else its page shows of the database.
TREATMENT_STATE = """
    SELECT edition.id, edition.next_review_date, clinic.changed_at, clinic.time_zone
    FROM treatments_treatment AS treatment
    JOIN treatments_edition AS edition ON edition.treatment_id = treatment.id
    LEFT JOIN treatments_clinic AS clinic ON clinic.id = 1
    WHERE treatment.slug = %s
      AND treatment.withdrawn_at IS NULL
    ORDER BY edition.number DESC
    LIMIT 1
"""

#: Of the whole site: the clinic, its newest notice, and figures that differ whenever another set of editions is public.
SITE_STATE = """
    SELECT MAX(clinic.changed_at), (SELECT MAX(id) FROM treatments_notice),
        COUNT(edition.id), MAX(edition.id), SUM(edition.id)
    FROM treatments_clinic AS clinic
    LEFT JOIN treatments_treatment AS treatment ON treatment.withdrawn_at IS NULL
    LEFT JOIN treatments_edition AS edition ON edition.treatment_id = treatment.id
"""

#: Headers that the server writes by itself, or that differ between the forms of a page.
NOT_KEPT = {"content-length", "content-encoding", "date", "etag", "vary", "cache-control"}


def published_pages(get_response):
    """Middleware, to stand first: answers published pages from the store, and lets all other requests pass."""

    own_host = urlsplit(settings.SITE_URL).netloc

    def middleware(request):
        if request.method not in ("GET", "HEAD") or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return get_response(request)
        state = state_of(request.path_info)
        if state is None:
            return get_response(request)
        # From META: request.headers is made anew out of all of them in each request.
        if request.META.get("HTTP_HOST") != own_host:
            # A wrong name of the site is refused here as everywhere: this raises DisallowedHost.
            request.get_host()
        name = name_of(request, state)
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known and is_known(name, known):
            return HttpResponseNotModified(headers=shared_headers(name))
        encoding = best_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        page = from_store(cache.get, f"{name}:{encoding}")
        if page is None:
            response = get_response(request)
            if response.status_code != 200 or response.cookies:
                return response
            page = keep(name, response)[encoding]
        headers, body = page
        return answer(headers, b"" if request.method == "HEAD" else body)

    return middleware


def state_of(path):
    """What the page at this address rests on, read in one query; None if it is not a published page."""
    found = TREATMENT.fullmatch(path)
    if found:
        return treatment_state(found[1])
    return site_state() if path in SITE else None


def treatment_state(slug):
    """Edition, clinic's last change and whether the review has run out; None if there is nothing to read."""
    row = one_row(TREATMENT_STATE, slug)
    if row is None:
        return None
    edition, next_review_date, changed_at, time_zone = row
    return edition, changed_at, next_review_date is not None and str(next_review_date) < today(time_zone)


def site_state():
    """What the pages about the clinic and its treatments rest on: the clinic, notices, which editions are public."""
    return one_row(SITE_STATE)


def one_row(statement, *parameters):
    """The first row of a statement. Written by hand: the ORM takes ten times as long to write it as to run it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def today(time_zone):
    """The date in a time zone, as ISO text."""
    zone = zoneinfo.ZoneInfo(time_zone) if time_zone else datetime.UTC
    return timezone.now().astimezone(zone).date().isoformat()


def is_overdue(next_review_date, time_zone):
    """Whether the review has run out, by the date at the clinic."""
    return next_review_date is not None and next_review_date.isoformat() < today(time_zone)


def name_of(request, state):
    """The page's name: 32 hexadecimal digits."""
    parts = (request.path_info, *state, settings.LANGUAGE_CODE, request.scheme, build())
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def is_known(name, known):
    """Whether an If-None-Match has the page's ETag, by weak comparison as RFC 9110 (13.1.2) asks."""
    return not {"*", f'"{name}"'}.isdisjoint(tag.removeprefix("W/") for tag in parse_etags(known))


def best_encoding(accepted):
    """br, gzip or identity: the smallest form that the browser takes."""
    weights = {}
    for item in accepted.lower().split(","):
        coding, _separator, parameters = item.partition(";")
        weights[coding.strip()] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    for coding in ("br", "gzip"):
        if weights.get(coding, weights.get("*", False)):
            return coding
    return "identity"


def keep(name, response):
    """Store the rendered page in every encoding with the headers of each, and return the forms."""
    text = response.content
    bodies = {
        "identity": text,
        "gzip": gzip.compress(text, 9, mtime=0),
        "br": brotli.compress(text, mode=brotli.MODE_TEXT, quality=11),
    }
    kept = {key: value for key, value in response.items() if key.lower() not in NOT_KEPT} | shared_headers(name)
    forms = {}
    for encoding, body in bodies.items():
        coding = {} if encoding == "identity" else {"Content-Encoding": encoding}
        forms[encoding] = {**kept, **coding, "Content-Length": str(len(body))}, body
    from_store(cache.set_many, {f"{name}:{encoding}": page for encoding, page in forms.items()})
    return forms


def answer(headers, body):
    """A kept page as a response, with the headers just as they were kept.

    They were looked at one by one when the page was rendered; doing so in each request costs half as much as the query.
    """
    response = HttpResponse(body)
    response.headers = headers
    return response


def from_store(operation, argument):
    """What the store answers; None if it does not, for every page can be rendered anew."""
    try:
        return operation(argument)
    except Exception as fault:
        # Each kind of store has faults of its own, and readers shall see none of them.
        logger.error("The store of pages does not answer, so pages are rendered anew each time: %s", fault)
        return None


def shared_headers(name):
    """The headers that full and 304 answers have in common."""
    return {"ETag": etag_of(name), "Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}


def etag_of(name):
    """The page's ETag; weak, because the forms of a page differ in their bytes."""
    return f'W/"{name}"'
