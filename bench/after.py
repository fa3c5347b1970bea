"""How long many readers wait for a long page that has just been published."""

import concurrent.futures
import threading
import time
from collections.abc import Callable, Mapping

from bench.server import exchange
from treatments.tests.journeys.publisher import publisher

READERS = 40


def answers_after_publishing(
    url: str, slug: str, environment: Mapping[str, str], rounds: int
) -> list[tuple[float, float]]:
    """Publish so often, each time with all readers waiting.

    All ask in the moment in which the publish returns, when no process has rendered the page yet. Gives for each
    publish the seconds until the first of them had an answer, and until the last.
    """
    with publisher(environment, slug) as publish, concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        return [one_publish(url, publish, number, pool) for number in range(1, rounds + 1)]


def one_publish(
    url: str, publish: Callable[[int], None], number: int, pool: concurrent.futures.Executor
) -> tuple[float, float]:
    """The seconds until the first and the last answer after one publish."""
    is_out = threading.Event()

    def ask() -> float:
        is_out.wait()
        exchange(url)
        return time.monotonic()

    waiting = [pool.submit(ask) for _ in range(READERS)]
    publish(number)
    begin = time.monotonic()
    is_out.set()
    seen = [reader.result() - begin for reader in waiting]
    return min(seen), max(seen)
