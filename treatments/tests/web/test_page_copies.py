"""A page is rendered once, whoever asks for it at the same moment; copies take so much room and no more."""

import socket
import threading

import pytest
from django.core.cache.backends.redis import RedisCache

from clinic_site import backends
from treatments.web.page_store import REST, SAME_TROUBLE, PageStore


class SharedMemory:
    """A cache as other processes see it; `errors` holds the operations that fail."""

    def __init__(self):
        self.values, self.errors, self.asked = {}, set(), []

    def ask(self, operation):
        self.asked.append(operation)
        if operation in self.errors:
            raise ConnectionError(f"cannot {operation}")

    def get(self, key):
        self.ask("get")
        return self.values.get(key)

    def set(self, key, value):
        self.ask("set")
        self.values[key] = value

    def add(self, key, value, timeout):
        self.ask("add")
        if key in self.values:
            return False
        self.values[key] = value
        return True

    def delete(self, key):
        self.ask("delete")
        self.values.pop(key, None)


@pytest.fixture
def cache():
    return SharedMemory()


@pytest.fixture
def make_store(cache):
    """A process's store of pages, on the cache that all share."""

    def make(**options):
        return PageStore(cache, later=lambda *call: None, **options)

    return make


def page_of(size):
    return {"identity": ({"Content-Length": str(size)}, b"x" * size)}


def read(store, key, render):
    """The page as the middleware gets it."""
    page = store.get(key)
    if page is None:
        with store.turn(key) as page:
            if page is None:
                page = store.keep(key, render())
    return page


class TestAPageThatManyAskForAtOnce:
    def test_is_rendered_once_in_a_process(self, make_store):
        store, rendered, got = make_store(), [], []
        is_rendering, may_end = threading.Event(), threading.Event()

        def render():
            rendered.append(threading.get_ident())
            is_rendering.set()
            assert may_end.wait(10)
            return page_of(10)

        readers = [threading.Thread(target=lambda: got.append(read(store, "key", render))) for _ in range(8)]
        readers[0].start()
        assert is_rendering.wait(10)
        for reader in readers[1:]:
            reader.start()
        may_end.set()
        for reader in readers:
            reader.join(10)

        assert len(rendered) == 1
        assert got == [page_of(10)] * 8
        assert store.turns == {}

    def test_is_rendered_once_by_all_processes(self, make_store):
        one, other, got = make_store(), make_store(), []
        with one.turn("key") as page:
            assert page is None
            reader = threading.Thread(target=lambda: got.append(read(other, "key", lambda: page_of(99))))
            reader.start()
            one.keep("key", page_of(10))
        reader.join(10)

        assert got == [page_of(10)]

    def test_is_taken_from_another_process_that_rendered_it_before(self, make_store):
        read(make_store(), "key", lambda: page_of(10))

        assert read(make_store(), "key", lambda: 1 / 0) == page_of(10)

    def test_is_rendered_by_the_next_if_the_first_fails(self, make_store):
        store = make_store()
        with pytest.raises(ZeroDivisionError):
            read(store, "key", lambda: 1 / 0)

        assert read(store, "key", lambda: page_of(10)) == page_of(10)
        assert read(make_store(), "key", lambda: 1 / 0) == page_of(10)

    def test_is_not_waited_for_long_if_the_process_that_renders_it_died(self, make_store, cache):
        cache.add("key:claim", 1, 3)

        assert read(make_store(patience=0.05), "key", lambda: page_of(10)) == page_of(10)

    def test_is_not_waited_for_long_if_the_thread_that_renders_it_hangs(self, make_store):
        store, got = make_store(patience=0.05), []
        with store.turn("key"):
            reader = threading.Thread(target=lambda: got.append(read(store, "key", lambda: page_of(10))))
            reader.start()
            reader.join(10)

            assert got == [page_of(10)]


class TestTheCopiesOfAProcess:
    def test_take_so_many_bytes_and_no_more(self, make_store, cache):
        cache.errors = {"get", "set", "add", "delete"}
        store = make_store(most_bytes=250)
        for key in ("one", "two"):
            store.keep(key, page_of(100))
        assert store.get("one")

        store.keep("three", page_of(100))

        # The one that was read last but for those stays.
        assert [bool(store.get(key)) for key in ("one", "two", "three")] == [True, False, True]
        assert store.copies.bytes == 200

    def test_count_a_page_that_is_put_anew_once(self, make_store):
        store = make_store(most_bytes=250)
        for _time in range(10):
            store.keep("one", page_of(100))

        assert store.copies.bytes == 100

    def test_leave_out_a_page_that_is_larger_than_all_of_them(self, make_store):
        store = make_store(most_bytes=250)

        assert read(store, "one", lambda: page_of(300)) == page_of(300)
        assert (store.get("one"), store.copies.bytes) == (None, 0)


class Clock:
    """Stands in for the module `time`: its hand is moved by the test."""

    now = 0

    def monotonic(self):
        return self.now


class TestASharedCacheInTrouble:
    @pytest.fixture
    def clock(self, monkeypatch):
        clock = Clock()
        monkeypatch.setattr("treatments.web.page_store.time", clock)
        return clock

    @pytest.fixture(params=[{"get", "set", "add", "delete"}, {"set", "add"}], ids=["away", "full"])
    def _trouble(self, cache, request):
        cache.errors = request.param

    @pytest.mark.usefixtures("_trouble")
    def test_is_left_alone_for_a_while_and_said_once(self, make_store, cache, caplog):
        store = make_store()

        for key in range(20):
            assert read(store, key, lambda: page_of(10)) == page_of(10)
            assert store.get(key) == page_of(10)

        assert len(cache.asked) <= 2
        assert len(caplog.records) == 1
        assert "The cache of CACHE_URL fails" in caplog.text

    @pytest.mark.usefixtures("_trouble")
    def test_is_said_once_however_long_it_lasts_and_used_again_when_it_is_over(self, make_store, cache, caplog, clock):
        store = make_store()
        for key in range(20):
            clock.now += REST + 1
            read(store, key, lambda: page_of(10))
        assert len(cache.asked) >= 20
        assert len(caplog.records) == 1

        cache.errors = set()
        clock.now += REST + 1
        read(store, 20, lambda: page_of(10))

        assert read(make_store(), 20, lambda: 1 / 0) == page_of(10)

    @pytest.mark.usefixtures("_trouble")
    def test_is_said_again_when_it_comes_back(self, make_store, cache, caplog, clock):
        store = make_store()
        for key in range(3):
            clock.now += SAME_TROUBLE + 1
            read(store, key, lambda: page_of(10))

        assert len(caplog.records) == 3

    def test_may_hang(self, caplog):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            options = backends.cache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
            store = PageStore(RedisCache(options["LOCATION"], options), later=lambda *call: None)

            assert read(store, "key", lambda: page_of(10)) == page_of(10)

        assert options["OPTIONS"]["socket_timeout"] <= 0.5
        assert len(caplog.records) == 1

    def test_keeps_no_page_for_ever(self):
        assert backends.cache("redis://127.0.0.1/0")["TIMEOUT"] == 24 * 3600
