"""Making a backup while the site runs."""

import contextlib
import datetime
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from clinic_site import journal
from clinic_site.private_files import alone_in, new_private
from treatments.running.backups import archive, database
from treatments.running.backups.sealed import Refused, sealing
from treatments.running.key import mark_of

#: To whom a backup tells what it does, in words.
Say = Callable[[str], object]
#: The folder in DATA_DIR in which one backup at a time lays its copy of the database.
COPYING = "copying"
#: How often it is said how far a backup is, in hundredths.
STEP = 10


def make(path: Path, say: Say) -> None:
    """Write a backup to this path, where nothing is yet; `say` is told how far it is.

    It is sealed with BACKUP_PASSPHRASE, if that is set, and read once more before it counts. Raises CommandError with
    what to do if it cannot be made; then nothing is at the path.
    """
    if path.exists():
        raise CommandError(f"There is a file {path} already. Name another, or move that one away.")
    try:
        with room_for_a_copy() as folder:
            write(path, folder, say)
    except (OSError, DatabaseError, sqlite3.Error, Refused) as error:
        said = " ".join(str(error).split())
        raise CommandError(
            f"No backup was made ({said}). Check that {path.parent} and {settings.DATA_DIR} can be written, that both "
            "have room for all of the data, and that the database can be reached."
        ) from error


@contextlib.contextmanager
def room_for_a_copy() -> Iterator[Path]:
    """Inside, an empty folder beside the data, for one backup at a time; what a killed one has left is gone."""
    place = settings.DATA_DIR / COPYING
    place.mkdir(mode=0o700, exist_ok=True)
    with alone_in(place):
        for left in place.iterdir():
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(dir=place) as folder:
            yield Path(folder)


def write(path: Path, folder: Path, say: Say) -> None:
    """What `make` does, with a folder for copies."""
    made_at = timezone.now()
    entries = journal.level()
    say("Copying the database…")
    copied = database.copy_into(folder)
    journal.write(folder / archive.JOURNAL, entries)
    about = about_now(made_at, copied)
    # The pictures after the rows that name them: each was written before its row.
    sources = [*files_in(folder), *((f"{archive.MEDIA}/{name}", path) for name, path in files_in(settings.MEDIA_ROOT))]
    with new_private(path) as file:
        with sealing(file, settings.BACKUP_PASSPHRASE) as plain, archive.writing(plain, about) as packed:
            packed.add_text(archive.KEY, settings.SECRET_KEY)
            add_all(packed, sources, say)
        say("Reading it once more…")
        file.seek(0)
        archive.read(file, settings.BACKUP_PASSPHRASE, lambda _about: None)
    say(f"The backup is {path}.")


def about_now(made_at: datetime.datetime, copied: database.Copied) -> archive.About:
    """What a backup of this site says of itself."""
    return archive.About(
        made_at=made_at.isoformat(),
        database=connection.vendor,
        migrations=copied.migrations,
        tables=copied.tables,
        key_mark=mark_of(settings.SECRET_KEY),
    )


def files_in(folder: Path) -> list[tuple[str, Path]]:
    """(name in the folder, path) of every file in it, but for hidden ones and those that are still being written."""
    found = [(path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [(name, path) for name, path in found if not path.name.startswith(".") and path.suffix != ".part"]


def add_all(packed: archive.Archive, sources: list[tuple[str, Path]], say: Say) -> None:
    """Add every file, and say how far that is; one that was erased meanwhile is left out."""
    sizes = {name: size_of(path) for name, path in sources}
    whole, done, said = max(1, sum(sizes.values())), 0, 0
    for name, path in sources:
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            packed.add(name, file, size_of_open(file))
        done += sizes[name]
        if done * 100 // whole >= said + STEP:
            said = done * 100 // whole // STEP * STEP
            say(f"Writing: {said} %")


def size_of(path: Path) -> int:
    """How many bytes a file has; none if it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def size_of_open(file: BinaryIO) -> int:
    """How many bytes an open file has, whatever its name stands for by now."""
    size = file.seek(0, 2)
    file.seek(0)
    return size
