"""The site as `make run` serves it, on a free port."""

import contextlib
import os
import subprocess
import sys
import threading

from django.conf import settings

from treatments.tests.postgres import free_port
from treatments.tests.waiting import PATIENCE


def start(folder, port, *, without=(), **variables):
    """Start to serve with the data in this folder; the process, whose output is to be read.

    `variables` are added to the environment, `without` names those that are left out of it.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", *without)}
    ours = {"PORT": str(port), "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=settings.BASE_DIR,
        env={**kept, **ours, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextlib.contextmanager
def serving(folder, *, without=(), **variables):
    """Serve with its data in this folder; gives the process, its port, and what it said until it was up.

    What else is given is for the environment, as for start. AssertionError if it does not end in order when it is
    told to.
    """
    port = free_port()
    process = start(folder, port, without=without, **variables)
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    watchdog.cancel()
    # So that it never waits for someone to read what else it has to say.
    reader = threading.Thread(target=process.stdout.read)
    reader.start()
    try:
        yield process, port, said
    finally:
        process.terminate()
        status = process.wait(40)
        reader.join()
        process.stdout.close()
    assert status == 0
