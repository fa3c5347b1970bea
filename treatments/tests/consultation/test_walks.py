"""Whatever patients, staff, mail and clock do: no letter that is not so, no task without an end, nobody forgotten."""

import pytest
from django.db import connection, transaction

from treatments.tests.walks import Untrue, Walk

STEPS = 8


def walk_all(seeds, clock, monkeypatch):
    """Walk each seed in a database of its own; AssertionError with the seed and its steps for one that fails."""
    for seed in seeds:
        with transaction.atomic():
            walk = Walk(seed, clock, monkeypatch)
            try:
                for _step in range(STEPS):
                    walk.step()
                    walk.look()
            except Untrue as untrue:
                pytest.fail(f"Walk {seed}: {untrue}")
            finally:
                transaction.set_rollback(True)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("share", range(2))
def test_a_hundred_walks_tell_no_lie_and_forget_nobody(share, time_machine, monkeypatch):
    # Others on each database, so that two hundred are walked; `make prove` walks all of them on both.
    first = 50 * share + (100 if connection.vendor == "postgresql" else 0)
    walk_all(range(first, first + 50), time_machine, monkeypatch)


@pytest.mark.prove
@pytest.mark.django_db
@pytest.mark.parametrize("first", range(0, 5000, 500))
def test_five_thousand_walks_tell_no_lie_and_forget_nobody(first, time_machine, monkeypatch):
    walk_all(range(first, first + 500), time_machine, monkeypatch)
