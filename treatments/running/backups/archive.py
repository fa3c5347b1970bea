"""What a backup holds, as a tar: first what it is, last the SHA-256 of every other file in it."""

import contextlib
import dataclasses
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from treatments.running.backups.sealed import DAMAGED, FOREIGN, Refused, opened

#: The files in a backup, by name; besides these it holds the files of FOLDERS.
ABOUT, KEY, JOURNAL, DATABASE, SUMS = "backup.json", "secret_key", "erased.journal", "clinic.sqlite3", "SHA256SUMS"
#: The folders in a backup: pictures, and the rows of PostgreSQL's tables.
MEDIA, ROWS = "media", "rows"
#: What a file in one of them may be called: no file of ours begins with a dot or leads out of its folder.
NAME = re.compile(rf"(?:{KEY}|{JOURNAL}|{DATABASE}|{SUMS}|(?:{MEDIA}|{ROWS})(?:/\w[\w.-]*)+)", re.ASCII)
#: What a backup of ours says that it is, and the form in which this version writes one.
WHAT, FORMAT = "backup of a clinic’s site", 1
#: In bytes: so much is read at once, and so long may the small files be.
CHUNK, LONGEST_TEXT = 1024 * 1024, 4 * 1024 * 1024
#: Pictures are as small as they get already: more than a little work would gain nothing.
LITTLE_WORK = 1


@dataclass(frozen=True)
class About:
    """What a backup says of itself: when it was made, of which database, with which migrations and key.

    `made_at` is ISO 8601; `database` is Django's name for the kind of it; `migrations` are [app, name] in the order in
    which they ran; `tables` are {table: columns} of the rows, empty where the database is one file; `key_mark` is the
    mark of the key.
    """

    made_at: str
    database: str
    migrations: list[list[str]]
    tables: dict[str, list[str]]
    key_mark: str
    what: str = WHAT
    format: int = FORMAT


class Archive:
    """A backup that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.sums: list[str] = []

    def add(self, name: str, file: BinaryIO, size: int) -> None:
        """Add the next `size` bytes of a file. Raises OSError if there are fewer."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        counted = Counted(file)
        self.tar.addfile(info, counted)
        self.sums.append(f"{counted.digest.hexdigest()}  {name}\n")

    def add_text(self, name: str, text: str) -> None:
        data = text.encode()
        self.add(name, io.BytesIO(data), len(data))


class Counted(io.RawIOBase):
    """A file to read of which the digest is taken while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


@contextlib.contextmanager
def writing(out: BinaryIO, about: About) -> Iterator[Archive]:
    """Inside, an archive to add files to; after the block it is whole, and its sums are in it."""
    with (
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=LITTLE_WORK, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        archive = Archive(tar)
        archive.add_text(ABOUT, json.dumps(dataclasses.asdict(about), indent=1))
        yield archive
        archive.add_text(SUMS, "".join(archive.sums))


def read(
    file: BinaryIO, passphrase: str, accept: Callable[[About], object], folder: Path | None = None
) -> tuple[About, set[str]]:
    """Read a whole backup, into a folder or, without one, only to see whether it is whole.

    `accept` is told what the backup says of itself before anything else is read, and raises Refused for what is not
    wanted. Returns what it says of itself and the names of its files. Raises Refused for what is no backup, damaged or
    made by a later version, and OSError if the folder cannot be written.
    """
    with opened(file, passphrase) as plain:
        try:
            return unpack(plain, accept, folder)
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise Refused(DAMAGED) from error


def unpack(plain: BinaryIO, accept: Callable[[About], object], folder: Path | None) -> tuple[About, set[str]]:
    """What `read` does, on the bytes that were sealed; raises as well what tar and gzip raise for damage."""
    sums: dict[str, str] = {}
    told = ""
    with gzip.GzipFile(fileobj=plain, mode="rb") as packed, tar_in(packed) as tar:
        about, digest = about_of(tar)
        accept(about)
        sums[ABOUT] = digest
        while member := tar.next():
            file = tar.extractfile(member) if member.isreg() and NAME.fullmatch(member.name) else None
            if file is None or member.name in sums or told:
                raise Refused(DAMAGED)
            if member.name == SUMS:
                told = text_of(file)
            else:
                sums[member.name] = taken(file, member.size, folder and folder / member.name)
        # To the last byte, of which gzip and age say whether it is the last.
        while packed.read(CHUNK):
            pass
    if told != "".join(f"{digest}  {name}\n" for name, digest in sums.items()):
        raise Refused(DAMAGED)
    return about, set(sums)


def tar_in(packed: gzip.GzipFile) -> tarfile.TarFile:
    """The tar that was packed, open for reading. Raises Refused for something else, EOFError if there is nothing."""
    if not packed.peek(1):
        raise EOFError
    try:
        return tarfile.open(fileobj=packed, mode="r|")
    except tarfile.ReadError as error:
        raise Refused(FOREIGN) from error


def about_of(tar: tarfile.TarFile) -> tuple[About, str]:
    """What a backup says of itself, in its first file, and the digest of that. Raises Refused."""
    member = tar.next()
    file = tar.extractfile(member) if member and member.isreg() and member.name == ABOUT else None
    try:
        text = text_of(file) if file else ""
        said = json.loads(text or "{}")
        is_ours = said.get("what") == WHAT
        if is_ours and said["format"] == FORMAT:
            return About(**said), hashlib.sha256(text.encode()).hexdigest()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(DAMAGED) from error
    if is_ours:
        raise Refused(
            "The backup was made by a later version of this software. Install that version, and restore there."
        )
    raise Refused(FOREIGN)


def text_of(file: IO[bytes]) -> str:
    """The text of a small file. Raises ValueError for what is none."""
    data = file.read(LONGEST_TEXT)
    return data.decode()


def taken(file: IO[bytes], size: int, path: Path | None) -> str:
    """The digest of a file in a backup, which is written to this path, if there is one."""
    counted = Counted(file)
    with contextlib.ExitStack() as stack:
        out = None
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            out = stack.enter_context(path.open("xb"))
            os.fchmod(out.fileno(), 0o600)
        left = size
        while left:
            data = counted.read(min(CHUNK, left))
            if not data:
                raise EOFError
            left -= len(data)
            if out:
                out.write(data)
    return counted.digest.hexdigest()
