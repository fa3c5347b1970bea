"""A file that only a passphrase opens, in the form of the program “age”, which opens it too.

age seals long files for a key, and short ones for a passphrase. So a sealed backup is two files of age, one after the
other: a key of its own, sealed for the passphrase, as text; and all else, sealed for that key.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import pyrage

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----\n"
END = b"-----END AGE ENCRYPTED FILE-----\n"
#: How whatever gzip has made begins.
GZIP = b"\x1f\x8b"
#: In bytes: the text of a sealed key is a tenth of this.
LONGEST_KEY = 8192
DAMAGED = "The file is damaged: it is cut off, or some of it was changed. Take another backup."
FOREIGN = "The file is no backup of this site. Take one that “manage.py backup” has made."


class Refused(Exception):
    """A file that is no backup for this site; the message says why and what to do. Nothing was touched."""


@contextlib.contextmanager
def sealing(out: BinaryIO, passphrase: str) -> Iterator[BinaryIO]:
    """Inside, a file to write; what is written there comes into `out`, sealed unless the passphrase is empty."""
    if not passphrase:
        yield out
        return
    key = pyrage.x25519.Identity.generate()
    out.write(pyrage.passphrase.encrypt(str(key).encode(), passphrase, armored=True))
    reading, writing = os.pipe()

    def seal() -> None:
        with open(reading, "rb") as plain:
            pyrage.encrypt_io(plain, out, [key.to_public()])

    with in_a_thread(seal) as result:
        try:
            with open(writing, "wb") as plain:
                yield plain
        except BrokenPipeError:
            # Sealing has failed; why, it says itself.
            result()
            raise
        result()


@contextlib.contextmanager
def opened(file: BinaryIO, passphrase: str) -> Iterator[BinaryIO]:
    """Inside, a file to read what was sealed in `file`; one that is not sealed is read as it is.

    Raises Refused without the right passphrase, for what we never made, and after the block for what is not whole.
    """
    begin = file.read(len(BEGIN))
    if begin != BEGIN:
        if not begin.startswith(GZIP):
            raise Refused(FOREIGN)
        file.seek(0)
        yield file
        return
    key = key_of(file, passphrase)
    reading, writing = os.pipe()

    def unseal() -> None:
        with open(writing, "wb") as plain:
            pyrage.decrypt_io(file, plain, [key])

    with in_a_thread(unseal) as result:
        with open(reading, "rb") as plain:
            yield plain
        try:
            result()
        except (OSError, pyrage.DecryptError) as error:
            raise Refused(DAMAGED) from error


def key_of(file: BinaryIO, passphrase: str) -> pyrage.x25519.Identity:
    """The key at the beginning of a sealed file, of which BEGIN is read already. Raises Refused."""
    if not passphrase:
        raise Refused("The file is encrypted. Set BACKUP_PASSPHRASE to what it was when the backup was made.")
    text = BEGIN
    while not text.endswith(END):
        line = file.readline(LONGEST_KEY)
        text += line
        if not line or len(text) > LONGEST_KEY:
            raise Refused(DAMAGED)
    try:
        return pyrage.x25519.Identity.from_str(pyrage.passphrase.decrypt(text, passphrase).decode())
    except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError) as error:
        raise Refused(
            "BACKUP_PASSPHRASE does not open this file. Set it to what it was when the backup was made; if it was "
            "that, the file is damaged."
        ) from error


@contextlib.contextmanager
def in_a_thread(work: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Do some work in a thread beside the block, which ends before the block does.

    Gives a function that waits for its end, and raises whatever the work has raised.
    """
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        yield lambda: future.result()
