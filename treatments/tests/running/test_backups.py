"""A backup holds all that the site holds, and a restore brings all of it back, or touches nothing."""

import contextlib
import dataclasses
import errno
import functools
import io
import itertools
import json
import os
import shutil
import sqlite3
import stat
import tarfile
from pathlib import Path

import psycopg
import pyrage
import pytest
import time_machine
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import override_settings

from clinic_site import journal
from treatments import comments
from treatments.consultation import booking, contact
from treatments.follow_up import held, sending
from treatments.models import (
    Clinic,
    Comment,
    ConsultationRequest,
    Edition,
    LinkAsked,
    Message,
    Task,
    TaskKind,
    Treatment,
)
from treatments.publication import publishing
from treatments.running.backups import archive, database, sealed, switch
from treatments.running.start import is_up_to_date
from treatments.tests import earlier_release
from treatments.tests.builders import make_request
from treatments.tests.monday import DAY, HOUR, MINUTE, NOW, WEDNESDAY
from treatments.tests.running.backed_up import (
    MADE_NEW,
    back_up,
    bring_back,
    copy_of,
    files,
    furnish,
    rows,
    site_with_tables,
    within,
)
from treatments.text import pictures

pytestmark = pytest.mark.slow

PASSPHRASE = "a passphrase of the tests"
PICTURES = "media/pictures/"
#: Rows that an upgrade may make anew, and sessions, which end: a condition for each table, "" for all of it.
MADE_ANEW = {
    "django_migrations": "",
    "django_session": "",
    "auth_group_permissions": "",
    "treatments_message": "kind IN ('call-to-confirm', 'call-to-remind', 'look-again')",
    "treatments_waiver": "id NOT IN (SELECT MIN(id) FROM treatments_waiver GROUP BY treatment_id, claim, sentence)",
}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory, django_db_blocker):
    """A site with data, which no test changes."""
    folder = tmp_path_factory.mktemp("furnished")
    with django_db_blocker.unblock(), site_with_tables(folder) as site:
        with within(site), time_machine.travel(NOW, tick=False):
            furnish(site)
        yield site


@pytest.fixture
def site(furnished, tmp_path, django_db_blocker, time_machine):
    """A copy of it, of which this process is a part."""
    time_machine.move_to(NOW + HOUR, tick=False)
    with django_db_blocker.unblock(), copy_of(furnished, tmp_path / "site") as copy, within(copy):
        yield copy


@pytest.fixture
def elsewhere(tmp_path, site):
    """Another site, which holds nothing; inside it this process is that one."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return lambda: inside_new(folder)


@contextlib.contextmanager
def inside_new(folder):
    connection.close()
    with earlier_release.new_site(folder) as new, within(new):
        yield new


@pytest.fixture
def path(tmp_path):
    """Where a test lays its backup."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "clinic.backup"


@pytest.fixture(scope="module")
def encrypted_once(furnished, tmp_path_factory, django_db_blocker):
    """An encrypted backup, made once: a passphrase takes seconds by design."""
    folder = tmp_path_factory.mktemp("encrypted")
    path = folder / "clinic.backup"
    with (
        django_db_blocker.unblock(),
        copy_of(furnished, folder / "site") as copy,
        within(copy),
        override_settings(BACKUP_PASSPHRASE=PASSPHRASE),
        time_machine.travel(NOW, tick=False),
    ):
        back_up(path)
    return path


@pytest.fixture(scope="module")
def opened():
    """Opens with a passphrase as the library does, and remembers what came of it."""
    return functools.cache(pyrage.passphrase.decrypt)


@pytest.fixture
def encrypted(encrypted_once, opened, path, monkeypatch):
    """A copy of it, which a test may damage."""
    monkeypatch.setattr(pyrage.passphrase, "decrypt", opened)
    return shutil.copy(encrypted_once, path)


class TestABackup:
    def test_brings_every_row_and_every_picture_to_an_empty_place(self, site, path, elsewhere):
        before, had = rows(MADE_NEW), files(site)
        back_up(path)

        with elsewhere() as new:
            said = bring_back(path)

            assert rows(MADE_NEW) == before
            assert files(new).items() >= {name: had[name] for name in had if name.startswith(PICTURES)}.items()
            assert (new.folder / "secret_key").read_text() == (site.folder / "secret_key").read_text()
            assert ConsultationRequest.objects.count() == 2
            # Numbers go on after those that are there.
            assert make_request(name="Di", phone="+60123456780").pk > max(
                ConsultationRequest.objects.exclude(name="Di").values_list("pk", flat=True)
            )
        assert said[-1] == "The backup is restored. Start the site."

    def test_is_for_its_owner_alone_and_says_how_far_it_is(self, site, path):
        said: list[str] = []
        archive_made = back_up(path, said.append)

        assert stat.S_IMODE(archive_made.stat().st_mode) == 0o600
        assert said[0] == "Copying the database…"
        assert "Writing: 100 %" in said
        assert [file.name for file in path.parent.iterdir()] == ["clinic.backup"]
        assert list((site.folder / "copying").iterdir()) == []

    def test_never_takes_the_place_of_another_file(self, site, path):
        path.write_text("something else")

        with pytest.raises(CommandError, match="There is a file .* already"):
            back_up(path)

        assert path.read_text() == "something else"

    @pytest.mark.parametrize("name", ["media/pictures", "secret_key", archive.SUMS])
    def test_is_not_there_in_part_if_the_disk_is_full(self, site, path, monkeypatch, name):
        add = archive.Archive.add

        def full(self, called, *arguments):
            if called.startswith(name):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return add(self, called, *arguments)

        monkeypatch.setattr(archive.Archive, "add", full)

        with pytest.raises(CommandError, match="No space left on device"):
            back_up(path)

        assert list(path.parent.iterdir()) == []

    def test_takes_what_was_written_last_and_leaves_out_what_is_erased_meanwhile(self, site, path, monkeypatch):
        make_request(name="Last One", phone="+60123456780")
        gone = next((site.folder / PICTURES).glob("*.avif"))
        writing = archive.writing

        def erased_meanwhile(*arguments):
            gone.unlink()
            return writing(*arguments)

        monkeypatch.setattr(archive, "writing", erased_meanwhile)
        back_up(path)
        bring_back(path)

        assert ConsultationRequest.objects.filter(name="Last One").exists()
        assert not gone.exists()

    def test_that_is_encrypted_shows_nothing_and_can_be_opened_with_age_alone(self, site, encrypted, settings):
        data = encrypted.read_bytes()
        text, _end, rest = data.partition(sealed.END)

        key = pyrage.passphrase.decrypt(text + sealed.END, PASSPHRASE).decode()
        plain = pyrage.decrypt(rest, [pyrage.x25519.Identity.from_str(key)])

        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            assert tar.getnames()[0] == archive.ABOUT
            assert tar.getnames()[-1] == archive.SUMS
        assert b"Ana Lim" not in data
        assert b"kkkk" not in data

        settings.BACKUP_PASSPHRASE = PASSPHRASE
        Clinic.objects.update(name="Another")
        bring_back(encrypted)
        assert Clinic.objects.current().name != "Another"


def packed(path, *members):
    """A packed tar with these (name, bytes)."""
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def with_about(path, **changes):
    """Write the backup anew with other words about itself, its sums right."""
    with tarfile.open(path) as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar]
    about = json.loads(members[0][1]) | changes
    rebuilt = archive.About(**{field.name: about[field.name] for field in dataclasses.fields(archive.About)})
    path.unlink()
    with path.open("wb") as out, archive.writing(out, rebuilt) as made:
        for name, data in members[1:-1]:
            made.add(name, io.BytesIO(data), len(data))


def cut(path, part):
    os.truncate(path, int(path.stat().st_size * part))


def spoilt(path, part):
    data = bytearray(path.read_bytes())
    data[int(len(data) * part)] ^= 1
    path.write_bytes(data)


def migrations_and(path, *more):
    with tarfile.open(path) as tar:
        return [*json.loads(tar.extractfile(archive.ABOUT).read())["migrations"], *more]


DAMAGES = {
    "cut off at once": (lambda path: cut(path, 0.001), "damaged|no backup"),
    "cut off in the middle": (lambda path: cut(path, 0.5), "damaged"),
    "cut off at the end": (lambda path: os.truncate(path, path.stat().st_size - 9), "damaged"),
    "changed in the middle": (lambda path: spoilt(path, 0.5), "damaged"),
    "changed at the end": (lambda path: spoilt(path, 1 - 1e-9), "damaged"),
    "empty": (lambda path: cut(path, 0), "no backup of this site"),
    "a text": (lambda path: path.write_text("Hello"), "no backup of this site"),
    "another tar": (lambda path: packed(path, ("setup.py", b"x")), "no backup of this site"),
    "a part alone": (
        lambda path: packed(path, (archive.ABOUT, json.dumps({"what": archive.WHAT, "format": 1}).encode())),
        "damaged",
    ),
    "another program's": (lambda path: packed(path, (archive.ABOUT, b'{"what": "a shop"}')), "no backup of this site"),
    "of a later form": (
        lambda path: packed(path, (archive.ABOUT, json.dumps({"what": archive.WHAT, "format": 2}).encode())),
        "later version",
    ),
    "of later tables": (
        lambda path: with_about(path, migrations=migrations_and(path, ["treatments", "0999_later"])),
        "later version",
    ),
    "of another database": (lambda path: with_about(path, database="oracle"), "The backup is of oracle"),
}


class TestARestore:
    def state(self, site):
        return rows(), files(site)

    @pytest.mark.parametrize("kind", DAMAGES)
    def test_refuses_with_a_sentence_and_touches_nothing(self, site, path, kind):
        back_up(path)
        make_request(name="Later", phone="+60123456780")
        before = self.state(site)
        damage, says = DAMAGES[kind]
        damage(path)

        with pytest.raises(CommandError, match=says):
            bring_back(path)

        assert self.state(site) == before

    @pytest.mark.parametrize(
        ("damage", "passphrase", "says"),
        [
            (lambda path: cut(path, 0.7), PASSPHRASE, "damaged"),
            (lambda path: spoilt(path, 0.7), PASSPHRASE, "damaged"),
            (lambda path: None, "", "encrypted"),
            (lambda path: None, "another one of the tests", "does not open this file"),
        ],
    )
    def test_refuses_what_is_encrypted_and_damaged_or_has_another_passphrase(
        self, site, encrypted, settings, damage, passphrase, says
    ):
        before = self.state(site)
        damage(encrypted)
        settings.BACKUP_PASSPHRASE = passphrase

        with pytest.raises(CommandError, match=says):
            bring_back(encrypted)

        assert self.state(site) == before

    def test_writes_no_file_outside_its_folder(self, site, path):
        back_up(path)
        with tarfile.open(path) as tar:
            about = tar.extractfile(archive.ABOUT).read()
        packed(path, (archive.ABOUT, about), ("media/../../out", b"x"))

        with pytest.raises(CommandError, match="damaged"):
            bring_back(path)

        assert not (site.folder.parent / "out").exists()

    def test_asks_first_what_may_be_lost(self, site, path):
        back_up(path)
        make_request(name="Later", phone="+60123456780")
        before, asked = self.state(site), []

        bring_back(path, lambda loss: asked.append(loss))

        assert "with 3 requests, 1 of them from after the backup" in asked[0] or "0 of them" in asked[0]
        assert self.state(site) == before

    def test_refuses_while_anybody_has_the_database_open(self, site, path):
        back_up(path)
        if site.database_url:
            other: psycopg.Connection | sqlite3.Connection = psycopg.connect(site.database_url)
        else:
            other = sqlite3.connect(site.file)
            other.execute("PRAGMA journal_mode = WAL")
            other.execute("SELECT count(*) FROM treatments_clinic").fetchall()

        with contextlib.closing(other), pytest.raises(CommandError, match="Stop"):
            bring_back(path)

    def test_refuses_another_key_than_the_one_that_is_set(self, site, path, settings):
        back_up(path)
        settings.IS_KEY_GIVEN, settings.SECRET_KEY = True, "another" * 10

        with pytest.raises(CommandError, match="SECRET_KEY is set to another key"):
            bring_back(path)

    def test_brings_up_to_date_what_an_earlier_release_left(self, tmp_path, path, django_db_blocker, monkeypatch):
        # That release could make no backup yet, and its constraints need Django: its file is copied as it is.
        monkeypatch.setattr(database, "copy_file", copied_as_it_is)
        left = earlier_release.unpacked(tmp_path)
        before = earlier_release.keys_of(left.file, but_for=MADE_ANEW)
        with django_db_blocker.unblock(), earlier_release.on_database_of_the_tests(left) as old, within(old):
            back_up(path)
            bring_back(path)

            assert earlier_release.lost(before) == {}
            assert is_up_to_date()


def copied_as_it_is(file, copy):
    shutil.copy(file, copy)
    with contextlib.closing(sqlite3.connect(copy)) as opened:
        had = opened.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return database.Copied([list(row) for row in had], {})


def ana():
    return ConsultationRequest.objects.get(email="ana@example.org")


class TestAfterARestore:
    @pytest.mark.parametrize("lost", ["none", "of the data", "of the backups"])
    def test_whoever_was_erased_since_is_erased_and_what_was_withdrawn_is_withdrawn(
        self, site, path, settings, time_machine, lost
    ):
        settings.BACKUP_FOLDER = path.parent
        back_up(path)
        time_machine.shift(HOUR)
        bo, public_id = ConsultationRequest.objects.get(name="Bo Tan"), ana().public_id
        nonce = bo.nonce
        booking.erase(ana())
        contact.revoke_link(bo, by=None)
        comments.erase(Comment.objects.get())
        publishing.withdraw(Treatment.objects.get())
        (name,) = pictures.stored_before(NOW + 400 * DAY * 100)
        pictures.withdraw(name)
        if lost != "none":
            ((site.folder if lost == "of the data" else path.parent) / journal.NAME).unlink()

        said = bring_back(path)

        erased = ConsultationRequest.objects.get(public_id=public_id)
        assert (erased.name, erased.email, erased.erased_at is None) == ("", "", False)
        assert ConsultationRequest.objects.get(name="Bo Tan").nonce != nonce
        assert not Comment.objects.exists()
        assert Treatment.objects.get().withdrawn_at
        assert not pictures.is_there(name)
        assert "Erased again, because they were erased after the backup: 2." in said
        # And so does the next restore, whatever journal it finds.
        assert {entry.kind for entry in journal.read(site.folder / journal.NAME)} == {
            "request",
            "comment",
            "link",
            "picture",
            "treatment",
        }

    def test_what_was_withdrawn_before_the_backup_and_put_back_stays(self, site, path, time_machine):
        treatment = Treatment.objects.get()
        publishing.withdraw(treatment)
        publishing.bring_back(treatment)
        time_machine.shift(MINUTE)
        back_up(path)

        bring_back(path)

        assert Treatment.objects.get().withdrawn_at is None

    def test_pages_have_other_keys_sessions_have_ended_and_nobody_gets_a_link_unasked(self, site, path, client):
        tokens = set(Edition.objects.values_list("token", flat=True)) | {Clinic.objects.current().page_token}
        LinkAsked.objects.create(email="ana@example.org", mailbox_digest="x")
        client.session.save()
        back_up(path)

        bring_back(path)

        found = set(Edition.objects.values_list("token", flat=True)) | {Clinic.objects.current().page_token}
        assert not found & tokens
        assert not LinkAsked.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_session")
            assert cursor.fetchone() == (0,)

    def sent(self, mailoutbox, time_machine):
        """To whom letters go out within half an hour."""
        mailoutbox.clear()
        for _round in range(6):
            sending.send_due("worker")
            time_machine.shift(5 * MINUTE)
        return sorted(letter.to[0] for letter in mailoutbox)

    def test_letters_that_were_due_wait_and_others_go(self, site, path, time_machine, mailoutbox):
        back_up(path)
        time_machine.shift(HOUR)
        said = bring_back(path)

        assert "Letters that wait until a manager decides at the desk: 4." in said
        assert self.sent(mailoutbox, time_machine) == []
        make_request(name="Di", email="di@example.org", phone="+60123456780")
        assert "di@example.org" in self.sent(mailoutbox, time_machine)
        assert "ana@example.org" not in [letter.to[0] for letter in mailoutbox]
        # A reminder that was not due by then is not held.
        time_machine.move_to(WEDNESDAY + DAY + MINUTE)
        assert "ana@example.org" in self.sent(mailoutbox, time_machine)

    def test_a_manager_lets_them_go_or_drops_them(self, site, path, time_machine, mailoutbox):
        back_up(path)
        bring_back(path)
        task = Task.objects.get(kind=TaskKind.LETTERS_HELD)
        assert task.payload == {"date": "2026-06-01", "number": 4}
        time_machine.shift(MINUTE)

        # Both at once on the same letters, to see that neither touches others.
        held.send(task)
        assert "ana@example.org" in self.sent(mailoutbox, time_machine)

        bring_back(path)
        task = Task.objects.get(kind=TaskKind.LETTERS_HELD)
        assert held.drop(task) == 4
        assert self.sent(mailoutbox, time_machine) == []
        assert Message.objects.filter(state="queued", not_before__lte=task.raised_at).count() == 0
        assert Message.objects.filter(state="queued").exists()


class TestARestoreThatIsStopped:
    @pytest.mark.parametrize("at", range(5))
    def test_while_it_moves_things_is_finished_by_the_next_start(self, site, path, monkeypatch, at):
        before, had = rows(MADE_NEW), files(site)
        back_up(path)
        make_request(name="Later", phone="+60123456780")
        (site.folder / PICTURES / "later.webp").write_bytes(b"x")
        (site.folder / "secret_key").write_text("damaged")
        done = itertools.count()

        def moved(move):
            def instead(*arguments):
                is_ours = "restored" in str(arguments[0]) or "restored" in str(arguments[-1])
                if is_ours and next(done) == at:
                    raise KeyboardInterrupt
                return move(*arguments)

            return instead

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", moved(os.replace))
            patch.setattr(Path, "rename", moved(Path.rename))
            with contextlib.suppress(KeyboardInterrupt):
                bring_back(path)
        connection.close()
        if at == 0:
            # It was not decided yet, so nothing was done.
            switch.finish()
            assert ConsultationRequest.objects.filter(name="Later").exists()
            return
        switch.finish()

        assert rows(MADE_NEW) == before
        found = files(site)
        assert {name: found.get(name) for name in had if "journal" not in name} == {
            name: had[name] for name in had if "journal" not in name
        }
        assert not (site.folder / PICTURES / "later.webp").exists()
        assert not list(site.folder.glob("restor*"))

    def test_before_postgresql_has_committed_counts_for_nothing(self, site, path, monkeypatch):
        if not site.database_url:
            # SQLite is a file among the others: the rename alone decides.
            return
        back_up(path)
        make_request(name="Later", phone="+60123456780")
        before = rows(), files(site)
        decide = switch.decide

        def lost_line(*arguments):
            decide(*arguments)
            raise OperationalError("the connection is lost")

        monkeypatch.setattr(switch, "decide", lost_line)
        with pytest.raises(CommandError, match="Nothing was restored"):
            bring_back(path)
        switch.finish()

        assert (rows(), files(site)) == before
