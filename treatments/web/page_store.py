"""Rendered pages under their cache keys: a copy in each process, and one that processes share if there is a Redis.

A key says everything that its page shows, so nothing here is ever out of date, and all of it may be lost.
"""

import collections
import contextlib
import logging
import math
import threading
import time

from treatments.web.encoding import pressed

logger = logging.getLogger(__name__)

#: What the pages of one process may take, in bytes: a long article has about 350 KB in all its encodings.
MOST_BYTES = 32 * 1024 * 1024
#: How long a reader waits for a page that somebody else renders, in seconds; so long is a claim to render it good.
PATIENCE = 3
#: How often they look whether it is there, in seconds.
LOOK = 0.05
#: How long a shared cache that failed is left alone, in seconds.
REST = 10
#: Failures that follow one another within so many seconds are one trouble, and one line in the log.
SAME_TROUBLE = 600


def in_background(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()


class PageStore:
    """What has been rendered, and whose turn it is to render what has not.

    A page is {encoding: (headers, body)}, as treatments.web.encoding makes it.
    """

    def __init__(self, cache, *, most_bytes=MOST_BYTES, patience=PATIENCE, later=in_background):
        self.copies = Copies(most_bytes)
        self.shared = SharedCopies(cache, patience)
        self.patience = patience
        self.later = later
        self.turns = {}
        self.pressing = threading.Lock()

    def get(self, key):
        """The page if this process has it, else None."""
        return self.copies.get(key)

    @contextlib.contextmanager
    def turn(self, key):
        """Inside, nobody else renders the page under this key; gives the page if one is there by now, else None.

        Nobody waits long: if whoever has the turn is slow, or died, the page is rendered without it.
        """
        mine = threading.Event()
        until = time.monotonic() + self.patience
        while (theirs := self.turns.setdefault(key, mine)) is not mine:
            is_over = theirs.wait(max(0, until - time.monotonic()))
            page = self.copies.get(key)
            if page or not is_over:
                yield page
                return
        try:
            yield self.copies.get(key) or self.from_elsewhere(key, until)
        finally:
            del self.turns[key]
            mine.set()
            if self.copies.get(key) is None:
                self.shared.give_up(key)

    def from_elsewhere(self, key, until):
        """The page as another process rendered it; None, by then at the latest, if this one has to."""
        while time.monotonic() < until:
            page = self.shared.get(key)
            if page:
                self.copies.put(key, page)
                return page
            if self.shared.claim(key):
                return None
            time.sleep(LOOK)
        return None

    def keep(self, key, page):
        """Store a page that was just rendered, and return it; it is made smaller while readers have it already."""
        self.put(key, page)
        self.later(self.press, key, page)
        return page

    def put(self, key, page):
        self.copies.put(key, page)
        self.shared.put(key, page)

    def press(self, key, page):
        """Put the smallest form that can be made in the place of the quick one; one page at a time."""
        with self.pressing:
            self.put(key, pressed(page))

    def clear(self):
        """Forget every page, for tests."""
        self.copies.clear()
        self.shared.cache.clear()


class Copies:
    """The pages of this process that were read last, up to so many bytes."""

    def __init__(self, most_bytes):
        self.most_bytes = most_bytes
        self.pages = collections.OrderedDict()
        self.bytes = 0
        self.lock = threading.Lock()

    def get(self, key):
        with self.lock:
            page = self.pages.get(key)
            if page is not None:
                self.pages.move_to_end(key)
            return page

    def put(self, key, page):
        """Add the page, and let go of those that nobody has read for longest."""
        with self.lock:
            self.drop(key)
            self.pages[key] = page
            self.bytes += size_of(page)
            while self.bytes > self.most_bytes:
                self.drop(next(iter(self.pages)))

    def drop(self, key):
        page = self.pages.pop(key, None)
        if page is not None:
            self.bytes -= size_of(page)

    def clear(self):
        with self.lock:
            self.pages.clear()
            self.bytes = 0


def size_of(page):
    """The bytes of a page's bodies; its headers are nothing beside them."""
    return sum(len(body) for _headers, body in page.values())


class SharedCopies:
    """The pages in a cache that other processes read too. It may be away, hang or be full: no reader notices."""

    def __init__(self, cache, patience):
        self.cache = cache
        self.patience = patience
        #: The last moment at which it failed, on the monotonic clock.
        self.failed_at = -math.inf
        self.lock = threading.Lock()

    def get(self, key):
        return self.ask(self.cache.get, key)

    def put(self, key, page):
        self.ask(self.cache.set, key, page)

    def claim(self, key):
        """Whether this process is to render the page: no other has said so a short time ago."""
        return self.ask(self.cache.add, f"{key}:claim", 1, self.patience) is not False

    def give_up(self, key):
        """Let another process render the page."""
        self.ask(self.cache.delete, f"{key}:claim")

    def ask(self, function, *arguments):
        """What the cache answers; None if it fails, and for a while after it failed."""
        if time.monotonic() < self.failed_at + REST:
            return None
        try:
            return function(*arguments)
        except Exception as error:
            # Each kind of cache has errors of its own, and readers shall see none of them.
            self.note(error)
            return None

    def note(self, error):
        """Log the error, unless it belongs to a trouble that was logged before."""
        with self.lock:
            now = time.monotonic()
            is_new = now > self.failed_at + SAME_TROUBLE
            self.failed_at = now
        if is_new:
            logger.error("The cache of CACHE_URL fails, so each process uses its own copies of pages: %s", error)
