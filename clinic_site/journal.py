"""What was erased or withdrawn, by public ids alone, so that a restore does it again.

A line is added in the act itself, to a file in DATA_DIR and to one in the folder of backups, where there is one: so
either of the two may be lost. A backup takes the file with it.
"""

import datetime
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from clinic_site.private_files import keep, new_private

log = logging.getLogger("treatments.journal")

#: The name of the file, in whatever folder it lies.
NAME = "erased.journal"
#: The kinds of what is noted, each with the public id that its lines name: a patient's request, a visitor's comment, a
#: private link (of a request), a picture (the name of its master) and a treatment (its slug).
REQUEST, COMMENT, LINK, PICTURE, TREATMENT = "request", "comment", "link", "picture", "treatment"
LINE = re.compile(rf"(\S+) ({REQUEST}|{COMMENT}|{LINK}|{PICTURE}|{TREATMENT}) ([\w.-]+)", re.ASCII)


@dataclass(frozen=True, order=True)
class Entry:
    """One act: an aware moment, what kind of thing it was about, and the public id of that thing."""

    at: datetime.datetime
    kind: str
    public_id: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(datetime.UTC).isoformat()} {self.kind} {self.public_id}"


def note(kind: str, public_id: str) -> None:
    """Note an act before it is committed: what is noted and then not done is done once more at worst.

    Raises OSError if it cannot be written beside the data; then the act must fail. In the folder of backups the line
    may be missing until the next backup puts it there.
    """
    entry = Entry(datetime.datetime.now(datetime.UTC), kind, public_id)
    add(settings.DATA_DIR, [entry])
    if settings.BACKUP_FOLDER:
        try:
            add(settings.BACKUP_FOLDER, [entry])
        except OSError as error:
            log.error("The journal in the folder of backups cannot be written (%s).", error.strerror)


def add(folder: Path, entries: Iterable[Entry]) -> None:
    """Add lines to the journal in a folder, if there are any, and bring them onto the disk. Raises OSError."""
    text = "".join(f"\n{entry}\n" for entry in entries)
    if not text:
        return
    path = folder / NAME
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # One write, so that lines of several processes do not mix; a line that was cut off is ended first.
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        keep(folder)


def read(path: Path) -> set[Entry]:
    """The entries of a journal; none of one that is not there. A line that was cut off is no entry."""
    if not path.exists():
        return set()
    return set(filter(None, map(entry_of, path.read_text(encoding="ascii", errors="replace").splitlines())))


def entry_of(line: str) -> Entry | None:
    """The entry that a line holds; None if it is none."""
    found = LINE.fullmatch(line)
    if found is None:
        return None
    try:
        at = datetime.datetime.fromisoformat(found[1])
    except ValueError:
        return None
    return Entry(at, found[2], found[3]) if at.tzinfo else None


def merge(paths: Iterable[Path]) -> list[Entry]:
    """The entries of several journals, in the order in which they happened."""
    return sorted(set().union(*map(read, paths)))


def level() -> list[Entry]:
    """Give the journal of the data and that of the backups what the other has more, and return all; raises OSError."""
    folders = [folder for folder in (settings.DATA_DIR, settings.BACKUP_FOLDER) if folder]
    entries = merge(folder / NAME for folder in folders)
    for folder in folders:
        if missing := set(entries) - read(folder / NAME):
            add(folder, sorted(missing))
    return entries


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write a whole journal anew."""
    with new_private(path) as file:
        file.writelines(f"{entry}\n".encode() for entry in sorted(entries))
