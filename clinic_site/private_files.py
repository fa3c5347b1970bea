"""Folders and files that no other user of the machine may read."""

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

#: The rights of everybody but the owner.
OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Inside, no other start works in this folder; it waits for its turn. The folder is there already."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_private(path: Path) -> None:
    """Take from others whatever rights they have in a file or a folder; if it is another user's, that user decides."""
    rights = stat.S_IMODE(path.stat().st_mode)
    if rights & OF_OTHERS:
        with contextlib.suppress(PermissionError):
            path.chmod(rights & ~OF_OTHERS)


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, so that after a power cut it is there whole or not at all.

    Raises OSError if the folder cannot be written.
    """
    with new_private(path) as file:
        file.write(text.encode())


@contextlib.contextmanager
def new_private(path: Path) -> Iterator[BinaryIO]:
    """Inside, a file to write that its owner alone may read; after the block it stands at this path, on the disk.

    If the block raises, the path is as it was before. What a killed process leaves begins with a dot.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)
    keep(path.parent)


def keep(folder: Path) -> None:
    """Bring onto the disk which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
