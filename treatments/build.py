"""Which build of the site this process runs: a digest of everything but the database that decides how a page looks."""

import functools
import hashlib

from django.conf import settings


@functools.cache
def build():
    """Sixteen hexadecimal digits over requirements, templates, code, styles and the settings that pages show."""
    seen = hashlib.sha256(settings.SITE_URL.encode())
    # Another version of a library may write other HTML.
    seen.update((settings.BASE_DIR / "requirements.txt").read_bytes())
    for folder, pattern in (("templates", "*.html"), ("treatments", "*.py"), ("static", "*.*")):
        for path in sorted((settings.BASE_DIR / folder).rglob(pattern)):
            if "tests" not in path.parts:
                seen.update(str(path.relative_to(settings.BASE_DIR)).encode())
                seen.update(path.read_bytes())
    return seen.hexdigest()[:16]
