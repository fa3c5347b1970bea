"""Waiting for what another process, a thread or a browser does: the one place in which a test lets time pass.

What can be told by an event, or has a limit that can be set small, does not need it.
"""

import time

from django.core.signing import b62_decode

from treatments.forms.guarded import SHORTEST_TIME

#: Between one look and the next, in seconds.
PAUSE = 0.05
#: How long something may take on a slow machine, in seconds; only a failure takes as long.
PATIENCE = 240


def until(happened, patience=PATIENCE):
    """Look again and again until something has happened; what the last look gave.

    `patience` is in seconds. AssertionError once they are over.
    """
    deadline = time.monotonic() + patience
    while not (found := happened()):
        assert time.monotonic() < deadline, f"did not happen within {patience} seconds"
        time.sleep(PAUSE)
    return found


def may_be_sent(form_key):
    """Whether the form with this key was open long enough: what is sent sooner is taken for a machine's."""
    _key, given_out_at, _signature = form_key.split(":")
    return time.time() - b62_decode(given_out_at) > SHORTEST_TIME.total_seconds()
