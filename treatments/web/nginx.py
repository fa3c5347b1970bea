"""What nginx is told that stands in front of the site: its whole configuration, made from the settings.

For readers whom it answers from files (decision 29) it sends the headers that the site itself would send. The folder of
the files is named after what nginx was told, so under an older configuration it finds none, and asks the site.
"""

import hashlib
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_resolver

from clinic_site.logs import TOKEN
from treatments.web.encoding import Headers
from treatments.web.middleware import INDEXED, MOST_BYTES, STAFF_BYTES, hsts, site_headers
from treatments.web.published import CACHE_CONTROL, DECLARED


def headers_of_files() -> Headers:
    """The headers of every page that is sent from a file, but for those that only some have."""
    headers = site_headers() | {"Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
    if settings.IS_HTTPS:
        # No page of a site that is not open is a file.
        headers["Strict-Transport-Security"] = hsts(is_open=True)
    return headers


def unlisted() -> list[str]:
    """Regular expressions for the paths of the published pages that search engines may not show."""
    urls = get_resolver("treatments.urls").url_patterns
    return [
        url.pattern.regex.pattern.replace("^", "^/", 1)
        for url in urls
        if url.callback in DECLARED and f"treatments:{url.name}" not in INDEXED
    ]


def headers_of(path: str) -> Headers:
    """The headers with which nginx sends the page at this path from a file."""
    headers = headers_of_files() | {"Content-Type": "text/html; charset=utf-8"}
    if any(re.match(pattern, path) for pattern in unlisted()):
        headers["X-Robots-Tag"] = "noindex"
    return headers


def mark() -> str:
    """A name for what nginx is told of files: 16 hexadecimal digits, the same in every process with these settings."""
    told = (settings.SITE_URL, sorted(headers_of_files().items()), unlisted())
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Around:
    """What the settings do not say: the two files of TLS, where gunicorn listens, what nginx is made of."""

    certificate: str = ""
    key: str = ""
    #: Host and port, of each machine; none stands for HOST and PORT of this one.
    applications: Sequence[str] = ()
    has_brotli: bool = True


def own_address() -> str:
    """Where gunicorn listens on this machine."""
    host = "127.0.0.1" if settings.HOST in settings.WILDCARDS else settings.HOST_IN_ADDRESSES
    return f"{host}:{settings.PORT}"


def folder_that_is_closed() -> Path | None:
    """The folder on the way to the pages through which nginx, as another user, does not come; None if it does."""
    ways = [settings.PAGES_DIR, *settings.PAGES_DIR.parents] if settings.PAGES_DIR else []
    return next((way for way in ways[::-1] if way.is_dir() and not way.stat().st_mode & stat.S_IXOTH), None)


def configuration(around: Around) -> str:
    """The whole configuration, for a file that nginx includes in its block `http`."""
    site = urlsplit(settings.SITE_URL)
    port = site.port or (443 if settings.IS_HTTPS else 80)
    facts = {
        "site": settings.SITE_URL,
        "is_https": settings.IS_HTTPS,
        "name": settings.ALLOWED_HOSTS[0],
        "port": port,
        # Who types the name of the site alone comes by http first.
        "redirects": settings.IS_HTTPS and port == 443,
        "own_host": re.escape(site.netloc),
        "around": around,
        "applications": around.applications or [own_address()],
        "folder": settings.PAGES_DIR,
        "mark": mark(),
        "headers": headers_of_files(),
        "unlisted": unlisted(),
        "token": TOKEN.pattern,
        "is_first_proxy": settings.TRUSTED_PROXIES < 2,
        "most": MOST_BYTES,
        "most_of_staff": STAFF_BYTES,
    }
    return render_to_string("nginx.conf", facts)
