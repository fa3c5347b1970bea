"""A start gets ready what is missing, once, says what it finds, and stops with a sentence before it harms anything."""

import contextlib
import os
import re
import sqlite3
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.db import IntegrityError

from treatments.models import Clinic
from treatments.running import database_file, sample, start, upgrades
from treatments.running.key import keep_key, mark_of
from treatments.tests.builders import make_clinic, make_comment, make_request
from treatments.tests.tables import one_in

OLD, NEW = "o" * 50, "n" * 50


@pytest.fixture
def said():
    return []


@pytest.fixture
def no_sample(monkeypatch):
    monkeypatch.setattr(sample, "bring", lambda: [])
    monkeypatch.setattr(start, "collect_static_files", lambda say: None)


@pytest.fixture
def folder(settings, tmp_path):
    """A data folder that was made by others, without a key."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir(mode=0o755)
    settings.SECRET_KEY_FILE = settings.DATA_DIR / "secret_key"
    settings.SECRET_KEY, settings.HAS_KEPT_KEY = NEW, False
    return settings.DATA_DIR


@pytest.mark.django_db
class TestTheKeyOfADatabase:
    def test_is_kept_at_the_first_start(self, folder, said):
        keep_key(said.append, False)

        assert (folder / "secret_key").read_text() == NEW
        assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
        assert Clinic.objects.get().key_mark == mark_of(NEW)
        assert said == []

    def test_is_that_of_the_start_that_came_first(self, folder, said):
        (folder / "secret_key").write_text(OLD)

        keep_key(said.append, False)

        assert (folder / "secret_key").read_text() == OLD
        assert Clinic.objects.get().key_mark == mark_of(OLD)

    @pytest.mark.parametrize("make", one_in(4, [make_request, make_comment]))
    @pytest.mark.parametrize("mark", one_in(4, ["", mark_of(OLD)]))
    def test_is_not_made_anew_while_patients_hold_links(self, folder, said, make, mark):
        make()
        make_clinic(key_mark=mark)

        with pytest.raises(CommandError, match="No key is here .* Put the file secret_key from your backup into"):
            keep_key(said.append, False)

        assert not (folder / "secret_key").exists()
        assert Clinic.objects.get().key_mark == mark

    def test_is_not_replaced_by_another_while_patients_hold_links(self, settings, said):
        settings.SECRET_KEY, settings.HAS_KEPT_KEY = NEW, True
        make_request()
        make_clinic(key_mark=mark_of(OLD))

        with pytest.raises(CommandError, match="Another key is here .* or set SECRET_KEY to what it was"):
            keep_key(said.append, False)

    @pytest.mark.slow
    def test_of_a_database_from_before_is_taken_for_its_own(self, settings, said):
        settings.SECRET_KEY, settings.HAS_KEPT_KEY = OLD, True
        make_request()

        keep_key(said.append, False)

        assert Clinic.objects.get().key_mark == mark_of(OLD)
        assert said == []

    def test_is_replaced_when_somebody_says_so(self, folder, said):
        make_request()
        make_clinic(key_mark=mark_of(OLD))

        keep_key(said.append, True)

        assert (folder / "secret_key").read_text() == NEW
        assert Clinic.objects.get().key_mark == mark_of(NEW)
        assert "everybody has to sign in again" in said[0]

    def test_may_change_where_nobody_holds_a_link(self, folder, said):
        make_clinic(key_mark=mark_of(OLD))

        keep_key(said.append, False)

        assert "set SECRET_KEY to the same value on each" in said[0]


@pytest.mark.django_db
@pytest.mark.usefixtures("no_sample")
class TestAStart:
    def test_makes_the_folder_private_that_others_made(self, folder, said):
        start.prepare(said.append)

        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_makes_the_first_account_once(self, folder, said):
        password = start.prepare(said.append, first_account="staff")

        assert get_user_model().objects.get().check_password(password)
        assert start.prepare(said.append, first_account="staff") is None
        assert get_user_model().objects.count() == 1

    def test_says_that_a_copy_lacks_what_was_written_last(self, folder, said, monkeypatch):
        copy = folder / "clinic.sqlite3"
        with contextlib.closing(sqlite3.connect(copy)) as database:
            database.execute(f"PRAGMA user_version = {database_file.NEEDS_ITS_WAL}")
        monkeypatch.setattr(database_file, "path", lambda: copy)

        start.prepare(said.append)

        assert said[0].startswith(f"CAREFUL: {copy} stands without the -wal file that it had")
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    def test_on_a_damaged_database_says_so(self, folder, said, monkeypatch):
        def read(*arguments):
            # So Python tells what SQLite says of a table whose name is damaged.
            raise UnicodeDecodeError("utf-8", b"\x91", 0, 1, "invalid start byte")

        monkeypatch.setattr("treatments.running.start.migration_plan", read)

        with pytest.raises(CommandError, match="The database cannot be used .* Check that"):
            start.prepare(said.append)

    def test_of_an_upgrade_that_stops_blames_what_is_stored_and_names_the_step(self, folder, said, monkeypatch):
        class Step:
            app_label, name = "treatments", "0006_times_and_numbers_fit"

            def __str__(self):
                return "treatments.0006_times_and_numbers_fit"

        def stop(*arguments, **options):
            raise IntegrityError("CHECK constraint failed: clinic_numbers_can_be_reckoned_with")

        monkeypatch.setattr(start, "migration_plan", lambda: [(Step(), False)])
        monkeypatch.setattr(start, "call_command", stop)

        with pytest.raises(CommandError) as stopped:
            start.prepare(said.append)

        message = str(stopped.value)
        assert "stopped at its step treatments.0006_times_and_numbers_fit (CHECK constraint failed" in message
        assert "DATABASE_URL" not in message


@pytest.mark.slow
class TestAnUpgradeFromLongAgo:
    def test_keeps_what_early_versions_took_within_the_limits_of_later_ones(self, tmp_path):
        def manage(*command):
            environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
            return subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=settings.BASE_DIR,
                env=environment,
                capture_output=True,
                text=True,
            )

        assert manage("migrate", "-v0", "treatments", "0005").returncode == 0
        with contextlib.closing(sqlite3.connect(tmp_path / "clinic.sqlite3")) as database:
            # What that version's own connections had.
            database.create_function("REGEXP", 2, lambda pattern, text: re.search(pattern, text) is not None)
            columns = [row[1] for row in database.execute("PRAGMA table_info(treatments_clinic)")]
            values = {name: 0 if "show" in name or "confirms" in name else "2026-01-01 00:00:00" for name in columns}
            values |= {"id": 1, "name": "Clinic", "country": "MY", "time_zone": "UTC", "seats": 1, "horizon_days": 60}
            values |= {name: None for name in columns if name.endswith("_at") and name != "changed_at"}
            values |= {"visit_minutes": 478, "notice_hours": 20_000, "call_back_hours": 32_767}
            values |= {"keep_visit_days": 18_250, "keep_request_days": 5}
            database.execute(
                f"INSERT INTO treatments_clinic ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                list(values.values()),
            )
            database.commit()
            database.executescript(
                "PRAGMA secure_delete = OFF; CREATE TABLE t AS SELECT 'Zebedee' AS erased; DELETE FROM t; DROP TABLE t;"
                "PRAGMA wal_checkpoint(TRUNCATE)"
            )
        assert b"Zebedee" in (tmp_path / "clinic.sqlite3").read_bytes()

        upgraded = manage("prepare")

        assert (upgraded.returncode, upgraded.stderr) == (0, "")
        with contextlib.closing(sqlite3.connect(tmp_path / "clinic.sqlite3")) as database:
            found = database.execute(f"SELECT {', '.join(upgrades.LIMITS)} FROM treatments_clinic").fetchone()
        assert dict(zip(upgrades.LIMITS, found, strict=True)) == {
            "visit_minutes": 480,
            "notice_hours": 8_784,
            "horizon_days": 60,
            "call_back_hours": 8_784,
            "keep_visit_days": 10_980,
            "keep_request_days": 14,
        }
        assert b"Zebedee" not in (tmp_path / "clinic.sqlite3").read_bytes()
