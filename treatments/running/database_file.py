"""The file of an SQLite database and the -wal beside it, which belong together while anybody uses them.

As long as there is a -wal, the file itself says that it is not whole (`user_version` is 1), and the -wal says that both
together are (0). A copy by `.backup` or `VACUUM INTO` reads both and says 0; a mere copy of the file says 1, and the
next start warns. When the last connection is closed, SQLite puts the -wal into the file, which is whole then.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from clinic_site.private_files import make_private

#: What every database begins with, once something is in it.
HEADER = b"SQLite format 3\0"
WHOLE, NEEDS_ITS_WAL = 0, 1
#: Where a database file says which of these it is; see https://www.sqlite.org/fileformat.html, 1.3.
SAYS = slice(60, 64)
#: The bytes that stand before the pages of a -wal, and before each of them.
WAL_HEADER, FRAME_HEADER = 32, 24
#: All in seconds: how long emptying the -wal waits for others, how long saying again that both are whole does, and the
#: pause between two looks.
PATIENCE, LONGER_PATIENCE, PAUSE = 1, 10, 2


def path() -> Path | None:
    """Where the database is; None if it is not in a file."""
    if connection.vendor != "sqlite":
        return None
    if connection.is_in_memory_db():  # type: ignore[attr-defined]  # Django's backend for SQLite has it.
        return None
    return Path(connection.settings_dict["NAME"])


@contextlib.contextmanager
def in_use(file: Path) -> Iterator[None]:
    """Inside, Django works on another file of SQLite than the site's."""
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(file)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def is_used_by_others(file: Path) -> bool:
    """Whether any other connection to this database is open, be it idle; if none is, its -wal is put into it.

    A file that is damaged is used by nobody.
    """
    if not file.exists():
        return False
    connection.close()
    with contextlib.closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        except sqlite3.DatabaseError:
            return False
    return False


def wal_of(file: Path) -> Path:
    """The -wal of a database file, there or not."""
    return file.with_name(f"{file.name}-wal")


def beside(file: Path) -> tuple[Path, Path]:
    """What SQLite writes beside a database file while it is in use, there or not."""
    return wal_of(file), file.with_name(f"{file.name}-shm")


def make_files_private(file: Path) -> None:
    """Keep the database from other users of the machine, also before it is there; other files keep their rights."""
    file.touch(mode=0o600)
    with file.open("rb") as opened:
        if opened.read(len(HEADER)) not in (b"", HEADER):
            return
    for part in (file, *beside(file)):
        if part.exists():
            make_private(part)


def lacks_its_wal(file: Path) -> bool:
    """Whether this is a copy of a database in use, without what was written last. Ask before the database is opened."""
    if not file.exists() or is_filled(wal_of(file)):
        return False
    with file.open("rb") as opened:
        return int.from_bytes(opened.read(SAYS.stop)[SAYS]) == NEEDS_ITS_WAL


def is_filled(file: Path) -> bool:
    """Whether there is such a file, with something in it."""
    return file.exists() and file.stat().st_size > 0


class Keeper:
    """Empties the -wal of a database soon after anything was written, so that what was erased is gone from it too."""

    def __init__(self, file: Path) -> None:
        self.file = file
        #: The state of the -wal when nothing in it was new; None if there is no such state, so that tend tries again.
        self.seen: tuple[int, int] | None = None

    def state(self) -> tuple[int, int] | None:
        """The size of the -wal in bytes and when it was last written, in nanoseconds; None without a -wal."""
        wal = wal_of(self.file)
        if not wal.exists():
            return None
        found = wal.stat()
        return found.st_size, found.st_mtime_ns

    def tend(self) -> None:
        """Put the -wal into the file and empty it if anything in it is new; what fails is tried again the next time."""
        if self.state() == self.seen:
            return
        # A database that cannot be written just now is tried again.
        with contextlib.suppress(sqlite3.Error, OSError):
            least = self.emptied()
            state = self.state()
            self.seen = state if state is None or state[0] <= least else None

    def emptied(self) -> int:
        """Try once to empty the -wal; return how many bytes it has if that went well and nobody has written since.

        They are those of one page, which says that both files are whole again. Raises sqlite3.Error and OSError.
        """
        with contextlib.closing(sqlite3.connect(self.file, timeout=PATIENCE, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute(f"PRAGMA user_version = {NEEDS_ITS_WAL}")
            try:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                database.execute(f"PRAGMA busy_timeout = {LONGER_PATIENCE * 1000}")
                database.execute(f"PRAGMA user_version = {WHOLE}")
            page: int
            (page,) = database.execute("PRAGMA page_size").fetchone()
        return WAL_HEADER + FRAME_HEADER + page


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Inside, a thread of its own tends the database's file; a database that is in no file needs none."""
    file = path()
    if file is None:
        yield
        return
    keeper, is_over = Keeper(file), threading.Event()

    def tend() -> None:
        while not is_over.wait(PAUSE):
            keeper.tend()

    thread = threading.Thread(target=tend, name="database keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(PATIENCE + LONGER_PATIENCE)


def rebuild() -> None:
    """Write the database anew, without what was erased from it; as large as it is, it has to fit on the disk twice.

    Raises DatabaseError if others hold on to it or the disk is full; nothing is lost then.
    """
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
