"""The database into files, as it was at one moment, while others go on writing; and rows of files into PostgreSQL.

SQLite copies itself into a new file (VACUUM INTO), without what was erased. Of PostgreSQL every table is copied by
COPY in one transaction that sees one moment; no program of PostgreSQL is needed, of whatever version.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from treatments.running import database_file
from treatments.running.backups.archive import DATABASE, ROWS

#: How long a copy of SQLite waits for its turn, in seconds.
PATIENCE = 10


@dataclass(frozen=True)
class Copied:
    """What was copied: [app, name] of each migration that the database had had, in order, and {table: columns}.

    The second is empty where the database is one file.
    """

    migrations: list[list[str]]
    tables: dict[str, list[str]]


def copy_into(folder: Path) -> Copied:
    """Write the database into this folder, as one file or as the rows of each table.

    Raises sqlite3.Error and DatabaseError.
    """
    file = database_file.path()
    if connection.vendor == "sqlite" and file:
        return copy_file(file, folder / DATABASE)
    return copy_rows(folder / ROWS)


def copy_file(file: Path, copy: Path) -> Copied:
    """Copy SQLite's file as it is now. Raises sqlite3.Error, also for a copy that is not sound."""
    copy.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as database:
        database.execute("VACUUM INTO ?", [str(copy)])
    with contextlib.closing(sqlite3.connect(copy)) as database:
        (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(f"the copy is not sound: {said}")
        had = database.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return Copied([list(row) for row in had], {})


def copy_rows(folder: Path) -> Copied:
    """Write the rows of each table of PostgreSQL into a file of its name."""
    folder.mkdir(mode=0o700)
    with one_moment(), connection.cursor() as cursor:
        tables = {table: columns_of(table) for table in own_tables()}
        for table, columns in tables.items():
            with (folder / table).open("wb") as file, cursor.copy(f"COPY {named(table, columns)} TO STDOUT") as rows:
                file.writelines(rows)
        had = MigrationRecorder.Migration.objects.order_by("pk").values_list("app", "name")
        return Copied([list(row) for row in had], tables)


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Inside, PostgreSQL shows what was there at one moment, however long it takes, and nobody waits for it."""
    without_limits = connection.without_limits  # type: ignore[attr-defined]  # clinic_site.postgresql has it.
    with without_limits(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def own_tables() -> list[str]:
    """The names of the tables that are ours, also those of other versions; others may lie in the same database."""
    begins = tuple(f"{app.label}_" for app in apps.get_app_configs()) + ("django_",)
    with connection.cursor() as cursor:
        return sorted(table for table in connection.introspection.table_names(cursor) if table.startswith(begins))


def columns_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def named(table: str, columns: Iterable[str]) -> str:
    """A table with these columns, as SQL names it."""
    quote = connection.ops.quote_name
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


# Into PostgreSQL


def load(folder: Path, tables: dict[str, list[str]], migrations: list[list[str]]) -> None:
    """Put these rows in the place of all that is ours in PostgreSQL, in tables as those migrations make them.

    Call in a transaction. Raises DatabaseError for rows that do not fit.
    """
    with connection.cursor() as cursor:
        for table in own_tables():
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
        # Otherwise a table that has rows of this transaction could not be changed in it.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        executor = MigrationExecutor(connection)
        executor.migrate(last_of_each(executor, migrations))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, own_tables()))}")
        for table, columns in tables.items():
            with (folder / table).open("rb") as file, cursor.copy(f"COPY {named(table, columns)} FROM STDIN") as rows:
                while data := file.read(64 * 1024):
                    rows.write(data)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in (table for table, columns in tables.items() if "id" in columns):
            # The next row gets a number that is free.
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {quoted}", [quoted])


def last_of_each(executor: MigrationExecutor, migrations: list[list[str]]) -> list[tuple[str, str | None]]:
    """The targets that bring an empty database just as far as these migrations: those that none of them follows."""
    had = {(app, name) for app, name in migrations}
    nodes = executor.loader.graph.node_map
    return sorted(key for key in had if not any(child.key in had for child in nodes[key].children))
