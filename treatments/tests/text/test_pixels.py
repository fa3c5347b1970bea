"""What a person sees before and after is the same, in every mode of every kind of file that is taken.

The expected colours are reckoned here from the numbers that a file holds, as the PNG specification and colour
profiles mean them; none comes from the library under test.
"""

import io
import subprocess
import sys
import zlib

import pytest
from django.conf import settings
from PIL import Image

from treatments.tests.picture_files import (
    CHANNELS,
    COLOURS,
    COLOURS_ALPHA,
    GREY,
    GREY_ALPHA,
    PALETTE,
    chunk,
    colour_profile,
    grey_profile,
    header,
    ink_profile,
    named,
    png,
)
from treatments.tests.tables import one_in
from treatments.text import pictures, pixels

#: Depths in bits that each colour type of a PNG may have (table 11.1 of its specification).
DEPTHS = {GREY: (1, 2, 4, 8, 16), COLOURS: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), COLOURS_ALPHA: (8, 16)}
KINDS = [(kind, depth) for kind, depths in DEPTHS.items() for depth in depths]
LOSSLESS, LOSSY = 1, 14
# Red and blue exchanged: the primaries of sRGB, seen by the light D50, under each other's names.
RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139)
SWAPPED = colour_profile(BLUE, GREEN, RED)
# Half of the number 255 is more light than in sRGB.
BRIGHTER = grey_profile(1.5)


def saved(image, kind, **options):
    """The bytes of this image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def shown(data):
    """Rows of pixels that are kept of a file."""
    image = pictures.read(data).image
    assert image.mode == "RGB"
    return [[image.getpixel((x, y)) for x in range(image.width)] for y in range(image.height)]


def is_same(found, expected, by):
    return all(
        abs(one - other) <= by
        for row, other_row in zip(found, expected, strict=True)
        for pixel, other_pixel in zip(row, other_row, strict=True)
        for one, other in zip(pixel, other_pixel, strict=True)
    )


def on_white(pixel, opacity):
    """A colour of eight bits on white, for an opacity from 0 to 1."""
    return tuple(number * opacity + 255 * (1 - opacity) for number in pixel)


def seen(pixel, kind, most):
    """What numbers from 0 to `most` show, without palette, profile and named colour."""
    numbers = [number * 255 / most for number in pixel]
    opacity = numbers.pop() / 255 if kind in (GREY_ALPHA, COLOURS_ALPHA) else 1
    return on_white(numbers * (3 // len(numbers)), opacity)


def some_pixels(kind, most):
    """Two rows of pixels with the lowest, the highest and odd numbers between."""
    steps = [0, most, most // 3, most * 2 // 3, most // 2, 1, most - 1, most // 5]
    count = CHANNELS[kind]
    flat = [tuple(steps[(place + channel * 3) % 8] for channel in range(count)) for place in range(8)]
    return [flat, flat[::-1]]


def brighter(grey):
    """The number of sRGB (IEC 61966-2-1) for a grey from 0 to 1 that the profile BRIGHTER is about."""
    light = grey**1.5
    return 255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


class TestAPngOfAnyKind:
    @pytest.mark.parametrize(("kind", "depth"), [kind for kind in KINDS if kind[0] != PALETTE])
    def test_shows_its_numbers(self, kind, depth):
        rows = some_pixels(kind, 2**depth - 1)
        expected = [[seen(pixel, kind, 2**depth - 1) for pixel in row] for row in rows]

        assert is_same(shown(png(rows, depth, kind)), expected, LOSSLESS)

    @pytest.mark.parametrize("depth", DEPTHS[PALETTE])
    @pytest.mark.parametrize("opacities", [None, (0,), (255, 0), (10, 128, 255, 0)], ids=str)
    def test_shows_its_palette_and_how_opaque_each_of_its_colours_is(self, depth, opacities):
        palette = [(200, 10, 30), (0, 0, 0), (9, 99, 199), (255, 255, 0)][: 2**depth]
        rows = [[(place % len(palette),) for place in range(9)]]
        given = (opacities or ())[: len(palette)]
        alphas = [*given, *[255] * (len(palette) - len(given))]
        expected = [[on_white(palette[index], alphas[index] / 255) for (index,) in rows[0]]]

        data = png(rows, depth, PALETTE, palette=palette, transparent=bytes(given) if opacities else None)

        assert is_same(shown(data), expected, LOSSLESS)

    @pytest.mark.parametrize(("kind", "depth"), one_in(8, [kind for kind in KINDS if kind[0] in (GREY, COLOURS)]))
    @pytest.mark.parametrize("place", one_in(8, range(8)))
    def test_is_see_through_where_it_has_the_very_colour_that_it_names(self, kind, depth, place):
        most = 2**depth - 1
        rows = some_pixels(kind, most)
        gone = rows[0][place]
        expected = [[(255,) * 3 if pixel == gone else seen(pixel, kind, most) for pixel in row] for row in rows]

        assert is_same(shown(png(rows, depth, kind, transparent=named(*gone))), expected, LOSSLESS)

    @pytest.mark.parametrize("kind", [GREY, COLOURS])
    def test_of_sixteen_bits_is_not_see_through_in_the_next_shade(self, kind):
        near, gone = (0x3A00,) * CHANNELS[kind], (0x3A01,) * CHANNELS[kind]

        data = png([[near, gone, near]], 16, kind, transparent=named(*gone))

        assert shown(data) == [[(0x3A,) * 3, (255,) * 3, (0x3A,) * 3]]

    @pytest.mark.parametrize("depth", [2, 4, 8])
    def test_reads_only_the_lowest_bits_of_the_colour_that_it_names(self, depth):
        most = 2**depth - 1

        data = png([[(0,), (most,)]], depth, GREY, transparent=named(2**depth))

        assert shown(data) == [[(255,) * 3, (255,) * 3]]

    @pytest.mark.parametrize(("kind", "depth"), [kind for kind in KINDS if kind[0] in (GREY, GREY_ALPHA)])
    def test_of_grey_has_the_light_that_its_profile_means(self, kind, depth):
        most = 2**depth - 1
        rows = some_pixels(kind, most)
        expected = []
        for row in rows:
            opacity = [pixel[1] / most if kind == GREY_ALPHA else 1 for pixel in row]
            greys = [brighter(pixel[0] / most) for pixel in row]
            expected.append([on_white((grey,) * 3, part) for grey, part in zip(greys, opacity, strict=True)])

        assert is_same(shown(png(rows, depth, kind, profile=BRIGHTER)), expected, 2)

    @pytest.mark.parametrize(("kind", "depth"), [kind for kind in KINDS if kind[0] in (COLOURS, COLOURS_ALPHA)])
    def test_of_colours_has_those_that_its_profile_means(self, kind, depth):
        most = 2**depth - 1
        ends = [(most, 0, 0), (0, 0, most), (0, most, 0), (most, most, 0)]
        opaque = [(*colour, most // 2) if kind == COLOURS_ALPHA else colour for colour in ends]
        opacity = (most // 2) / most if kind == COLOURS_ALPHA else 1
        expected = [[on_white([number * 255 / most for number in colour[::-1]], opacity) for colour in ends]]

        assert is_same(shown(png([opaque], depth, kind, profile=SWAPPED)), expected, 3)

    @pytest.mark.parametrize("depth", DEPTHS[PALETTE])
    def test_with_a_palette_has_the_colours_that_its_profile_means(self, depth):
        data = png(
            [[(0,), (1,)]], depth, PALETTE, palette=[(255, 0, 0), (0, 0, 255)], transparent=b"\x80", profile=SWAPPED
        )

        assert is_same(shown(data), [[on_white((0, 0, 255), 128 / 255), (255, 0, 0)]], 3)

    @pytest.mark.parametrize(("kind", "depth"), [(GREY, 2), (GREY, 8), (GREY, 16)])
    def test_has_both_a_profile_and_a_colour_that_is_see_through(self, kind, depth):
        most = 2**depth - 1

        data = png([[(0,), (most // 3,), (most,)]], depth, kind, transparent=named(0), profile=BRIGHTER)

        third = brighter((most // 3) / most)
        assert is_same(shown(data), [[(255,) * 3, (third,) * 3, (255,) * 3]], 2)


#: Flat fields in which a lossy file keeps its colours, a field of 32 pixels each.
FIELDS = [(200, 40, 40), (30, 160, 60), (30, 60, 190), (240, 240, 240), (20, 20, 20), (128, 128, 128)]
GREYS = [0, 40, 90, 128, 200, 255]
OPACITIES = [255, 128, 0, 255, 64, 200]
FIELD = 32


def fields(colours, mode):
    """An image with one field beside the other."""
    image = Image.new(mode, (FIELD * len(colours), FIELD))
    for place, colour in enumerate(colours):
        image.paste(colour, (FIELD * place, 0, FIELD * (place + 1), FIELD))
    return image


def middles(data):
    """The colour in the middle of each field that is kept of a file."""
    image = pictures.read(data).image
    return [[image.getpixel((x, FIELD // 2)) for x in range(FIELD // 2, image.width, FIELD)]]


def with_opacity(colours):
    return [(*colour, opacity) for colour, opacity in zip(colours, OPACITIES, strict=True)]


IN_RGB = fields(FIELDS, "RGB")
IN_RGBA = fields(with_opacity(FIELDS), "RGBA")
IN_GREY = fields(GREYS, "L")
IN_GREY_ALPHA = fields(list(zip(GREYS, OPACITIES, strict=True)), "LA")
GREY_ON_WHITE = [on_white((grey,) * 3, opacity / 255) for grey, opacity in zip(GREYS, OPACITIES, strict=True)]
ON_WHITE = [on_white(colour, opacity / 255) for colour, opacity in zip(FIELDS, OPACITIES, strict=True)]


def pair(image, **options):
    """Two photos in one file, as some phones and cameras take them."""
    second = Image.new(image.mode, image.size, 0)
    return saved(image, "MPO", save_all=True, append_images=[second], **options)


class TestAFileThatCameraOrProgramWrote:
    @pytest.mark.parametrize(
        ("make", "expected"),
        one_in(
            4,
            [
                (lambda: saved(IN_RGB, "JPEG", quality=95), FIELDS),
                (lambda: saved(IN_RGB, "JPEG", quality=95, progressive=True), FIELDS),
                (lambda: saved(IN_RGB, "JPEG", quality=95, keep_rgb=True), FIELDS),
                (lambda: saved(IN_RGB.convert("YCbCr"), "JPEG", quality=95), FIELDS),
                (lambda: saved(IN_RGB.convert("CMYK"), "JPEG", quality=95), FIELDS),
                (lambda: saved(IN_GREY, "JPEG", quality=95), [(grey,) * 3 for grey in GREYS]),
                (lambda: saved(IN_GREY.convert("1", dither=0), "JPEG", quality=95), [(0,) * 3] * 3 + [(255,) * 3] * 3),
                (lambda: pair(IN_RGB, quality=95), FIELDS),
                (lambda: pair(IN_GREY, quality=95), [(grey,) * 3 for grey in GREYS]),
                (lambda: saved(IN_RGB, "WEBP", quality=95), FIELDS),
                (lambda: saved(IN_RGB, "WEBP", lossless=True), FIELDS),
                (lambda: saved(IN_GREY, "WEBP", quality=95), [(grey,) * 3 for grey in GREYS]),
                (lambda: saved(IN_RGBA, "WEBP", quality=95), ON_WHITE),
                (lambda: saved(IN_RGBA, "WEBP", lossless=True), ON_WHITE),
                (lambda: saved(IN_GREY_ALPHA, "WEBP", lossless=True), GREY_ON_WHITE),
                (lambda: saved(IN_RGB, "AVIF", quality=95), FIELDS),
                (lambda: saved(IN_RGBA, "AVIF", quality=95), ON_WHITE),
                (lambda: saved(IN_GREY, "AVIF", quality=95), [(grey,) * 3 for grey in GREYS]),
                (lambda: saved(IN_GREY_ALPHA, "AVIF", quality=95), GREY_ON_WHITE),
            ],
        ),
        ids=[
            *("JPEG", "progressive JPEG", "JPEG of RGB", "JPEG of YCbCr", "JPEG of inks", "grey JPEG", "bilevel JPEG"),
            *("MPO", "grey MPO", "WebP", "lossless WebP", "grey WebP", "WebP with alpha"),
            *("lossless WebP with alpha", "lossless WebP of grey with alpha"),
            *("AVIF", "AVIF with alpha", "grey AVIF", "grey AVIF with alpha"),
        ],
    )
    def test_keeps_its_colours(self, make, expected):
        assert is_same(middles(make()), [expected], LOSSY)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: saved(IN_RGB, "JPEG", quality=95, icc_profile=SWAPPED),
            lambda: pair(IN_RGB, quality=95, icc_profile=SWAPPED),
            lambda: saved(IN_RGB, "WEBP", lossless=True, icc_profile=SWAPPED),
            lambda: saved(IN_RGB, "AVIF", quality=95, icc_profile=SWAPPED),
        ],
        ids=["JPEG", "MPO", "WebP", "AVIF"],
    )
    def test_shows_the_colours_that_its_profile_means(self, make):
        assert is_same(middles(make()), [[colour[::-1] for colour in FIELDS]], LOSSY)

    @pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
    def test_with_alpha_shows_the_colours_that_its_profile_means(self, kind):
        data = saved(IN_RGBA, kind, quality=95, icc_profile=SWAPPED)

        expected = [on_white(colour[::-1], part / 255) for colour, part in zip(FIELDS, OPACITIES, strict=True)]
        assert is_same(middles(data), [expected], LOSSY)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: saved(IN_GREY, "JPEG", quality=95, icc_profile=BRIGHTER),
            lambda: saved(IN_GREY, "AVIF", quality=95, icc_profile=BRIGHTER),
        ],
        ids=["JPEG", "AVIF"],
    )
    def test_of_grey_has_the_light_that_its_profile_means(self, make):
        assert is_same(middles(make()), [[(brighter(grey / 255),) * 3 for grey in GREYS]], LOSSY)

    def test_of_grey_with_alpha_has_the_light_that_its_profile_means(self):
        data = saved(IN_GREY_ALPHA, "AVIF", quality=95, icc_profile=BRIGHTER)

        expected = [
            on_white((brighter(grey / 255),) * 3, opacity / 255) for grey, opacity in zip(GREYS, OPACITIES, strict=True)
        ]
        assert is_same(middles(data), [expected], LOSSY)

    def test_of_inks_shows_the_colours_that_their_profile_means(self):
        # Inks of an odd press: cyan prints red, magenta prints grey, black prints black.
        def lab_of(cyan, magenta, yellow, black):
            if black:
                return 0, 0, 0
            return (54, 81, 70) if cyan else (53 if magenta else 100, 0, 0)

        image = fields([(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 0, 255)], "CMYK")
        data = saved(image, "JPEG", quality=95, icc_profile=ink_profile(lab_of))

        assert is_same(middles(data), [[(255,) * 3, (255, 0, 0), (127,) * 3, (0,) * 3]], LOSSY)

    @pytest.mark.parametrize("profile", [SWAPPED, BRIGHTER, b"no profile", SWAPPED[:200]])
    def test_of_inks_takes_nothing_from_a_profile_of_other_colours(self, profile):
        data = saved(IN_RGB.convert("CMYK"), "JPEG", quality=95, icc_profile=profile)

        assert is_same(middles(data), [FIELDS], LOSSY)

    @pytest.mark.parametrize("profile", [BRIGHTER, ink_profile(lambda *inks: (0, 0, 0)), b"no profile", BRIGHTER[:150]])
    def test_of_colours_takes_nothing_from_a_profile_of_other_colours(self, profile):
        assert is_same(middles(saved(IN_RGB, "PNG", icc_profile=profile)), [FIELDS], LOSSLESS)


class TestALargePicture:
    @pytest.mark.parametrize(
        ("size", "kept"),
        one_in(
            5,
            [
                ((4799, 30), (2400, 15)),
                ((4800, 30), (2400, 15)),
                ((30, 7201), (10, 2400)),
                ((7300, 700), (2400, 230)),
                ((26_000, 3), (2400, 1)),
            ],
        ),
    )
    @pytest.mark.parametrize("kind", one_in(5, ["JPEG", "PNG"]))
    def test_keeps_its_shape_and_its_colours_to_every_edge(self, size, kept, kind):
        left, right, top = (200, 30, 30), (30, 30, 200), (30, 200, 30)
        image = Image.new("RGB", size, left)
        image.paste(right, (size[0] // 2, 0, *size))
        image.paste(top, (0, 0, size[0], size[1] // 2))

        found = pictures.read(saved(image, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {})))

        assert found.size == pytest.approx(kept, abs=1)
        width, height = found.size
        if min(width, height) > 8:
            corners = [found.image.getpixel(at) for at in ((1, height - 2), (width - 2, height - 2), (width - 2, 1))]
            assert is_same([corners], [[left, right, top]], LOSSY)

    @pytest.mark.parametrize("size", [(5000, 6), (6, 5000)])
    def test_shows_no_colour_of_what_is_see_through(self, size):
        image = Image.new("RGBA", size, (255, 0, 0, 255))
        image.putalpha(Image.frombytes("L", size, bytes((0, 255) * (size[0] * size[1] // 2))))

        found = pictures.read(saved(image, "PNG")).image.getpixel((1, 1))

        assert is_same([[found]], [[(255, 128, 128)]], 4)

    def test_is_turned_as_its_camera_was_held(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        image = Image.new("RGB", (5000, 10), "red")
        image.paste("blue", (2500, 0, 5000, 10))

        found = pictures.read(saved(image, "JPEG", exif=exif, quality=95))

        assert found.size == (5, 2400)
        assert is_same(
            [[found.image.getpixel((2, 20)), found.image.getpixel((2, 2380))]], [[(255, 0, 0), (0, 0, 255)]], LOSSY
        )

    @pytest.mark.parametrize("size", [(513, 2), (2, 513), (512, 512), (1, 1)])
    def test_has_no_seams_where_its_tiles_meet(self, size):
        image = Image.effect_noise(size, 90).convert("RGB")

        assert pictures.read(saved(image, "PNG")).image.tobytes() == image.tobytes()

    @pytest.mark.parametrize(("size", "side"), [((64, 32), 32), ((65, 33), 32), ((1, 1), 32), ((3, 5), 2)])
    def test_is_covered_by_its_tiles_once(self, size, side):
        covered = [
            (x, y)
            for left, top, right, bottom in pixels.boxes(size, side)
            for x in range(left, right)
            for y in range(top, bottom)
        ]

        assert sorted(covered) == [(x, y) for x in range(size[0]) for y in range(size[1])]


FIFTY_MEGAPIXELS = (8192, 6144)
#: Reads a picture from its first argument and prints the most memory that it ever had, in MiB.
READER = """
import re, sys
from pathlib import Path
from treatments.text import pictures
pictures.read(Path(sys.argv[1]).read_bytes())
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def png_of_sixteen_bits():
    """A PNG of fifty megapixels in colours, of which one is see-through, made line by line."""
    width, height = FIFTY_MEGAPIXELS
    packer = zlib.compressobj(1)
    line = b"\0" + bytes(range(256)) * (width * 6 // 256)
    lines = b"".join([*(packer.compress(line) for _row in range(height)), packer.flush()])
    see_through = chunk(b"tRNS", named(1, 2, 3))
    return header(width, height, 16, COLOURS) + see_through + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def flat(mode, kind, **options):
    return saved(Image.new(mode, FIFTY_MEGAPIXELS, (90, 120, 150, 200)[: len(mode)]), kind, **options)


#: Each kind with the most memory, in MiB, that the process which reads it may have had.
MAKERS = {
    "JPEG": (lambda: flat("RGB", "JPEG", icc_profile=SWAPPED), 260),
    "progressive JPEG": (lambda: flat("RGB", "JPEG", progressive=True, subsampling=0), 460),
    "progressive JPEG of inks": (lambda: flat("CMYK", "JPEG", progressive=True), 560),
    "PNG with alpha": (lambda: flat("RGBA", "PNG", compress_level=1, icc_profile=SWAPPED), 340),
    "PNG of sixteen bits": (png_of_sixteen_bits, 540),
    "WebP": (lambda: flat("RGBA", "WEBP", method=0), 920),
    "AVIF": (lambda: flat("RGBA", "AVIF", speed=10), 720),
}


@pytest.mark.slow
class TestFiftyMegapixels:
    @pytest.mark.parametrize(("make", "most"), MAKERS.values(), ids=MAKERS)
    def test_are_read_in_bounded_memory(self, tmp_path, make, most):
        file = tmp_path / "picture"
        file.write_bytes(make())

        ran = subprocess.run(
            [sys.executable, "-c", READER, file],
            cwd=settings.BASE_DIR,
            env={"DJANGO_SETTINGS_MODULE": "treatments.tests.settings"},
            capture_output=True,
            text=True,
            check=True,
        )

        assert int(ran.stdout) <= most
