"""Rendered pages by their cache keys: each process has copies of its own, and with a Redis all share one more.

A page that changes gets another key, so no copy is ever out of date. Copies can be lost: they are rendered again.
"""

import collections
import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.cache import BaseCache
from django.db import connections

from treatments.web.encoding import Page, pressed

logger = logging.getLogger(__name__)

#: What the pages of one process may take, in bytes: a long article has about 350 KB in all its encodings.
MOST_BYTES = 32 * 1024 * 1024
#: How long a reader waits for a page that another request renders, in seconds. After that the claim to render it is
#: not valid any more, and others may claim it.
PATIENCE = 3
#: How long a waiting reader sleeps before looking again whether the page is there, in seconds.
LOOK = 0.05
#: How long nothing is asked of a shared cache that failed, in seconds.
REST = 10
#: A failure is logged only if there was none in so many seconds before it.
SAME_TROUBLE = 600


def in_background(function: Callable[..., object], *arguments: object) -> None:
    """Call the function in a thread of its own, which the end of the process does not wait for."""

    def call() -> None:
        try:
            function(*arguments)
        finally:
            # Each thread has connections to the database of its own.
            connections.close_all()

    threading.Thread(target=call, daemon=True).start()


class PageStore:
    """The rendered pages, and which request is to render a page that is not there yet.

    `cache` is the one that processes may share, `patience` the seconds that a reader waits for another request, and
    `later` calls a function without anybody waiting for it.
    """

    def __init__(
        self,
        cache: BaseCache,
        *,
        most_bytes: int = MOST_BYTES,
        patience: float = PATIENCE,
        later: Callable[..., object] = in_background,
    ) -> None:
        self.copies = Copies(most_bytes)
        self.shared = SharedCopies(cache, patience)
        self.patience = patience
        self.later = later
        #: For each key whose page is rendered now, what is set as soon as that is done.
        self.turns: dict[str, threading.Event] = {}
        #: Held by whoever compresses a page as far as possible.
        self.pressing = threading.Lock()

    def get(self, key: str) -> Page | None:
        """The page if this process has a copy, else None."""
        return self.copies.get(key)

    @contextlib.contextmanager
    def turn(self, key: str) -> Iterator[Page | None]:
        """A context in which no other request renders the page of this key.

        It gives the page if another request has rendered it meanwhile; else None, and the caller has to render it.
        Nobody waits longer than `patience`: after that the caller renders the page although another may be doing so.
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

    def from_elsewhere(self, key: str, until: float) -> Page | None:
        """The page as another process rendered it, waiting for it until this moment on the monotonic clock.

        None as soon as this process is the one to render it, and when the time is over.
        """
        while time.monotonic() < until:
            page = self.shared.get(key)
            if page:
                self.copies.put(key, page)
                return page
            if self.shared.claim(key):
                return None
            time.sleep(LOOK)
        return None

    def keep(self, key: str, page: Page) -> Page:
        """Store a page that was just rendered, and return it; in the background it is compressed further."""
        self.put(key, page)
        self.later(self.press, key, page)
        return page

    def put(self, key: str, page: Page) -> None:
        """Store a page here and in the shared cache."""
        self.copies.put(key, page)
        self.shared.put(key, page)

    def press(self, key: str, page: Page) -> None:
        """Compress the page as far as brotli can, and store that instead; one page at a time, for it takes long."""
        with self.pressing:
            self.put(key, pressed(page))

    def smallest(self, key: str) -> Page | None:
        """The page if this process has a copy, after waiting for one that is being compressed further."""
        with self.pressing:
            return self.copies.get(key)

    def clear(self) -> None:
        """Forget every page, for tests."""
        self.copies.clear()
        self.shared.cache.clear()


class Copies:
    """This process's copies: the pages that were read last, up to `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        #: By key, the one that was read last at the end.
        self.pages: collections.OrderedDict[str, Page] = collections.OrderedDict()
        self.bytes = 0
        self.lock = threading.Lock()

    def get(self, key: str) -> Page | None:
        """The page, which is then the one that was read last; None without a copy."""
        with self.lock:
            page = self.pages.get(key)
            if page is not None:
                self.pages.move_to_end(key)
            return page

    def put(self, key: str, page: Page) -> None:
        """Add the page; while there are too many bytes, drop the page that has not been read for the longest time."""
        with self.lock:
            self.drop(key)
            self.pages[key] = page
            self.bytes += size_of(page)
            while self.bytes > self.most_bytes:
                self.drop(next(iter(self.pages)))

    def drop(self, key: str) -> None:
        """Remove the page if it is there; whoever calls this holds the lock."""
        page = self.pages.pop(key, None)
        if page is not None:
            self.bytes -= size_of(page)

    def clear(self) -> None:
        """Remove every page."""
        with self.lock:
            self.pages.clear()
            self.bytes = 0


def size_of(page: Page) -> int:
    """The bytes of a page's bodies; its headers are so small that they are not counted."""
    return sum(len(body) for _headers, body in page.values())


class SharedCopies:
    """The copies in a cache that all processes share. If it is away, hangs or is full, pages are served without it."""

    def __init__(self, cache: BaseCache, patience: float) -> None:
        self.cache = cache
        self.patience = patience
        #: The last moment at which it failed, on the monotonic clock.
        self.failed_at = -math.inf
        self.lock = threading.Lock()

    def get(self, key: str) -> Page | None:
        """The page if the cache has it and answers, else None."""
        page: Page | None = self.ask(self.cache.get, key)
        return page

    def put(self, key: str, page: Page) -> None:
        """Store the page, for as long as CACHES says."""
        self.ask(self.cache.set, key, page)

    def claim(self, key: str) -> bool:
        """Whether this process is to render the page: True unless another claimed it in the last `patience` seconds."""
        return self.ask(self.cache.add, f"{key}:claim", 1, self.patience) is not False

    def give_up(self, key: str) -> None:
        """Take the claim back, so that another process may render the page."""
        self.ask(self.cache.delete, f"{key}:claim")

    def ask(self, function: Callable[..., Any], *arguments: object) -> Any:
        """What the cache answers; None if it fails, and for REST seconds after it failed."""
        if time.monotonic() < self.failed_at + REST:
            return None
        try:
            return function(*arguments)
        except Exception as error:
            # Each kind of cache has errors of its own, and readers shall see none of them.
            self.note(error)
            return None

    def note(self, error: Exception) -> None:
        """Log the error, unless the cache failed shortly before, which was logged then."""
        with self.lock:
            now = time.monotonic()
            is_new = now > self.failed_at + SAME_TROUBLE
            self.failed_at = now
        if is_new:
            logger.error("The cache of CACHE_URL fails, so each process uses its own copies of pages: %s", error)
