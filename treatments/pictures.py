"""Picture files: decoded and cleaned once, re-encoded in several forms, named by their content.

A picture's name is `<digest>.webp`: the SHA-256 of its size and pixels. That file is its lossless master, without
metadata; beside it lie the forms that readers get, `<digest>-<width>.avif` and the like. The same picture in
another file gets the same name, so importing an export changes nothing.
"""

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageCms, ImageOps

FOLDER = "pictures"
MOST_PIXELS = 24_000_000
MOST_BYTES = 40_000_000
#: The longest side that is kept, in pixels.
LONGEST = 2400
WIDTHS = (480, 800, 1200, 1600)
#: The width of the JPEG that link previews and very old browsers get.
PREVIEW_WIDTH = 1200
READABLE = ("JPEG", "PNG", "WEBP", "AVIF")
NAME = re.compile(r"[0-9a-f]{64}\.webp|[0-9a-f]{64}-\d{1,4}\.(?:avif|webp|jpg)")
MASTER = re.compile(r"[0-9a-f]{64}\.webp")
SRGB = ImageCms.createProfile("sRGB")
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


class PictureRefused(ValueError):
    """A file that does not become a picture; the message says why and what to do."""


@dataclass
class Picture:
    """A decoded picture on its way to the store."""

    image: Image.Image
    digest: str

    @property
    def name(self):
        return f"{self.digest}.webp"

    @property
    def size(self):
        return self.image.size


def read(data):
    """Decode the bytes of a JPEG, PNG, WebP or AVIF file into a Picture.

    Raises PictureRefused for anything else, for damage, and for more than 24 megapixels.
    """
    if len(data) > MOST_BYTES:
        raise PictureRefused("The file is larger than 40 MB. Save the picture smaller and try again.")
    try:
        with warnings.catch_warnings():
            # Pillow only warns about a picture that unpacks to far more than its file.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=READABLE)
            if image.width * image.height > MOST_PIXELS:
                raise PictureRefused(
                    f"The picture has {image.width} × {image.height} pixels; at most 24 million are possible, "
                    "for example 6,000 × 4,000. Save it smaller and try again."
                )
            image.load()
            image = ImageOps.exif_transpose(image)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise PictureRefused("The picture has more than 24 million pixels. Save it smaller and try again.") from fault
    except Exception as fault:
        # Pillow's decoders raise a dozen kinds for bytes that are not, or not wholly, a picture.
        raise PictureRefused(
            "This is not a whole JPEG, PNG, WebP or AVIF picture. Open it in a picture program, "
            "save it as JPEG or PNG and try again."
        ) from fault
    image = on_white(in_srgb(image))
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return Picture(image, digest_of(image))


def in_srgb(image):
    """The picture in the colours of the web; phones take photos in wider ones and say so in a profile."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    try:
        return ImageCms.profileToProfile(
            image, io.BytesIO(profile), SRGB, outputMode="RGBA" if image.mode == "RGBA" else "RGB"
        )
    except ImageCms.PyCMSError:
        # A damaged profile, or one of other colours than the picture has, says nothing.
        return image


def on_white(image):
    """The picture in plain RGB; what is transparent becomes white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    if image.mode.startswith("I"):
        # Sixteen bits of grey: Pillow would cut off all that is brighter than the darkest 256 of them.
        image = image.convert("I").point(lambda grey: grey / 257).convert("L")
    return Image.frombytes("RGB", image.size, image.convert("RGB").tobytes())


def digest_of(image):
    """SHA-256 of size and pixels, as 64 hexadecimal digits."""
    return hashlib.sha256(b"%d %d " % image.size + image.tobytes()).hexdigest()


def store(picture):
    """Write the master and every form that readers get, unless they are there."""
    for name, encode in forms(picture).items():
        path = f"{FOLDER}/{name}"
        if not default_storage.exists(path):
            default_storage.save(path, ContentFile(encode()))


def forms(picture):
    """Each file name with a function that makes the file's bytes; the master last, so that it vouches for all."""

    def encoded(width, kind, **options):
        image = picture.image
        if width != image.width:
            height = max(1, round(image.height * width / image.width))
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    found = {}
    for width in widths(picture.image.width):
        stem = f"{picture.digest}-{width}"
        found[f"{stem}.avif"] = lambda width=width: encoded(width, "AVIF", quality=58, speed=6)
        found[f"{stem}.webp"] = lambda width=width: encoded(width, "WEBP", quality=78, method=6)
    preview = preview_width(picture.image.width)
    found[f"{picture.digest}-{preview}.jpg"] = lambda: encoded(
        preview, "JPEG", quality=82, optimize=True, progressive=True, comment=b""
    )
    found[picture.name] = lambda: encoded(picture.image.width, "WEBP", lossless=True, quality=80, method=4)
    return found


def widths(width):
    """The widths in which a picture of this width is kept."""
    return sorted({*(smaller for smaller in WIDTHS if smaller < width), min(width, WIDTHS[-1])})


def preview_width(width):
    return min(width, PREVIEW_WIDTH)


def is_there(name):
    """Whether the picture with this master's name has not been withdrawn."""
    return default_storage.exists(f"{FOLDER}/{name}")


def open_file(name):
    """The stored file of this name, open for reading; FileNotFoundError if there is none."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return default_storage.open(f"{FOLDER}/{name}", "rb")


def stored_before(moment):
    """The masters' names of the pictures that were stored before a moment."""
    if not default_storage.exists(FOLDER):
        return []
    _folders, files = default_storage.listdir(FOLDER)
    masters = (file for file in files if MASTER.fullmatch(file))
    return [file for file in masters if default_storage.get_modified_time(f"{FOLDER}/{file}") < moment]


def content_type(name):
    return TYPES[PurePosixPath(name).suffix[1:]]


def withdraw(name):
    """Erase every file of the picture with this master's name; pages show its text from then on."""
    digest = PurePosixPath(name).stem
    _folders, files = default_storage.listdir(FOLDER)
    # The master first: from that moment no page offers the others.
    for file in sorted(file for file in files if file.startswith(digest))[::-1]:
        default_storage.delete(f"{FOLDER}/{file}")
