"""What has to be ready before the site can be served."""

import contextlib
import errno
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    connection,
)
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

from clinic_site.page_files import page_files
from clinic_site.private_files import alone_in, make_private
from treatments.accounts.staff import give_account
from treatments.running import database_file, sample, upgrades
from treatments.running.backups import switch
from treatments.running.key import keep_key
from treatments.web import static_files
from treatments.web.build import build

#: To whom a start tells what it does, in words.
Say = Callable[[str], object]
#: The number of the lock that a start takes in the database: any, as long as it stays the same.
START = 7_265_841
#: How long a start waits for its port, in seconds: longer than a web server takes to end.
PATIENCE = 15


def check_port(say: Say) -> None:
    """Wait until the address is free, and tell `say` so. Raises CommandError if it cannot be listened on.

    A site that was killed and is started again finds its old web server still answering the last requests.
    """
    deadline = time.monotonic() + PATIENCE
    has_said = False
    while error := trouble_with_port():
        if error.errno in (errno.EADDRNOTAVAIL, socket.EAI_NONAME):
            raise CommandError(
                f"HOST is {settings.HOST}, which is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all."
            ) from error
        if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            raise CommandError(
                f"Port {settings.PORT} of {settings.HOST} cannot be used ({error.strerror}). "
                f"Stop what uses it, or choose another: make run PORT={settings.PORT % 65535 + 1}"
            ) from error
        if not has_said:
            say(f"Port {settings.PORT} of {settings.HOST} is in use; waiting up to {PATIENCE} seconds for it.")
            has_said = True
        time.sleep(0.2)


def trouble_with_port() -> OSError | None:
    """The OSError with which the address cannot be listened on; None if it can."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
            probe.listen()
        except OSError as error:
            return error
    return None


@contextlib.contextmanager
def alone_in_database() -> Iterator[None]:
    """Inside, no other start works on a database that several machines share; for one in a file, its folder is held."""
    if connection.vendor != "postgresql":
        yield
        return
    without_limits = connection.without_limits  # type: ignore[attr-defined]  # clinic_site.postgresql has it.
    with without_limits(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [START])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [START])


@contextlib.contextmanager
def reachable_database() -> Iterator[None]:
    """Inside, a database that cannot be used raises CommandError, which says what to do."""
    try:
        yield
    except (DatabaseError, ImproperlyConfigured, UnicodeDecodeError) as error:
        raise CommandError(
            f"The database cannot be used ({' '.join(str(error).split())}). "
            "Check that DATABASE_URL, or the folder DATA_DIR, can be reached and written."
        ) from error


def check_prepared() -> None:
    """Raise CommandError if the database is not ready for this version of the site."""
    file = database_file.path()
    with reachable_database():
        # Looked for as a file first: only to connect to it would make an empty one.
        if (file and not file.exists()) or not is_up_to_date():
            raise CommandError("The database is not ready. Start the site once with “make run”; it gets it ready.")


def check_key() -> None:
    """Raise CommandError in a process that would sign with a key of its own, which nobody else knows."""
    if not settings.HAS_KEPT_KEY:
        raise CommandError("There is no secret key yet. Start the site once with “make run”; it makes one.")


def prepare(say: Say, *, first_account: str | None = None, takes_new_key: bool = False) -> str | None:
    """Bring database, key, sample and static files up to date, telling `say` what was done; nothing is overwritten.

    With the name of a `first_account`, make it on a site without any account and return its password; else return None.
    With `takes_new_key`, go on with another key than the one with which patients' links were signed: they open nothing
    then.
    Raises CommandError with what to do if the database or a folder cannot be used.
    """
    try:
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(settings.DATA_DIR)
        with reachable_database(), alone_in(settings.DATA_DIR):
            switch.finish()
            begin_with_no_page_files()
            check_database_file(say)
            with alone_in_database():
                password = prepare_database(say, first_account, takes_new_key)
    except OSError as error:
        raise CommandError(
            f"The folder {settings.DATA_DIR} cannot be used ({error.strerror}); "
            "give this user the right to write there, or set DATA_DIR to another folder."
        ) from error
    collect_static_files(say)
    if settings.METRICS_TOKEN:
        clear_counts(settings.METRICS_FOLDER)
    return password


def clear_counts(folder: Path) -> None:
    """Remove what the processes of an earlier start counted; the folder is made if it is not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)


def begin_with_no_page_files() -> None:
    """Take away pages that are files: of another build, or of a database before it was restored."""
    files = page_files()
    try:
        if files:
            files.claim(build())
    except OSError as error:
        raise CommandError(
            f"The folder {settings.PAGES_DIR} cannot be used ({error.strerror}); "
            "give this user the right to write there, or set PAGES_DIR to another folder."
        ) from error


def check_database_file(say: Say) -> None:
    """Keep a database in a file from other users, and tell `say` if it is a copy without what was written last."""
    file = database_file.path()
    if file is None:
        return
    if database_file.lacks_its_wal(file):
        say(
            f"CAREFUL: {file} stands without the -wal file that it had, so what was written last is missing. If it was "
            "copied from a running site, copy it once more, as docs/configuration.md says under “Copies”."
        )
    database_file.make_files_private(file)


def is_up_to_date() -> bool:
    """Whether the database has had every migration."""
    return not migration_plan()


def migration_plan() -> list[tuple[Migration, bool]]:
    """(migration, whether it goes backwards) for each that the database has not had yet, in order."""
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def prepare_database(say: Say, first_account: str | None, takes_new_key: bool) -> str | None:
    """Bring the tables, the sample and the key up to date; returns the password of a first account, as prepare does."""
    if plan := migration_plan():
        upgrade(say, plan)
    for added in sample.bring():
        say(f"Added {added}.")
    keep_key(say, takes_new_key)
    if first_account is None or get_user_model().objects.exists():
        return None
    return give_account(first_account)


def upgrade(say: Say, plan: list[tuple[Migration, bool]]) -> None:
    """Run the migrations; then write a database that was there anew, without what was ever erased from it."""
    was_there = "treatments_clinic" in connection.introspection.table_names()
    if was_there and upgrades.FIRST_LIMITS in [(step.app_label, step.name) for step, _backwards in plan]:
        upgrades.make_fit()
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except (IntegrityError, DataError, ProgrammingError, NotSupportedError) as error:
        step, _backwards = migration_plan()[0]
        raise CommandError(
            f"The upgrade of the database stopped at its step {step} ({' '.join(str(error).split())}), because of what "
            "is stored. That step changed nothing. Start the version that ran before, and have this mended first."
        ) from error
    say("The database is ready.")
    if was_there and database_file.path():
        try:
            database_file.rebuild()
        except OperationalError as error:
            say(f"The database could not be written anew after its upgrade ({error}); it works without that.")


def collect_static_files(say: Say) -> None:
    """Build the static files anew if a source of theirs has changed."""
    made_from = static_sources()
    if settings.DEBUG or are_collected(made_from):
        return
    try:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        with alone_in(settings.STATIC_ROOT):
            if not are_collected(made_from):
                static_files.collect(settings.STATIC_ROOT)
                stamp().write_text(made_from)
                say("The static files are ready.")
    except OSError as error:
        raise CommandError(
            f"The folder {settings.STATIC_ROOT} cannot be written ({error.strerror}); "
            "give this user the right to write there."
        ) from error


def stamp() -> Path:
    """The file that says what the static files were made from."""
    return settings.STATIC_ROOT / ".made-from"


def are_collected(made_from: str) -> bool:
    """Whether the static files were made from just these sources, by their digest."""
    return stamp().is_file() and stamp().read_text() == made_from


def static_sources() -> str:
    """A digest over every file that static files are made from, by path, size and content."""
    seen = hashlib.sha256(str(settings.STATIC_URL).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            seen.update(path.encode())
            seen.update(Path(storage.path(path)).read_bytes())
    return seen.hexdigest()
