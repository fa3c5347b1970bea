"""The database belongs to its owner: ordinary tools copy, check and rebuild it, and a half copy says that it is one."""

import contextlib
import datetime
import sqlite3
import stat
import subprocess

import pytest
from django.apps import apps
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from treatments.running import database_file
from treatments.tests.builders import make_full_treatment, make_open_clinic, make_published_treatment, make_request

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
MONDAY = datetime.datetime(2026, 6, 1, 9, tzinfo=datetime.UTC)


def tables_of(file):
    """Every row of every table, as plain SQLite reads them."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"'))) for name in names}


def dumped_by_python(file, copy):
    with contextlib.closing(sqlite3.connect(file)) as database, contextlib.closing(sqlite3.connect(copy)) as other:
        other.executescript("\n".join(database.iterdump()))


def dumped_by_the_command(file, copy):
    dump = subprocess.run(["sqlite3", file, ".dump"], check=True, capture_output=True)
    subprocess.run(["sqlite3", "-bail", copy], check=True, input=dump.stdout)


@pytest.fixture
def file(tmp_path, time_machine, db):
    """An SQLite file with our tables and rows, whichever database the tests run on."""
    time_machine.move_to(MONDAY - datetime.timedelta(days=7))
    make_open_clinic()
    make_published_treatment()
    make_full_treatment()
    make_request(MONDAY.replace(hour=2))
    path = tmp_path / "clinic.sqlite3"
    connections["file"] = other = DatabaseWrapper({**connections.databases["default"], **SQLITE, "NAME": path}, "file")
    with other.schema_editor() as editor:
        for model in apps.get_models():
            editor.create_model(model)
    with other.constraint_checks_disabled():
        for model in apps.get_models(include_auto_created=True):
            model._base_manager.using("file").bulk_create(model._base_manager.all())
    other.close()
    del connections["file"]
    return path


@pytest.mark.slow
class TestADatabaseWithRows:
    @pytest.mark.parametrize("dump", [dumped_by_python, dumped_by_the_command])
    def test_is_the_same_when_ordinary_tools_dump_and_reload_it(self, file, tmp_path, dump):
        dump(file, tmp_path / "copy.sqlite3")

        tables = tables_of(tmp_path / "copy.sqlite3")
        assert tables == tables_of(file)
        assert all(
            tables[f"treatments_{name}"] for name in ("clinic", "openinghours", "seatcell", "benefit", "edition")
        )

    def test_is_checked_and_rebuilt_by_ordinary_tools(self, file):
        before = tables_of(file)

        with contextlib.closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            database.execute("VACUUM")

        assert tables_of(file) == before


@pytest.fixture
def in_use(tmp_path):
    """A database file with a reader and writer, of which nothing is closed before the test ends."""
    database = sqlite3.connect(tmp_path / "clinic.sqlite3", isolation_level=None)
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON; CREATE TABLE t (words TEXT)")
    yield database
    database.close()


def saved(file, words):
    """Whether these words stand in the file or in its -wal."""
    return any(words in path.read_bytes() for path in (file, database_file.wal_of(file)) if path.exists())


class TestADatabaseFile:
    def test_that_was_copied_without_its_wal_says_so(self, in_use, tmp_path):
        file, copy = tmp_path / "clinic.sqlite3", tmp_path / "copy.sqlite3"
        database_file.Keeper(file).tend()
        in_use.execute("INSERT INTO t VALUES ('a request')")
        copy.write_bytes(file.read_bytes())

        assert database_file.lacks_its_wal(copy)
        assert not database_file.lacks_its_wal(file)

    @pytest.mark.parametrize("copying", ["VACUUM INTO ?", "backup"])
    def test_that_was_copied_as_the_documents_say_is_whole(self, in_use, tmp_path, copying):
        copy = tmp_path / "copy.sqlite3"
        database_file.Keeper(tmp_path / "clinic.sqlite3").tend()
        in_use.execute("INSERT INTO t VALUES ('a request')")
        if copying == "backup":
            with contextlib.closing(sqlite3.connect(copy)) as other:
                in_use.backup(other)
        else:
            in_use.execute(copying, [str(copy)])

        assert not database_file.lacks_its_wal(copy)
        assert tables_of(copy)["t"] == ["('a request',)"]

    def test_that_was_closed_in_order_is_whole(self, in_use, tmp_path):
        database_file.Keeper(tmp_path / "clinic.sqlite3").tend()

        in_use.close()

        assert not database_file.wal_of(tmp_path / "clinic.sqlite3").exists()
        assert not database_file.lacks_its_wal(tmp_path / "clinic.sqlite3")

    def test_that_is_not_there_yet_lacks_nothing(self, tmp_path):
        assert not database_file.lacks_its_wal(tmp_path / "clinic.sqlite3")

    def test_holds_nothing_of_what_was_erased_once_it_is_tended(self, in_use, tmp_path):
        file, keeper = tmp_path / "clinic.sqlite3", database_file.Keeper(tmp_path / "clinic.sqlite3")
        in_use.execute("INSERT INTO t VALUES ('Zebedee')")
        keeper.tend()
        in_use.execute("UPDATE t SET words = ''")
        assert saved(file, b"Zebedee")

        keeper.tend()

        assert not saved(file, b"Zebedee")

    def test_is_left_alone_while_nothing_is_written(self, in_use, tmp_path):
        keeper = database_file.Keeper(tmp_path / "clinic.sqlite3")
        keeper.tend()
        before = keeper.state()

        keeper.tend()

        assert keeper.state() == before

    def test_that_others_hold_on_to_is_tended_later(self, in_use, tmp_path):
        keeper = database_file.Keeper(tmp_path / "clinic.sqlite3")
        in_use.execute("INSERT INTO t VALUES ('Zebedee')")
        with contextlib.closing(sqlite3.connect(tmp_path / "clinic.sqlite3", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM t").fetchall()
            in_use.execute("UPDATE t SET words = ''")
            keeper.tend()
            assert saved(tmp_path / "clinic.sqlite3", b"Zebedee")

        keeper.tend()

        assert not saved(tmp_path / "clinic.sqlite3", b"Zebedee")

    def test_is_private_whoever_made_it(self, in_use, tmp_path):
        file = tmp_path / "clinic.sqlite3"
        for part in tmp_path.iterdir():
            part.chmod(0o644)

        database_file.make_files_private(file)

        assert {stat.S_IMODE(part.stat().st_mode) for part in tmp_path.iterdir()} == {0o600}

    def test_is_private_before_it_is_there(self, tmp_path):
        database_file.make_files_private(tmp_path / "clinic.sqlite3")

        assert stat.S_IMODE((tmp_path / "clinic.sqlite3").stat().st_mode) == 0o600
