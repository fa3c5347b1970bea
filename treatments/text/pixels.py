"""The pixels of a picture file as a person sees them: upright, in the colours of the web, on white."""

import io
from collections.abc import Iterator, Sequence

from PIL import ExifTags, Image, ImageChops, ImageCms

#: A part of an image: (left, top, right, bottom), in pixels.
Box = tuple[int, int, int, int]

#: Colours are worked out in squares of about so many pixels a side, so that a large picture needs no second copy.
TILE = 512
SRGB = ImageCms.createProfile("sRGB")
#: What the colours of a profile are called in ICC.1 (table 19) and in Pillow.
PROFILED = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK"}
#: How to turn a picture upright, by the number in its metadata (Exif 3.0, 4.6.5.1.6); one that is so has 1.
UPRIGHT = 1
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def as_seen(image: Image.Image, data: bytes, longest: int) -> Image.Image:
    """The image that was opened from `data`, a file's bytes, as plain RGB with at most `longest` pixels a side.

    Only what Pillow decodes is ever held in full size. Raises what Pillow's decoders raise for damage.
    """
    draft(image, longest)
    cutout = Cutout(image, data) if has_cutout(image) else None
    image.load()
    transform = transform_of(image)
    shrink = max(1, max(image.size) // longest)
    seen = Image.new("RGB", [-(-side // shrink) for side in image.size])
    for box in boxes(image.size, shrink * max(1, TILE // shrink)):
        colour, alpha = parts(image.crop(box))
        if cutout:
            alpha = cutout.alpha(image.crop(box), box)
        tile = on_white(in_srgb(colour, transform), alpha)
        seen.paste(tile.reduce(shrink), (box[0] // shrink, box[1] // shrink))
    seen = upright(seen, image)
    seen.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return Image.frombytes("RGB", seen.size, seen.tobytes())


def draft(image: Image.Image, longest: int) -> None:
    """Let a large JPEG be decoded in a half, a quarter or an eighth of its size, but not smaller than `longest`."""
    shrink = max(1, max(image.size) // longest)
    image.draft(None, (max(1, image.width // shrink), max(1, image.height // shrink)))


def upright(seen: Image.Image, image: Image.Image) -> Image.Image:
    """What is seen of an image, turned as its metadata say that the camera was held."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except Exception:
        # Pillow raises several kinds for damaged metadata, which say nothing.
        return seen
    turn = TURNS.get(orientation)
    return seen if turn is None else seen.transpose(turn)


def boxes(size: tuple[int, int], side: int) -> Iterator[Box]:
    """Squares of this side that cover an image of this size; smaller at its right and lower edge."""
    width, height = size
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield left, top, min(left + side, width), min(top + side, height)


def parts(tile: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours of a tile, as grey (L), RGB or CMYK, and how opaque it is (L); None if it is so all over."""
    if tile.mode == "P":
        tile = tile.convert("RGBA" if "transparency" in tile.info else "RGB")
    if tile.mode == "I;16":
        return high_and_low(tile)[0], None
    if tile.mode == "1":
        return tile.convert("L"), None
    if tile.mode in ("LA", "RGBA"):
        return tile.convert(tile.mode.removesuffix("A")), tile.getchannel("A")
    return tile, None


def high_and_low(tile: Image.Image) -> list[Image.Image]:
    """The higher and the lower eight bits of grey that has sixteen, as two images."""
    octets = tile.tobytes()
    return [Image.frombytes("L", tile.size, octets[start::2]) for start in (1, 0)]


def on_white(colour: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """A tile of RGB on white paper, which shines through where it is not opaque."""
    if alpha is None:
        return colour
    paper = Image.new("RGB", colour.size, "white")
    paper.paste(colour, mask=alpha)
    return paper


def in_srgb(colour: Image.Image, transform: tuple[str, ImageCms.ImageCmsTransform] | None) -> Image.Image:
    """Colours as RGB of the web, by what `transform_of` gives."""
    if transform is None:
        return colour.convert("RGB")
    mode, to_srgb = transform
    return to_srgb.apply(colour.convert(mode))


def transform_of(image: Image.Image) -> tuple[str, ImageCms.ImageCmsTransform] | None:
    """How the colours of an image become those of the web, as (mode to convert to first, transform).

    Cameras write wider colours, and say so in a profile. None without one, and also if it is damaged or is about other
    colours than the image has.
    """
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        mode = PROFILED.get(source.profile.xcolor_space)
        if mode is None or not fits(mode, image):
            return None
        return mode, ImageCms.buildTransform(source, SRGB, mode, "RGB")
    except ImageCms.PyCMSError:
        return None


def fits(mode: str, image: Image.Image) -> bool:
    """Whether a profile of colours in this mode can be about an image."""
    if (mode == "CMYK") != (image.mode == "CMYK"):
        return False
    return mode != "L" or is_grey(image)


def is_grey(image: Image.Image) -> bool:
    """Whether an image has no colours, in whatever mode Pillow has decoded it."""
    if image.mode in ("1", "L", "LA", "I;16"):
        return True
    if image.mode not in ("RGB", "RGBA"):
        return False
    green = image.getchannel("G")
    return not any(ImageChops.difference(green, image.getchannel(name)).getbbox() for name in "RB")


def has_cutout(image: Image.Image) -> bool:
    """Whether one colour of an image is see-through; if it is one of a palette, Pillow makes it so by itself."""
    return "transparency" in image.info and image.mode != "P"


class Cutout:
    """The one colour that is see-through in a PNG without an alpha channel (its chunk tRNS)."""

    def __init__(self, image: Image.Image, data: bytes) -> None:
        """For an image that is not yet loaded, and its file's bytes."""
        colour = image.info["transparency"]
        numbers = colour if isinstance(colour, tuple) else (colour,)
        # In bits a colour, from the chunk that every PNG begins with (IHDR).
        depth = data[24]
        self.low: Image.Image | None = None
        if depth == 16:
            self.levels = [number >> 8 for number in numbers] + [number & 255 for number in numbers]
            if image.mode == "RGB":
                self.low = low_bits(data)
        else:
            # Pillow spreads the pixels of one, two and four bits over eight, and leaves this number as it is.
            most = 2**depth - 1
            self.levels = [(number & most) * 255 // most for number in numbers]

    def alpha(self, tile: Image.Image, box: Box) -> Image.Image:
        """How opaque the tile at this box of the image is (L): 0 where it has the one colour, 255 elsewhere."""
        opaque = Image.new("L", tile.size)
        for plane, level in zip(self.planes(tile, box), self.levels, strict=True):
            opaque = ImageChops.lighter(opaque, plane.point([255 * (value != level) for value in range(256)]))
        return opaque

    def planes(self, tile: Image.Image, box: Box) -> Sequence[Image.Image]:
        """The tile in layers of eight bits, in the order of the levels."""
        if tile.mode == "I;16":
            return high_and_low(tile)
        planes = parts(tile)[0].split()
        return planes + self.low.crop(box).split() if self.low else planes


def low_bits(data: bytes) -> Image.Image:
    """The lower eight bits of a PNG with sixteen a colour, of which Pillow keeps only the higher."""
    image = Image.open(io.BytesIO(data), formats=("PNG",))
    # Read in the other order of bytes, the lower eight are the higher.
    image.tile = [tile._replace(args="RGB;16L") for tile in image.tile]
    image.load()
    return image
