"""Pages that were answered become files, from which a proxy answers the next readers (decision 29).

A page is written only while the clinic's row is held and the page's state is still the one that was rendered. Whoever
changes a page writes that row first, then takes the files away, and only then is the change done
(`Clinic.objects.touch`). So the files are written before the change, and taken away by it, or after it, and then the
state is another one.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from clinic_site.page_files import PageFiles, page_files
from treatments.models import Clinic
from treatments.web import nginx
from treatments.web.build import build
from treatments.web.encoding import Page
from treatments.web.middleware import is_not_open, site_headers
from treatments.web.page_store import PageStore

logger = logging.getLogger(__name__)

#: Headers that nginx makes itself, for each encoding.
OF_AN_ENCODING = {"ETag", "Content-Length"}


class Filling:
    """Writes a process's pages as files, in the background.

    `key_at` reads the key of the page at a path, for a scheme, from the database.
    """

    def __init__(self, store: PageStore, key_at: Callable[[str, str], str | None]) -> None:
        self.store = store
        self.key_at = key_at
        #: The keys that were looked after in this minute of the clock; a quarter of an hour begins with a minute.
        self.minute = 0
        self.looked_after: set[str] = set()
        self.fails = False

    def offer(self, path: str, key: str) -> None:
        """Have the page written if its file is not there; asked at every answer, it looks once a minute."""
        minute = int(time.time() // 60)
        if minute != self.minute:
            self.minute, self.looked_after = minute, set()
        if key not in self.looked_after and self.store.get(key):
            self.looked_after.add(key)
            self.store.later(self.fill, path, key)

    def fill(self, path: str, key: str) -> None:
        """Write the page if it may be a file and is none yet. What goes wrong is logged once until it goes well."""
        files = page_files()
        page = self.store.smallest(key)
        if files is None or page is None or not is_sent_alike(path, page):
            return
        try:
            self.write(files, path, key, page)
            self.fails = False
        except (OSError, DatabaseError) as error:
            if not self.fails:
                logger.error("Pages cannot be written into %s, so the site answers itself: %s", files.folder, error)
            self.fails = True

    def write(self, files: PageFiles, path: str, key: str, page: Page) -> None:
        """Write the page unless it is there. Raises OSError and DatabaseError."""
        mark, scheme = nginx.mark(), "https" if settings.IS_HTTPS else "http"
        if files.place(mark, timezone.now(), path).joinpath("index.html").exists():
            return
        bodies = {encoding: body for encoding, (_headers, body) in page.items()}
        with files.beside(bodies, key) as made:
            with transaction.atomic():
                clinic = Clinic.objects.locked()
                # The moment before the state: at midnight rather a new page in an old quarter than the other way.
                now = timezone.now()
                if not is_not_open(clinic) and files.belong_to(build()):
                    place = files.place(mark, now, path)
                    files.move_in(made, place, lambda: self.is_current(files, path, scheme, key))
            files.drop_past(mark, now)

    def is_current(self, files: PageFiles, path: str, scheme: str, key: str) -> bool:
        """Whether the database and the folder are still those for which the page was rendered."""
        return files.belong_to(build()) and self.key_at(path, scheme) == key


def is_sent_alike(path: str, page: Page) -> bool:
    """Whether nginx would send the page with the very headers with which the site does."""
    headers, _body = page["identity"]
    # The middleware adds the security headers to whatever lacks them.
    sent = site_headers() | {name: value for name, value in headers.items() if name not in OF_AN_ENCODING}
    return sent == nginx.headers_of(path)
