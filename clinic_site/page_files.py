"""Published pages as files, from which a proxy answers readers; who may write them is said in `treatments.web.filling`.

Below the folder lie

- `live/<configuration>/<quarter of an hour>/<path>/index.html`, `.gz` and `.br`: what the proxy sends;
- `build`: the build whose processes may write files;
- for moments, what is still to be moved in, and what was taken away.

No lock is taken here: whoever calls holds the clinic's row in the database (decision 29). A process that loses that
lock while it stands still does no harm: it writes into the folder that it opened, which is taken away by then.
"""

import contextlib
import datetime
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

#: Midnight of every time zone lies on a quarter of an hour of UTC, so no page that changes at midnight is sent later.
QUARTER = datetime.timedelta(minutes=15)
#: How the names begin of what is still to be moved in, and of what was taken away.
NEW, OLD = "new-", "old-"
#: The file of a page in each encoding. The proxy looks for the plain one first, so it comes last.
NAMES = {"br": "index.html.br", "gzip": "index.html.gz", "identity": "index.html"}
#: Seconds since 1970 that every file system keeps: of these many one is taken as the time of a file.
MOMENTS = 2**31


def quarter_of(moment: datetime.datetime) -> str:
    """The quarter of an hour in UTC, as the proxy names it too: 30-Nov-2026-22-15."""
    utc = moment.astimezone(datetime.UTC)
    return f"{utc:%d-%b-%Y-%H}-{utc.minute // 15 * 15:02}"


def modified_at(key: str) -> int:
    """The time that the files of a page get, in seconds, from its cache key.

    The proxy makes a file's ETag of its time and size. Two pages must not share one, however soon they follow.
    """
    return int(key, 16) % MOMENTS


@dataclass(frozen=True)
class PageFiles:
    """The pages in one folder."""

    folder: Path

    @property
    def live(self) -> Path:
        """The folder that the proxy reads."""
        return self.folder / "live"

    @property
    def builds(self) -> Path:
        """The file that names the build whose processes may write."""
        return self.folder / "build"

    def place(self, configuration: str, moment: datetime.datetime, path: str) -> Path:
        """The folder for the page at this path of the site, such as /treatments/, in the quarter of this moment."""
        return self.live / configuration / quarter_of(moment) / path.strip("/")

    @contextlib.contextmanager
    def beside(self, bodies: Mapping[str, bytes], key: str) -> Iterator[Path]:
        """A folder with the page's files, to be moved into its place; it is gone after the `with` block."""
        made = Path(tempfile.mkdtemp(prefix=NEW, dir=self.folder))
        try:
            for encoding, name in NAMES.items():
                with open(made / name, "wb") as file:
                    file.write(bodies[encoding])
                    # After a power cut no file may be there that is not whole.
                    file.flush()
                    os.fsync(file.fileno())
                # Everybody may read what everybody may read in the net.
                (made / name).chmod(0o644)
                os.utime(made / name, (modified_at(key), modified_at(key)))
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def move_in(self, made: Path, place: Path, is_current: Callable[[], bool]) -> None:
        """Let the proxy find these files from now on, if the page is current. Raises OSError.

        That is asked after the folder was opened. So whoever changes the page after the answer takes the folder away,
        and with it what comes into it later.
        """
        make_open(place, self.folder)
        with opened(place) as folder:
            if is_current():
                for name in NAMES.values():
                    os.rename(made / name, name, dst_dir_fd=folder)

    def take_away(self) -> None:
        """Let the proxy find no file any more, not even after a power cut.

        Raises OSError if that fails, and then whoever calls must fail: also if the folder is not the one that was
        claimed, as when its disk is not there. Before the first start there is none.
        """
        if not self.folder.exists():
            return
        self.builds.stat()
        try:
            self.live.rename(self.folder / f"{OLD}{secrets.token_hex(8)}")
        except FileNotFoundError:
            return
        with opened(self.folder) as folder:
            os.fsync(folder)

    def sweep(self) -> None:
        """Delete what was taken away, also by changes that were broken off. What cannot be deleted harms nobody."""
        for old in self.folder.glob(f"{OLD}*"):
            shutil.rmtree(old, ignore_errors=True)

    def drop_past(self, configuration: str, moment: datetime.datetime) -> None:
        """Delete the files of quarters that are over; a clock of another machine may be ahead a little."""
        kept = {quarter_of(moment), quarter_of(moment + QUARTER)}
        for quarter in (self.live / configuration).glob("*"):
            if quarter.name not in kept:
                shutil.rmtree(quarter, ignore_errors=True)

    def claim(self, build: str) -> None:
        """Take away every file; from now on only processes of this build may write new ones. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        for broken_off in self.folder.glob(f"{NEW}*"):
            shutil.rmtree(broken_off, ignore_errors=True)
        beside = self.builds.with_suffix(f".{secrets.token_hex(8)}")
        beside.write_text(build)
        beside.replace(self.builds)
        self.take_away()
        self.sweep()

    def belong_to(self, build: str) -> bool:
        """Whether processes of this build may write."""
        try:
            return self.builds.read_text() == build
        except FileNotFoundError:
            return False


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[int]:
    """The descriptor of a folder, while the `with` block lasts."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def make_open(folder: Path, below: Path) -> None:
    """Make a folder, and those between it and `below`, which everybody may read, whatever this process's umask."""
    if folder != below and not folder.is_dir():
        make_open(folder.parent, below)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def page_files() -> PageFiles | None:
    """The files of this site; None where it has none, because PAGES_DIR is not set."""
    return PageFiles(settings.PAGES_DIR) if settings.PAGES_DIR else None
