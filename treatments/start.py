"""What has to be ready before the site can be served."""

import contextlib
import errno
import fcntl
import hashlib
import os
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from treatments import sample, static_files

#: What the lock of the database is called that a start takes: any number, as long as it stays.
START = 7_265_841


def check_port():
    """CommandError if the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as fault:
            if fault.errno in (errno.EADDRNOTAVAIL, socket.EAI_NONAME):
                raise CommandError(
                    f"HOST is {settings.HOST}, which is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all."
                ) from fault
            raise CommandError(
                f"Port {settings.PORT} of {settings.HOST} cannot be used ({fault.strerror}). "
                f"Stop what uses it, or choose another: make run PORT={settings.PORT % 65535 + 1}"
            ) from fault


@contextlib.contextmanager
def alone_in(folder):
    """Inside, no other start works in this folder; it waits for its turn. Makes the folder if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def alone_in_database():
    """The same for a database that several machines share; one in a file has its folder."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [START])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [START])


@contextlib.contextmanager
def reachable_database():
    """Inside, a database that cannot be used is a CommandError that says what to do."""
    try:
        yield
    except DatabaseError as fault:
        raise CommandError(
            f"The database cannot be used ({' '.join(str(fault).split())}). "
            "Check that DATABASE_URL, or the folder DATA_DIR, can be reached and written."
        ) from fault


def check_prepared():
    """CommandError if the database is not ready for this version of the site."""
    with reachable_database():
        if not is_up_to_date():
            raise CommandError("The database is not ready. Start the site once with “make run”; it gets it ready.")


def prepare(say):
    """Bring database, sample and static files up to date, telling `say` what was done; nothing is overwritten.

    Raises CommandError with what to do if the database or a folder cannot be used.
    """
    try:
        with reachable_database(), alone_in(settings.DATA_DIR), alone_in_database():
            prepare_database(say)
    except OSError as fault:
        raise CommandError(
            f"The folder {settings.DATA_DIR} cannot be used ({fault.strerror}); "
            "give this user the right to write there, or set DATA_DIR to another folder."
        ) from fault
    collect_static_files(say)


def is_up_to_date():
    """Whether the database has had every migration."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def prepare_database(say):
    if not is_up_to_date():
        call_command("migrate", verbosity=0, interactive=False)
        say("The database is ready.")
    for added in sample.bring():
        say(f"Added {added}.")


def collect_static_files(say):
    """Build the static files anew if a source of theirs has changed."""
    made_from = static_sources()
    if settings.DEBUG or are_collected(made_from):
        return
    try:
        with alone_in(settings.STATIC_ROOT):
            if not are_collected(made_from):
                static_files.collect(settings.STATIC_ROOT)
                stamp().write_text(made_from)
                say("The static files are ready.")
    except OSError as fault:
        raise CommandError(
            f"The folder {settings.STATIC_ROOT} cannot be written ({fault.strerror}); "
            "give this user the right to write there."
        ) from fault


def stamp():
    """The file that says what the static files were made from."""
    return settings.STATIC_ROOT / ".made-from"


def are_collected(made_from):
    return stamp().is_file() and stamp().read_text() == made_from


def static_sources():
    """A digest over every file that static files are made from, by path, size and content."""
    seen = hashlib.sha256(str(settings.STATIC_URL).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            seen.update(path.encode())
            seen.update(Path(storage.path(path)).read_bytes())
    return seen.hexdigest()
