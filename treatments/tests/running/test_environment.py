"""A wrong variable stops the start with one sentence that says what to do, and nothing starts half-configured."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from clinic_site.environment import Environment, is_loopback
from clinic_site.private_files import make_private, write_private
from clinic_site.secret_key import kept_key


def faults_of(read, **variables):
    """What reading from these variables complains about."""
    environment = Environment(variables)
    read(environment)
    return environment.errors


class TestTheEnvironment:
    def test_tells_all_faults_at_once_a_line_each(self):
        environment = Environment({"DEBUG": "maybe", "PORT": "x", "SITE_URL": "example.org"})
        environment.flag("DEBUG")
        environment.number("PORT", 8000, most=65535)
        environment.origin("SITE_URL", "http://localhost")

        with pytest.raises(ImproperlyConfigured) as raised:
            environment.stop_if_wrong()

        assert str(raised.value).splitlines() == [
            "DEBUG is “maybe”; use 1 for yes or 0 for no.",
            "PORT is “x”; use a number from 1 to 65535, such as 8000.",
            "SITE_URL is “example.org”; use an address such as https://www.example.org, with nothing after the host.",
        ]

    def test_without_faults_does_not_stop(self):
        Environment({}).stop_if_wrong()


class TestAText:
    @pytest.mark.parametrize(("value", "read"), [("a", "a"), ("  a b ", "a b"), ("", "default"), (" ", "default")])
    def test_is_taken_without_blanks_and_counts_as_not_set_when_empty(self, value, read):
        assert Environment({"NAME": value}).text("NAME", "default") == read

    def test_that_is_not_set_is_its_default(self):
        assert Environment({}).text("NAME", "default") == "default"


class TestAFlag:
    @pytest.mark.parametrize("value", ["1", "true", "Yes", "ON", " on "])
    def test_is_on(self, value):
        assert Environment({"DEBUG": value}).flag("DEBUG") is True

    @pytest.mark.parametrize("value", ["0", "false", "No", "OFF", "", "  "])
    def test_is_off(self, value):
        environment = Environment({"DEBUG": value})

        assert environment.flag("DEBUG") is False
        assert environment.errors == []

    @pytest.mark.parametrize("value", ["maybe", "2", "y", "-1"])
    def test_is_one_of_these_words(self, value):
        assert faults_of(lambda environment: environment.flag("DEBUG"), DEBUG=value)


class TestALanguage:
    @pytest.fixture
    def catalogues(self, tmp_path):
        for folder, name in (("de", "django.mo"), ("pt_BR", "django.mo"), ("ms", "django.po")):
            path = tmp_path / folder / "LC_MESSAGES" / name
            path.parent.mkdir(parents=True)
            path.touch()
        return tmp_path

    @pytest.mark.parametrize(
        ("value", "code"), [("", "en"), ("en", "en"), (" de ", "de"), ("DE", "de"), ("pt-BR", "pt-br")]
    )
    def test_is_english_or_has_a_catalogue(self, catalogues, value, code):
        environment = Environment({"SITE_LANGUAGE": value})

        assert environment.language("SITE_LANGUAGE", catalogues) == code
        assert environment.errors == []
        assert environment.languages(catalogues) == ["en", "de", "pt-br"]

    @pytest.mark.parametrize("value", ["ms", "fr", "../de", "german"])
    def test_without_a_compiled_catalogue_is_told_which_there_are(self, catalogues, value):
        (fault,) = faults_of(lambda environment: environment.language("SITE_LANGUAGE", catalogues), SITE_LANGUAGE=value)

        says = "there is en, de, pt-br, and docs/guides/another-language.md says how to make another."
        assert fault == f"SITE_LANGUAGE is “{value}”; {says}"


class TestANumber:
    @pytest.mark.parametrize(("value", "port"), [("1", 1), ("65535", 65535), (" 8080 ", 8080), ("", 8000)])
    def test_is_read(self, value, port):
        environment = Environment({"PORT": value})

        assert environment.number("PORT", 8000, most=65535) == port
        assert environment.errors == []

    @pytest.mark.parametrize("value", ["0", "65536", "-1", "80.5", "x", "٨٠", "8 0", "²", "9" * 5000])
    def test_is_nothing_else(self, value):
        assert faults_of(lambda environment: environment.number("PORT", 8000, most=65535), PORT=value)


class TestAFolder:
    def test_is_absolute(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        assert Environment({"DATA_DIR": "data/../var"}).folder("DATA_DIR", Path("x")) == tmp_path / "var"

    def test_may_be_at_home(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))

        assert Environment({"DATA_DIR": "~/data"}).folder("DATA_DIR", Path("x")) == tmp_path / "data"


class TestAnOrigin:
    @pytest.mark.parametrize(
        ("value", "host", "port"),
        [
            ("https://www.example.org", "www.example.org", None),
            ("http://localhost:8000/", "localhost", 8000),
            ("http://[::1]:8000", "::1", 8000),
            ("HTTPS://Example.ORG", "example.org", None),
        ],
    )
    def test_is_scheme_and_host(self, value, host, port):
        environment = Environment({"SITE_URL": value})

        parts = environment.origin("SITE_URL", "http://localhost")

        assert (parts.hostname, parts.port, environment.errors) == (host, port, [])

    @pytest.mark.parametrize(
        "value",
        [
            "example.org",
            "ftp://example.org",
            "https://",
            "https://example.org/site",
            "https://example.org?a=b",
            "https://example.org#a",
            "https://user:secret@example.org",
            "https://example.org:99999",
            "https://example.org:0",
            "https://example.org:port",
            "https://[::1",
            "javascript:alert(1)",
            "http://a b",
            "http://clinic.example:",
            "http://-clinic.example",
            "http://klinik_ä.example",
            "https://clinic..example",
            "https://127.1",
            f"https://{'a' * 64}.example",
        ],
    )
    def test_is_nothing_else(self, value):
        assert faults_of(lambda environment: environment.origin("SITE_URL", "http://localhost"), SITE_URL=value)


class TestASender:
    @pytest.mark.parametrize(
        "value",
        ["a@b.example", "Clinic <a@b.example>", '"Nexus: Clinic" <a@b.example>', "Klinik Ä <a@münchen.example>"],
    )
    def test_is_an_address_with_a_name_or_without(self, value):
        environment = Environment({"EMAIL_FROM": value})

        assert (environment.sender("EMAIL_FROM", "-"), environment.errors) == (value, [])

    @pytest.mark.parametrize(
        "value",
        [
            *("Nexus: Clinic <a@b.example>", "Nexus, Clinic <a@b.example>", "Clinic <a@b.example> KL", "<>", "a@"),
            *("a@b.example, c@d.example", "a@b.example;", "Us: a@b.example;", "jörg@b.example", "a@b.example KL"),
        ],
    )
    def test_is_nothing_from_which_no_letter_can_be_sent(self, value):
        assert faults_of(lambda environment: environment.sender("EMAIL_FROM", "-"), EMAIL_FROM=value)


class TestAMailServer:
    @pytest.mark.parametrize(
        "host", ["h", "mail.example.org", "mail.example.org.", "mail_relay", "192.0.2.1", "[::1]", "münchen.example"]
    )
    def test_has_a_host(self, host):
        environment = Environment({"EMAIL_URL": f"smtp://user:password@{host}:25"})

        assert environment.mail("EMAIL_URL")
        assert not environment.errors

    @pytest.mark.parametrize("host", ["h h", "", "a..b", "-a", "1.2.3", "h%20h", f"{'é' * 70}.example", "a,b"])
    def test_has_no_host_that_is_no_name(self, host):
        assert faults_of(lambda environment: environment.mail("EMAIL_URL"), EMAIL_URL=f"smtp://{host}:25")

    @pytest.mark.parametrize("account", ["user:p%C3%A4ss", "us%00er:pass", "user:p%FFss", "us%0Aer:pass"])
    def test_has_no_account_with_signs_that_cannot_be_sent(self, account):
        url = f"smtp://{account}@mail.example.org"

        assert faults_of(lambda environment: environment.mail("EMAIL_URL"), EMAIL_URL=url)


class TestALoopbackAddress:
    @pytest.mark.parametrize("host", ["localhost", "site.localhost", "127.0.0.1", "127.8.9.10", "::1"])
    def test_never_leaves_this_machine(self, host):
        assert is_loopback(host)

    @pytest.mark.parametrize(
        "host", ["example.org", "localhost.example.org", "10.0.0.1", "0.0.0.0", "::", "notlocalhost"]
    )
    def test_is_not_a_public_one(self, host):
        assert not is_loopback(host)


class TestTheSecretKey:
    def test_that_is_not_there_yet_is_none(self, tmp_path):
        assert kept_key(tmp_path / "secret_key") == ""

    def test_is_read_as_it_was_written_and_by_its_owner_alone(self, tmp_path):
        write_private(tmp_path / "secret_key", "k" * 67)

        assert kept_key(tmp_path / "secret_key") == "k" * 67
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]

    def test_is_on_the_disk_before_it_has_its_name(self, tmp_path, monkeypatch):
        def fail(descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)

        with pytest.raises(OSError, match="No space left"):
            write_private(tmp_path / "secret_key", "k" * 67)

        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", [b"", b"  \n", b"k" * 40, b"\0" * 67, b"k" * 30 + b"\xff" * 37, b"k k" * 30])
    def test_that_is_empty_or_damaged_stops_the_start_and_says_what_to_do(self, tmp_path, content):
        (tmp_path / "secret_key").write_bytes(content)

        with pytest.raises(ImproperlyConfigured, match="empty or damaged. Put the one from your backup in its place"):
            kept_key(tmp_path / "secret_key")

        assert (tmp_path / "secret_key").read_bytes() == content

    def test_that_cannot_be_read_says_so(self, tmp_path):
        (tmp_path / "secret_key").mkdir()

        with pytest.raises(ImproperlyConfigured, match="cannot be read .* give this user the right to read it"):
            kept_key(tmp_path / "secret_key")


class TestAPrivateFolder:
    def test_is_closed_to_others_whoever_made_it(self, tmp_path):
        tmp_path.chmod(0o755)

        make_private(tmp_path)

        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700

    def test_of_another_user_stays_as_that_user_wants_it(self, tmp_path, monkeypatch):
        def refuse(path, mode):
            raise PermissionError

        tmp_path.chmod(0o755)
        monkeypatch.setattr(type(tmp_path), "chmod", refuse)

        make_private(tmp_path)


@pytest.mark.slow
class TestAStart:
    """`manage.py` in a process of its own, with nothing of the tests' own environment."""

    def start(self, tmp_path, *command, **variables):
        return subprocess.run(
            [sys.executable, "manage.py", *(command or ["check"])],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_needs_no_variable_but_a_folder(self, tmp_path):
        started = self.start(tmp_path)

        assert (started.returncode, started.stderr) == (0, "")
        assert not (tmp_path / "data").exists()

    def test_takes_a_folder_with_signs_that_have_a_meaning_in_addresses(self, tmp_path):
        folder = tmp_path / "a#b?c%41"
        folder.mkdir()

        assert self.start(tmp_path, "migrate", DATA_DIR=str(folder)).returncode == 0

        assert (folder / "clinic.sqlite3").is_file()

    @pytest.mark.parametrize(
        ("variables", "sentences"),
        [
            (
                {"SITE_URL": "example.org", "PORT": "x", "DEBUG": "maybe"},
                [
                    "PORT is “x”; use a number from 1 to 65535, such as 8000.",
                    "DEBUG is “maybe”; use 1 for yes or 0 for no.",
                    "SITE_URL is “example.org”; use an address such as https://www.example.org, "
                    "with nothing after the host.",
                ],
            ),
            ({"DATABASE_URL": "nonsense"}, ["DATABASE_URL "]),
            ({"DATABASE_URL": "postgresql://user:secret@host"}, ["DATABASE_URL names no database; use postgresql://"]),
            ({"DATABASE_URL": "sqlite:///:memory:"}, ["DATABASE_URL names no database; use postgresql://"]),
            ({"DATABASE_URL": "sqlite:///%00"}, ["DATABASE_URL cannot be read; use postgresql://"]),
            (
                {"CACHE_URL": "redis://host/0?colour=green"},
                ["CACHE_URL is not a Redis address; use redis://host:6379/0"],
            ),
            ({"CACHE_URL": "redis://host/0?db=first"}, ["CACHE_URL is not a Redis address; use redis://host:6379/0"]),
            ({"DATA_DIR": "\udcff"}, ["DATA_DIR has bytes that are not UTF-8; write it anew in UTF-8."]),
            ({"SECRET_KEY": "\udcff"}, ["SECRET_KEY has bytes that are not UTF-8; write it anew in UTF-8."]),
            ({"SECRET_KEY": "a" * 49}, ["SECRET_KEY is too short to be safe; use 50 random characters or more."]),
            ({"CACHE_URL": "memcached://here"}, ["CACHE_URL is not a Redis address; use redis://host:6379/0"]),
            ({"CACHE_URL": "redis://["}, ["CACHE_URL is not a Redis address; use redis://host:6379/0"]),
            ({"CACHE_URL": "redis://host/first"}, ["CACHE_URL is not a Redis address; use redis://host:6379/0"]),
            ({"CACHE_URL": "redis://host:port"}, ["CACHE_URL is not a Redis address; use redis://host:6379/0"]),
            (
                {"HOST": "127.0.0.1:8000"},
                ["HOST is “127.0.0.1:8000”; use an address of this machine, such as 127.0.0.1"],
            ),
            ({"HOST": "http://localhost"}, ["HOST is “http://localhost”; use an address of this machine"]),
            (
                {"HOST": "999.1.1.1"},
                ["HOST is “999.1.1.1”; use an address of this machine, such as 127.0.0.1, without"],
            ),
            ({"HOST": "a[b"}, ["HOST is “a[b”; use an address of this machine, such as 127.0.0.1, without a port."]),
            ({"WEB_CONCURRENCY": "abc"}, ["WEB_CONCURRENCY is “abc”; use a number from 1 to 64, such as 2."]),
            (
                {"DATA_DIR": "/dev/null/data"},
                ["The key /dev/null/data/secret_key cannot be read (Not a directory); give this user the right to"],
            ),
            (
                {"SITE_URL": "https://www.example.org", "TRUSTED_PROXIES": "0"},
                ["TRUSTED_PROXIES is 0, but https always comes through a proxy here"],
            ),
            ({"HSTS_PRELOAD": "1"}, ["HSTS_PRELOAD needs HSTS_INCLUDE_SUBDOMAINS=1 too"]),
            ({"SITE_LANGUAGE": "tlh"}, ["SITE_LANGUAGE is “tlh”; there is en"]),
            ({"BACKUP_FOLDER": "backups"}, ["BACKUP_FOLDER needs BACKUP_PASSPHRASE too"]),
            ({"BACKUP_PASSPHRASE": "short"}, ["BACKUP_PASSPHRASE is too short to be safe; use 16 random characters"]),
            ({"DATA_DIR": "~nobody-of-that-name"}, ["DATA_DIR is “~nobody-of-that-name”; there is no such user here"]),
            ({"ALERT_TO": "owner@example.org"}, ["ALERT_TO and ALERT_EMAIL_URL need each other"]),
            (
                {
                    "ALERT_TO": "owner@example.org",
                    "ALERT_EMAIL_URL": "smtp://mail.example.org",
                    "EMAIL_URL": "smtp://mail.example.org",
                },
                ["ALERT_EMAIL_URL is the account of EMAIL_URL, which cannot tell that it fails"],
            ),
            ({"SENTRY_DSN": "https://sentry.example.org/"}, ["SENTRY_DSN is no address of Sentry's"]),
            ({"EMAIL_FROM": "a b"}, ["EMAIL_FROM is “a b”; use an address such as clinic@example.org"]),
            (
                {"EMAIL_FROM": "a@example.org\nBcc: b@example.org"},
                ["EMAIL_FROM is “a@example.org Bcc: b@example.org”; use an address such as clinic@example.org"],
            ),
        ],
        ids=[
            "several",
            "DATABASE_URL",
            "no name",
            "memory",
            "null",
            "colour",
            "first",
            "bytes",
            "key of bytes",
            "short key",
            "CACHE_URL",
            "bracket",
            "number",
            "port",
            "HOST",
            "scheme",
            "numbers",
            "letters",
            "WEB_CONCURRENCY",
            "BACKUP_FOLDER",
            "passphrase",
            "DATA_DIR",
            "TRUSTED_PROXIES",
            "HSTS_PRELOAD",
            "SITE_LANGUAGE",
            "nobody",
            "alert to, no account",
            "alert by the same account",
            "SENTRY_DSN",
            "sender",
            "lines",
        ],
    )
    def test_with_a_wrong_variable_ends_with_a_sentence_about_it(self, tmp_path, variables, sentences):
        started = self.start(tmp_path, **variables)

        assert started.returncode == 1
        assert started.stdout == ""
        lines = started.stderr.splitlines()
        assert len(lines) == len(sentences)
        assert all(line.startswith(sentence) for line, sentence in zip(lines, sentences, strict=True))
        assert "Traceback" not in started.stderr

    @pytest.mark.parametrize(
        "command",
        [
            "staff",
            "export_treatment pico-laser",
            "import_treatment treatments/content/pico-laser.toml",
            "erase_expired",
            "work --once",
        ],
    )
    def test_of_a_command_without_a_database_says_what_makes_it_ready(self, tmp_path, command):
        started = self.start(tmp_path, *command.split())

        assert (started.returncode, started.stdout) == (1, "")
        assert started.stderr.splitlines() == [
            "CommandError: The database is not ready. Start the site once with “make run”; it gets it ready."
        ]

    def test_on_a_file_of_another_kind_says_so_and_leaves_it_as_it_was(self, tmp_path):
        letter = tmp_path / "letter.txt"
        letter.write_text("Not a database, but somebody's letter.")
        letter.chmod(0o644)

        started = self.start(tmp_path, "prepare", DATABASE_URL=f"sqlite:///{letter}")

        assert started.returncode == 1
        assert "The database cannot be used (file is not a database). Check" in started.stderr
        assert len(started.stderr.splitlines()) == 1
        assert stat.S_IMODE(letter.stat().st_mode) == 0o644
        assert letter.read_text() == "Not a database, but somebody's letter."

    @pytest.mark.parametrize(
        ("variables", "sentence"),
        [
            (
                {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c?colour=green"},
                'The database cannot be used (invalid connection option "colour"). Check that DATABASE_URL',
            ),
            (
                {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c?pool=true"},
                "The database cannot be used (Pooling doesn't support persistent connections.). Check that",
            ),
            ({"DATA_DIR": "README.md", "SECRET_KEY": "a" * 50}, "(File exists); give this user the right to write"),
        ],
        ids=["option", "pool", "folder"],
    )
    def test_that_cannot_get_ready_ends_with_a_sentence_about_it(self, tmp_path, variables, sentence):
        started = self.start(tmp_path, "prepare", **variables)

        assert (started.returncode, started.stdout) == (1, "")
        assert sentence in started.stderr
        assert len(started.stderr.splitlines()) == 1
