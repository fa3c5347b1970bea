"""The data folder of an earlier release, brought up by the present one: on SQLite as it is, on PostgreSQL copied there.

What the folder holds stands in fixtures/release-0006/README.md.
"""

import contextlib
import datetime
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import connections, transaction
from django.db.utils import load_backend

PACKED = Path(__file__).parent / "fixtures" / "release-0006"
FACTS = json.loads((PACKED / "facts.json").read_text(encoding="utf-8"))
#: When the folder was left: visits, promises and closures lie around it.
NOW = datetime.datetime.fromisoformat(FACTS["moment"])
#: The last migration of our own that the folder has had.
LAST_MIGRATION = "0006_times_and_numbers_fit"
#: Runs commands of manage.py one after the other, at a moment.
COMMANDS_AT = """
import sys, time_machine
from django.core.management import execute_from_command_line
with time_machine.travel(sys.argv[1]):
    for command in sys.argv[2:]:
        execute_from_command_line(["manage.py", *command.split()])
"""


@dataclass
class Site:
    """A data folder and the address of its database; an empty one is the SQLite file in the folder."""

    folder: Path
    database_url: str = ""

    def manage(self, *commands):
        """Run commands of manage.py in one process of their own, at the moment at which the folder was left."""
        # With DEBUG no static files are built, which no row depends on.
        own = {"DATA_DIR": str(self.folder), "DATABASE_URL": self.database_url, "DEBUG": "1"}
        environment = {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "clinic_site.settings"}
        run = [sys.executable, "-c", COMMANDS_AT, FACTS["moment"], *commands]
        done = subprocess.run(run, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    @property
    def file(self):
        return self.folder / "clinic.sqlite3"

    @contextlib.contextmanager
    def connected(self):
        """Inside, Django's default connection leads to this site's database."""
        tests_own = connections["default"]
        where = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.file)}
        if self.database_url:
            where = {"NAME": urlsplit(self.database_url).path.strip("/")}
        connections["default"] = connection_like(tests_own, **where)
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"] = tests_own


def connection_like(connection, **changes):
    """Another connection with the settings of this one but for some."""
    values = {**connection.settings_dict, **changes}
    return load_backend(values["ENGINE"]).DatabaseWrapper(values, "default")


def unpacked(folder):
    """The folder as the earlier release left it."""
    with tarfile.open(PACKED / "data.tar.gz") as packed:
        for member in packed:
            path = folder / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed.extractfile(member).read())
    return Site(folder)


@contextlib.contextmanager
def on_database_of_the_tests(site):
    """The same site on the kind of database with which the tests run; a copy on PostgreSQL goes with the block."""
    with new_site(site.folder) as found:
        if found.database_url:
            copy_rows(site, found)
        yield found


@contextlib.contextmanager
def new_site(folder):
    """A site of this folder on the kind of database with which the tests run; one on PostgreSQL goes with the block."""
    if connections["default"].vendor != "postgresql":
        yield Site(folder)
        return
    name = f"earlier_{uuid.uuid4().hex}"
    tell_server(f"CREATE DATABASE {name}")
    try:
        yield Site(folder, urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl())
    finally:
        tell_server(f"DROP DATABASE {name}")


def tell_server(command):
    """Run a command of SQL on the server of the tests' PostgreSQL, outside any transaction."""
    with contextlib.closing(connection_like(connections["default"], NAME="postgres")) as server:
        server.cursor().execute(command)


def copy_rows(site, copy):
    """Make the earlier release's tables in the copy's PostgreSQL, and lay every row of the SQLite file into them."""
    with contextlib.closing(sqlite3.connect(site.file)) as source:
        newest = source.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        copy.manage(*(f"migrate {app} {name} --verbosity 0" for app, name in dict(newest).items()))
        tables = [table for table in tables_of(source) if table != "django_migrations"]
        with copy.connected(), transaction.atomic(), connections["default"].cursor() as cursor:
            # What the migrations have put there is in the file as well.
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
            for table in tables:
                columns, rows = columns_of(source, table), source.execute(f"SELECT * FROM {table}").fetchall()
                # As text, which PostgreSQL reads as whatever the column holds.
                values = [[value if value is None else str(value) for value in row] for row in rows]
                holders = ", ".join("%s" for _column in columns)
                named = ", ".join(f'"{column}"' for column in columns)
                cursor.executemany(f"INSERT INTO {table} ({named}) VALUES ({holders})", values)
                if "id" in columns and rows:
                    next_id = f"setval(pg_get_serial_sequence('{table}', 'id'), max(id))"
                    cursor.execute(f"SELECT {next_id} FROM {table}")


def tables_of(database):
    """The names of the tables of a SQLite file."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found if not name.startswith("sqlite_")]


def columns_of(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def keys_of(file, but_for):
    """The primary keys of the rows of a SQLite file as {(table, column): set}.

    `but_for` maps a table to a condition on rows that are left out, or to nothing to leave out the whole table.
    """
    found = {}
    with contextlib.closing(sqlite3.connect(file)) as database:
        for table in tables_of(database):
            left_out = but_for.get(table, "0")
            key = columns_of(database, table)[0]
            if left_out:
                rows = database.execute(f"SELECT {key} FROM {table} WHERE NOT ({left_out})")
                found[table, key] = {value for (value,) in rows}
    return found


def schema():
    """What the database of the default connection says of its tables, as text, by the name of each thing."""
    with connections["default"].cursor() as cursor:
        if connections["default"].vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'")
        else:
            cursor.execute(
                "SELECT table_name || '.' || column_name,"
                " concat_ws(' ', data_type, character_maximum_length, is_nullable)"
                " FROM information_schema.columns WHERE table_schema = 'public'"
                " UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid), contype::text"
                " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
                " UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            )
        return dict(cursor.fetchall())


def rights():
    """Each group with its permissions, and every permission that there is."""
    groups = {
        group.name: sorted(group.permissions.values_list("content_type__app_label", "codename"))
        for group in Group.objects.all()
    }
    return groups, sorted(Permission.objects.values_list("content_type__app_label", "codename"))


def lost(before):
    """Of such keys those that the database of the default connection has not, by table."""
    found = {}
    with connections["default"].cursor() as cursor:
        for (table, key), values in before.items():
            cursor.execute(f"SELECT {key} FROM {table}")
            found[table] = values - {value for (value,) in cursor.fetchall()}
    return {table: missing for table, missing in found.items() if missing}
