"""Which build of the site this process runs: a digest of the files and settings that decide how pages look."""

import functools
import hashlib

from django.conf import settings

SOURCES = (
    ("templates", "*.html"),
    ("treatments", "*.py"),
    ("treatments", "*.mo"),
    ("clinic_site", "*.py"),
    ("static", "*.*"),
)
#: Settings that come from the environment and are seen in pages or in their headers.
SHOWN = ("SITE_URL", "LANGUAGE_CODE", "HSTS_INCLUDE_SUBDOMAINS", "HSTS_PRELOAD")


@functools.cache
def build() -> str:
    """The digest, as 16 hexadecimal digits: of requirements, templates, code, catalogues, static files and settings."""
    seen = hashlib.sha256(repr([getattr(settings, name) for name in SHOWN]).encode())
    # Another version of a library may write other HTML.
    seen.update((settings.BASE_DIR / "requirements.txt").read_bytes())
    for folder, pattern in SOURCES:
        for path in sorted((settings.BASE_DIR / folder).rglob(pattern)):
            name = path.relative_to(settings.BASE_DIR)
            if "tests" not in name.parts:
                seen.update(str(name).encode())
                seen.update(path.read_bytes())
    return seen.hexdigest()[:16]
