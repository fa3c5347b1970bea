"""What has to be ready before the site can be served."""

import hashlib
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from treatments import sample


def check_port():
    """CommandError if the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST.strip("[]"), settings.PORT))
        except OSError as fault:
            raise CommandError(
                f"Port {settings.PORT} of {settings.HOST} cannot be used ({fault.strerror}). "
                f"Stop what uses it, or choose another: make run PORT={settings.PORT % 65535 + 1}"
            ) from fault


def prepare(say):
    """Bring database, sample and static files up to date, telling `say` what was done; nothing is overwritten.

    Raises CommandError with what to do if the database or a folder cannot be used.
    """
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
            say("The database is ready.")
        for added in sample.bring():
            say(f"Added {added}.")
    except OperationalError as fault:
        raise CommandError(
            f"The database cannot be used ({' '.join(str(fault).split())}). "
            "Check that DATABASE_URL, or the folder DATA_DIR, can be reached and written."
        ) from fault
    collect_static_files(say)


def collect_static_files(say):
    """Build the static files anew if a source of theirs has changed."""
    stamp = Path(settings.STATIC_ROOT) / ".made-from"
    made_from = static_sources()
    if settings.DEBUG or (stamp.is_file() and stamp.read_text() == made_from):
        return
    try:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(made_from)
    except OSError as fault:
        raise CommandError(
            f"The folder {settings.STATIC_ROOT} cannot be written ({fault.strerror}); "
            "give this user the right to write there."
        ) from fault
    say("The static files are ready.")


def static_sources():
    """A digest over every file that static files are made from, by path, size and content."""
    seen = hashlib.sha256(str(settings.STATIC_URL).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            seen.update(path.encode())
            seen.update(Path(storage.path(path)).read_bytes())
    return seen.hexdigest()
