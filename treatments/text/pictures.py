"""Picture files: decoded and cleaned once, re-encoded in several forms, named by their content.

A picture's name is `<digest>.webp`: the SHA-256 of its size and pixels. That file is its lossless master, without
metadata; beside it lie the forms that readers get, `<digest>-<width>.avif` and the like. The same picture in
another file gets the same name, so importing an export changes nothing.
"""

import datetime
import hashlib
import io
import re
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image

from clinic_site import journal
from treatments.text import pixels

FOLDER = "pictures"
#: What cameras sell as 50 megapixels has up to 4 % more: 8,192 × 6,144, 8,688 × 5,792 or 8,272 × 6,200.
MOST_PIXELS = 52_000_000
MOST_BYTES = 40_000_000
#: The longest side that is kept, in pixels.
LONGEST = 2400
#: Cameras and programs write up to 18 scans into a progressive JPEG. Each costs as much time as a whole picture.
MOST_SCANS = 50
#: The widths in pixels of the forms that readers get; a picture that is narrower than the widest has its own as well.
WIDTHS = (480, 800, 1200, 1600)
#: How long a browser shows a picture without asking whether it is still there, in seconds.
KEPT_SECONDS = 3600
#: The width in pixels of the JPEG that link previews and very old browsers get.
PREVIEW_WIDTH = 1200
# Pillow only warns about a picture of very many pixels. Once for all threads: catching warnings is not safe with them.
warnings.simplefilter("error", Image.DecompressionBombWarning)
READABLE = ("JPEG", "PNG", "WEBP", "AVIF")
NAME = re.compile(r"[0-9a-f]{64}\.webp|[0-9a-f]{64}-\d{1,4}\.(?:avif|webp|jpg)")
MASTER = re.compile(r"[0-9a-f]{64}\.webp")
#: How every file of a picture begins, and what a killed process left of one.
OF_PICTURE = re.compile(r"[0-9a-f]{64}[.-]")
HEIC = re.compile(rb".{4}ftyp(?:.{4})*?he[iv][a-z]", re.DOTALL)
#: How a JPEG begins, and its markers (ITU-T T.81, B.1.1), without those that stand between pixels.
JPEG = b"\xff\xd8"
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"
#: What the file field of a form takes; a phone that takes photos in another form then sends one of these.
ACCEPTED = "image/jpeg,image/png,image/webp,image/avif"
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


class PictureRefused(ValueError):
    """A file that does not become a picture; the message says why and what to do."""


#: Decoding takes much memory for a moment (see `read`), so each process does it for one file at a time.
DECODING = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A decoded picture on its way to the store; `digest` is what `digest_of` gives."""

    image: Image.Image
    digest: str

    @property
    def name(self) -> str:
        """The name of its master."""
        return f"{self.digest}.webp"

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), in pixels."""
        return self.image.size


def read(data: bytes) -> Picture:
    """Decode the bytes of a JPEG, PNG, WebP or AVIF file into a Picture.

    Raises PictureRefused for anything else, for damage, and for more than 50 megapixels.

    With that many, the whole process was measured to need 240 MiB for a JPEG, 430 for a progressive one and 530 for
    one of inks, 310 for a PNG and 500 for one with a see-through colour of sixteen bits, 640 for AVIF and 880 for
    WebP, whose decoders hold the picture several times.
    """
    if len(data) > MOST_BYTES:
        raise PictureRefused(_("The file is larger than 40 MB. Save the picture smaller and try again."))
    if is_heic(data):
        raise PictureRefused(
            _(
                "This is a HEIC picture, which few browsers show. Save or send it as JPEG and try again; an iPhone "
                "takes JPEG after Settings, Camera, Formats, Most Compatible."
            )
        )
    try:
        with DECODING, Image.open(io.BytesIO(data), formats=READABLE) as image:
            check_size(*image.size)
            if data.startswith(JPEG):
                check_scans(data)
            seen = pixels.as_seen(image, data, LONGEST)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(_("The picture has more than 50 megapixels. Save it smaller and try again.")) from error
    except Exception as error:
        # Pillow's decoders raise a dozen kinds for bytes that are not, or not wholly, a picture.
        raise PictureRefused(
            _(
                "This is not a whole JPEG, PNG, WebP or AVIF picture. Open it in a picture program, "
                "save it as JPEG or PNG and try again."
            )
        ) from error
    return Picture(seen, digest_of(seen))


def is_heic(data: bytes) -> bool:
    """Whether a file says among its brands (ISO/IEC 14496-12, 4.3) that its picture is coded as HEVC."""
    return bool(HEIC.match(data[: int.from_bytes(data[:4], "big")][:256]))


def check_size(width: int, height: int) -> None:
    """Raise PictureRefused for more pixels than are taken."""
    if width * height > MOST_PIXELS:
        raise PictureRefused(
            _(
                "The picture has %(width)s × %(height)s pixels; at most 50 megapixels are possible, "
                "for example 8,192 × 6,144. Save it smaller and try again."
            )
            % {"width": width, "height": height}
        )


def check_scans(data: bytes) -> None:
    """Raise PictureRefused for a JPEG of so many scans that decoding it would take minutes."""
    found, at = 0, len(JPEG)
    while marker := MARKER.search(data, at):
        kind, at = marker[1], marker.end()
        if kind == END_OF_IMAGE:
            return
        # The marker's segment, whose length counts itself; what follows a scan's is its pixels.
        at += int.from_bytes(data[at : at + 2], "big")
        found += kind == START_OF_SCAN
        if found > MOST_SCANS:
            raise PictureRefused(
                _("The picture is a JPEG of too many layers. Open it in a picture program, save it anew and try again.")
            )


def digest_of(image: Image.Image) -> str:
    """SHA-256 of size and pixels, as 64 hexadecimal digits."""
    return hashlib.sha256(b"%d %d " % image.size + image.tobytes()).hexdigest()


def store(picture: Picture) -> None:
    """Write the master and every form that readers get, except those that are there and whole.

    Raises OSError if there is no room, or no right to write; storing it once more writes what is missing.
    """
    for name, encode in forms(picture).items():
        if not is_whole(name):
            default_storage.save(f"{FOLDER}/{name}", ContentFile(encode()))


def is_whole(name: str) -> bool:
    """Whether a file of this name can be decoded to its last row; a master must have the pixels that its name says."""
    try:
        with open_file(name) as file, Image.open(file, formats=READABLE) as image:
            image.load()
            return MASTER.fullmatch(name) is None or name == f"{digest_of(image)}.webp"
    except Exception:
        # No file, or one of the dozen kinds that Pillow's decoders raise.
        return False


def forms(picture: Picture) -> dict[str, Callable[[], bytes]]:
    """Each file name with a function that makes the file's bytes.

    The master is the last: where it is, every other file has been written.
    """

    def encoded(width: int, kind: str, **options: object) -> bytes:
        image = picture.image
        if width != image.width:
            height = max(1, round(image.height * width / image.width))
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    found: dict[str, Callable[[], bytes]] = {}
    for width in widths(picture.image.width):
        stem = f"{picture.digest}-{width}"
        found[f"{stem}.avif"] = partial(encoded, width, "AVIF", quality=58, speed=6)
        found[f"{stem}.webp"] = partial(encoded, width, "WEBP", quality=78, method=6)
    preview = preview_width(picture.image.width)
    found[f"{picture.digest}-{preview}.jpg"] = partial(
        encoded, preview, "JPEG", quality=82, optimize=True, progressive=True, comment=b""
    )
    found[picture.name] = partial(encoded, picture.image.width, "WEBP", lossless=True, quality=80, method=4)
    return found


def widths(width: int) -> list[int]:
    """The widths in which readers get a picture of this width, in pixels, the smallest first."""
    return sorted({*(smaller for smaller in WIDTHS if smaller < width), min(width, WIDTHS[-1])})


def preview_width(width: int) -> int:
    """The width of the JPEG of a picture of this width, in pixels."""
    return min(width, PREVIEW_WIDTH)


def is_there(name: str) -> bool:
    """Whether the picture with this master's name has not been withdrawn."""
    return default_storage.exists(f"{FOLDER}/{name}")


def open_file(name: str) -> "File[bytes]":
    """The stored file of this name, open for reading; FileNotFoundError if there is none."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return default_storage.open(f"{FOLDER}/{name}", "rb")


def stored_at(name: str) -> datetime.datetime | None:
    """When the file of this name was stored; None if there is none."""
    try:
        return default_storage.get_modified_time(f"{FOLDER}/{name}")
    except FileNotFoundError:
        return None


def stored_before(moment: datetime.datetime) -> list[str]:
    """The masters' names of the pictures of which every file was stored before a moment.

    A picture whose storing was cut short is among them, so that a master may be missing.
    """
    if not default_storage.exists(FOLDER):
        return []
    _folders, files = default_storage.listdir(FOLDER)
    stored: dict[str, list[datetime.datetime | None]] = {}
    for file in files:
        if OF_PICTURE.match(file):
            stored.setdefault(file[:64], []).append(stored_at(file))
    return [f"{digest}.webp" for digest, times in stored.items() if all(at and at < moment for at in times)]


def content_type(name: str) -> str:
    """The media type of a picture file with this name, such as image/avif."""
    return TYPES[PurePosixPath(name).suffix[1:]]


def withdraw(name: str) -> None:
    """Erase every file of the picture with this master's name; pages show its text from then on."""
    journal.note(journal.PICTURE, name)
    digest = PurePosixPath(name).stem
    _folders, files = default_storage.listdir(FOLDER)
    # The master first: from that moment no page offers the others.
    for file in sorted(file for file in files if file.startswith(digest))[::-1]:
        default_storage.delete(f"{FOLDER}/{file}")
