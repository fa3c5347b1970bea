"""A small site of its own for each test of backups, on the kind of database with which the tests run."""

import contextlib
import hashlib
import shutil
import uuid
from urllib.parse import urlsplit

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import override_settings

from treatments.running.backups import database
from treatments.running.backups.make import make
from treatments.running.backups.restore import restore
from treatments.tests.builders import (
    make_comment,
    make_open_clinic,
    make_picture,
    make_published_treatment,
    make_request,
)
from treatments.tests.earlier_release import Site, new_site, tell_server
from treatments.tests.monday import FRIDAY
from treatments.text import pictures

KEY = "k" * 60
#: Tables of which a restore makes something new.
MADE_NEW = ("django_session", "treatments_clinic", "treatments_edition", "treatments_linkasked", "treatments_task")


def quiet(_said):
    pass


def yes(_loss):
    return True


@contextlib.contextmanager
def within(site):
    """Inside, this process is a site, with its settings and its database."""
    settings = {
        "DATA_DIR": site.folder,
        "SECRET_KEY_FILE": site.folder / "secret_key",
        "MEDIA_ROOT": site.folder / "media",
        "MAIL_FOLDER": site.folder / "mail",
        "SECRET_KEY": KEY,
        "IS_KEY_GIVEN": False,
        "BACKUP_FOLDER": None,
        # Tests without migrations hide them.
        "MIGRATION_MODULES": {},
    }
    with override_settings(**settings), site.connected():
        try:
            yield site
        finally:
            connection.close()
            # The numbers of this site's tables are not those of the next.
            ContentType.objects.clear_cache()


def furnish(site):
    """What the site of these tests holds: a treatment, a picture, two requests with their letters, and a comment."""
    (site.folder / "secret_key").write_text(KEY)
    make_open_clinic(email="desk@example.org")
    make_published_treatment()
    pictures.store(make_picture())
    make_request(FRIDAY, name="Ana Lim", email="ana@example.org")
    make_request(name="Bo Tan", phone="+60123456789")
    make_comment(name="Cy")


@contextlib.contextmanager
def copy_of(site, folder):
    """Another site with the same data; on PostgreSQL its database goes with the block."""
    shutil.copytree(site.folder, folder)
    if not site.database_url:
        yield Site(folder)
        return
    name, source = f"copy_{uuid.uuid4().hex}", urlsplit(site.database_url).path.strip("/")
    tell_server(f"CREATE DATABASE {name} TEMPLATE {source}")
    try:
        yield Site(folder, urlsplit(site.database_url)._replace(path=f"/{name}").geturl())
    finally:
        tell_server(f"DROP DATABASE {name}")


@contextlib.contextmanager
def site_with_tables(folder):
    """A site whose tables are made and empty."""
    with new_site(folder) as site:
        site.manage("migrate --verbosity 0")
        yield site


def rows(but_for=()):
    """Every row of the site, by table."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(database.own_tables()) - set(but_for):
            cursor.execute(f"SELECT * FROM {table}")
            found[table] = sorted(map(repr, cursor.fetchall()))
    # So that nobody else uses the database.
    connection.close()
    return found


def files(site):
    """The digest of every file of the site but the database itself, by name."""
    return {
        str(path.relative_to(site.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in site.folder.rglob("*")
        if path.is_file() and "sqlite3" not in path.name
    }


def back_up(path, say=quiet):
    make(path, say)
    connection.close()
    return path


def bring_back(path, is_sure=yes):
    """Restore; what it said."""
    said: list[str] = []
    restore(path, said.append, is_sure)
    return said
