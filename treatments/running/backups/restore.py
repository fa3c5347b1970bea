"""Bringing a backup back: all is unpacked, checked and brought up to date beside the data, and then takes its place."""

import datetime
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from clinic_site import journal
from clinic_site.private_files import alone_in
from treatments.models import Clinic, ConsultationRequest
from treatments.running import database_file
from treatments.running.backups import afterwards, archive, database, switch
from treatments.running.backups.make import Say
from treatments.running.backups.sealed import DAMAGED, Refused
from treatments.running.key import mark_of
from treatments.running.start import migration_plan, upgrade


def restore(path: Path, say: Say, is_sure: Callable[[str], bool]) -> bool:
    """Put a backup in the place of all that the site holds; whether that was done.

    `is_sure` is asked first, with a sentence that says what would be lost, if the site holds anything. Raises
    CommandError with what to do for a file that is no backup for this site, or damaged, and for a site that runs; then
    nothing was touched.
    """
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with alone_in(settings.DATA_DIR):
            switch.finish()
            check_stopped()
            staged = settings.DATA_DIR / switch.RESTORING
            staged.mkdir(mode=0o700)
            try:
                return put_back(path, staged, say, is_sure)
            finally:
                shutil.rmtree(staged, ignore_errors=True)
    except Refused as error:
        raise CommandError(str(error)) from error
    except (OSError, DatabaseError) as error:
        said = " ".join(str(error).split())
        raise CommandError(
            f"Nothing was restored ({said}), and the site is as it was. Check that {path} can be read, that "
            f"{settings.DATA_DIR} can be written and has room for all of it, and that the database can be reached."
        ) from error


def check_stopped() -> None:
    """Raise CommandError if anybody uses the database: what they write meanwhile would be lost."""
    file = database_file.path()
    if file and database_file.is_used_by_others(file):
        raise CommandError("The site is running. Stop it, and every program that has its database open, and try again.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            (others,) = cursor.fetchone()
        if others:
            raise CommandError(
                "Others are connected to the database. Stop the site on every machine, and every program that has its "
                "database open, and try again."
            )


def put_back(path: Path, staged: Path, say: Say, is_sure: Callable[[str], bool]) -> bool:
    """What `restore` does, with a folder to lay everything ready."""
    say("Reading the backup…")
    with path.open("rb") as file:
        about, names = archive.read(file, settings.BACKUP_PASSPHRASE, check_fits, staged)
    check_whole(about, names)
    made_at = datetime.datetime.fromisoformat(about.made_at)
    loss = what_is_lost(made_at)
    if loss and not is_sure(loss):
        return False
    entries = journal.merge(folder / journal.NAME for folder in folders_with_journals(path, staged))
    say("Bringing it up to date…")
    into = into_postgresql if connection.vendor == "postgresql" else into_file
    done = into(about, staged, entries, say)
    switch.finish()
    say(f"Erased again, because they were erased after the backup: {done['erased']}.")
    say(f"Letters that wait until a manager decides at the desk: {done['held']}.")
    say("The backup is restored. Start the site.")
    return True


def check_fits(about: archive.About) -> None:
    """Raise Refused for a backup of another kind of database, of a later version, or of another key than is set."""
    if about.database != connection.vendor:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Refused(
            f"The backup is of {names.get(about.database, about.database)}, and this site is set to "
            f"{names[connection.vendor]}. Set DATABASE_URL to a database of that kind, or leave it out for SQLite."
        )
    known = MigrationLoader(None).disk_migrations or {}
    if any((app, name) not in known for app, name in about.migrations):
        raise Refused(
            "The backup was made by a later version of this software. Install that version, and restore it there."
        )
    if settings.IS_KEY_GIVEN and mark_of(settings.SECRET_KEY) != about.key_mark:
        raise Refused(
            "SECRET_KEY is set to another key than that of the backup, with which patients’ links were signed. Set it "
            "to that one, or leave it out: the backup brings its own."
        )


def check_whole(about: archive.About, names: set[str]) -> None:
    """Raise Refused for a backup that lacks a part."""
    rows = {f"{archive.ROWS}/{table}" for table in about.tables}
    if not {archive.KEY, archive.JOURNAL, *(rows or {archive.DATABASE})} <= names:
        raise Refused(DAMAGED)


def what_is_lost(made_at: datetime.datetime) -> str:
    """What the site holds that a restore would end, as a sentence; empty if it holds nothing."""
    file = database_file.path()
    if file and not database_file.is_filled(file):
        return ""
    ends = "All that it holds is replaced, and cannot be brought back."
    try:
        if ConsultationRequest._meta.db_table not in connection.introspection.table_names():
            return ""
        number = ConsultationRequest.objects.count()
        later = ConsultationRequest.objects.filter(requested_at__gt=made_at).count()
    except DatabaseError:
        return f"This site has a database that cannot be read. {ends}"
    finally:
        connection.close()
    return f"This site holds data, with {number} requests, {later} of them from after the backup ({made_at}). {ends}"


def folders_with_journals(path: Path, staged: Path) -> list[Path]:
    """Where a journal may lie: beside the data, among backups, beside this backup, and in it."""
    return [folder for folder in (settings.DATA_DIR, settings.BACKUP_FOLDER, path.parent, staged) if folder]


def into_file(about: archive.About, staged: Path, entries: list[journal.Entry], say: Say) -> Mapping[str, int]:
    """Bring the unpacked file of SQLite up to date, and let it count."""
    with database_file.in_use(staged / archive.DATABASE):
        done = bring_up_to_date(about, staged, entries, say)
        token = Clinic.objects.current().page_token
    switch.decide(staged, token)
    return done


def into_postgresql(about: archive.About, staged: Path, entries: list[journal.Entry], say: Say) -> Mapping[str, int]:
    """Load the rows into PostgreSQL and bring them up to date, in one transaction, and let them count."""
    without_limits = connection.without_limits  # type: ignore[attr-defined]  # clinic_site.postgresql has it.
    with without_limits(), transaction.atomic():
        database.load(staged / archive.ROWS, about.tables, about.migrations)
        ContentType.objects.clear_cache()
        done = bring_up_to_date(about, staged, entries, say)
        switch.decide(staged, Clinic.objects.current().page_token)
    return done


def bring_up_to_date(about: archive.About, staged: Path, entries: list[journal.Entry], say: Say) -> Mapping[str, int]:
    """Run the migrations that the restored database has not had, then do again what was erased since."""
    if plan := migration_plan():
        upgrade(say, plan)
    done = afterwards.bring_up_to(datetime.datetime.fromisoformat(about.made_at), entries, staged / archive.MEDIA)
    # Here as well, in the folders of this site: the next restore needs them too.
    journal.add(settings.DATA_DIR, sorted(set(entries) - journal.read(settings.DATA_DIR / journal.NAME)))
    return done
