"""Only whole pictures of a sane size are taken, cleaned of everything but their pixels, and erased when withdrawn."""

import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image, ImageCms, PngImagePlugin

from treatments import pictures
from treatments.tests.builders import full_document, make_edition_of, make_picture, picture_bytes
from treatments.tests.meaning import words

NOT_WHOLE = (
    "This is not a whole JPEG, PNG, WebP or AVIF picture. Open it in a picture program, "
    "save it as JPEG or PNG and try again."
)
SECRET = "Taken at home by Aisha"
ORIENTATION, DESCRIPTION, GPS, LATITUDE = 0x0112, 0x010E, 0x8825, 2


def encoded(image, kind, **options):
    """The bytes of this image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width, height):
    """A PNG of a few bytes whose header promises this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def halves(left="red", right="blue", size=(40, 20), mode="RGB"):
    """An image whose left and right half differ."""
    image = Image.new(mode, size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def is_near(pixel, colour, by=12):
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


def profile_of_swapped_colours():
    """A colour profile in which red means blue and blue means red."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")


def stored_files():
    """Every stored picture file with its bytes."""
    _folders, names = default_storage.listdir(pictures.FOLDER)
    found = {}
    for name in names:
        with default_storage.open(f"{pictures.FOLDER}/{name}") as file:
            found[name] = file.read()
    return found


class TestAFileThatIsRefused:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\0" * 1000,
            b"Dear clinic, this is my skin.",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>alert(1)</script></svg>",
            b"%PDF-1.7\n1 0 obj\n",
            b"<!doctype html><img src=x>",
            picture_bytes("GIF"),
            picture_bytes("BMP"),
            picture_bytes("TIFF"),
            picture_bytes("ICO", size=(32, 32)),
            picture_bytes("JPEG")[:400],
            picture_bytes("PNG", size=(300, 300))[:-40],
            picture_bytes("WEBP")[:60],
            picture_bytes("AVIF")[:200],
            b"\xff\xd8\xff" + b"\0" * 100,
        ],
        ids=[
            *("nothing", "zeros", "text", "PostScript", "SVG", "PDF", "HTML", "GIF", "BMP", "TIFF", "icon"),
            *("half a JPEG", "half a PNG", "half a WebP", "half an AVIF", "only a JPEG's beginning"),
        ],
    )
    def test_is_told_what_would_be_taken(self, data):
        with pytest.raises(pictures.PictureRefused) as refused:
            pictures.read(data)

        assert str(refused.value) == NOT_WHOLE

    def test_is_told_that_forty_megabytes_are_the_most(self):
        with pytest.raises(pictures.PictureRefused, match=r"larger than 40 MB\. Save the picture smaller"):
            pictures.read(bytes(pictures.MOST_BYTES + 1))

    def test_is_told_its_size_and_the_most_pixels(self):
        with pytest.raises(pictures.PictureRefused, match="has 6001 × 4000 pixels; at most 24 million are possible"):
            pictures.read(png_that_claims(6001, 4000))

    @pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (12_000, 8_000)])
    def test_is_not_unpacked_if_it_is_a_bomb(self, size):
        with pytest.raises(pictures.PictureRefused, match="24 million"):
            pictures.read(png_that_claims(*size))

    def test_leaves_nothing_behind(self):
        with pytest.raises(pictures.PictureRefused):
            pictures.read(picture_bytes("GIF"))

        assert not default_storage.exists(pictures.FOLDER)


class TestAPicture:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
    def test_is_taken_in_every_usual_form(self, kind):
        picture = pictures.read(encoded(halves(), kind))

        assert picture.size == (40, 20)
        assert is_near(picture.image.getpixel((2, 10)), (255, 0, 0))
        assert is_near(picture.image.getpixel((38, 10)), (0, 0, 255))

    @pytest.mark.parametrize(
        ("orientation", "size", "red_at"),
        [(1, (40, 20), (2, 10)), (3, (40, 20), (38, 10)), (6, (20, 40), (10, 2)), (8, (20, 40), (10, 38))],
    )
    def test_is_turned_as_its_camera_was_held(self, orientation, size, red_at):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation

        picture = pictures.read(encoded(halves(), "PNG", exif=exif))

        assert picture.size == size
        assert picture.image.getpixel(red_at) == (255, 0, 0)

    @pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
    def test_that_is_transparent_stands_on_white(self, mode):
        image = Image.new("RGBA", (10, 10), (0, 0, 0, 0)).convert(mode)
        options = {"transparency": 0} if mode == "P" else {}

        picture = pictures.read(encoded(image, "PNG", **options))

        assert picture.image.getpixel((5, 5)) == (255, 255, 255)

    def test_that_is_half_transparent_shines_through(self):
        picture = pictures.read(encoded(Image.new("RGBA", (10, 10), (255, 0, 0, 128)), "PNG"))

        assert is_near(picture.image.getpixel((5, 5)), (255, 127, 127), by=2)

    @pytest.mark.parametrize(
        ("image", "kind", "colour"),
        [
            (Image.new("CMYK", (10, 10), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
            (Image.new("L", (10, 10), 128), "PNG", (128, 128, 128)),
            (Image.new("L", (10, 10), 128), "JPEG", (128, 128, 128)),
            (Image.new("1", (10, 10), 1), "PNG", (255, 255, 255)),
            (Image.new("P", (10, 10), 3), "PNG", (3, 3, 3)),
            (Image.new("I;16", (10, 10), 0), "PNG", (0, 0, 0)),
            (Image.new("I;16", (10, 10), 65535), "PNG", (255, 255, 255)),
        ],
        ids=["CMYK", "grey PNG", "grey JPEG", "black and white", "palette", "16 bit black", "16 bit white"],
    )
    def test_comes_out_in_plain_colours(self, image, kind, colour):
        picture = pictures.read(encoded(image, kind))

        assert picture.image.mode == "RGB"
        assert is_near(picture.image.getpixel((5, 5)), colour, by=4)

    @pytest.mark.parametrize(
        ("mode", "kind"), [("RGB", "JPEG"), ("RGB", "WEBP"), ("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG")]
    )
    def test_shows_the_colours_that_its_profile_means(self, mode, kind):
        image = Image.new("RGB", (40, 20), "red").convert(mode)

        picture = pictures.read(encoded(image, kind, icc_profile=profile_of_swapped_colours()))

        assert is_near(picture.image.getpixel((5, 5)), (0, 0, 255))

    @pytest.mark.parametrize("profile", [b"no profile", profile_of_swapped_colours()])
    def test_in_grey_takes_no_colour_from_a_profile_that_does_not_fit(self, profile):
        picture = pictures.read(encoded(Image.new("L", (40, 20), 90), "PNG", icc_profile=profile))

        assert is_near(picture.image.getpixel((5, 5)), (90, 90, 90))

    def test_with_sixteen_bits_a_colour_is_taken(self):
        row = b"\0" + b"\xff\xff\x80\x00\x00\x00" * 2
        header = struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)
        data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * 2))

        picture = pictures.read(data + chunk(b"IEND", b""))

        assert is_near(picture.image.getpixel((0, 0)), (255, 128, 0), by=1)

    def test_is_made_smaller_than_its_longest_side_may_be(self):
        picture = pictures.read(picture_bytes(size=(4800, 12)))

        assert picture.size == (2400, 6)

    def test_that_is_a_line_stays_a_line(self):
        assert pictures.read(picture_bytes(size=(9000, 1))).size == (2400, 1)

    def test_has_a_name_made_of_its_pixels_alone(self):
        plain = pictures.read(encoded(halves(), "PNG"))
        other_file = pictures.read(encoded(halves(), "WEBP", lossless=True))
        other_size = pictures.read(encoded(halves(size=(20, 40)), "PNG"))
        other_pixels = pictures.read(encoded(halves("blue", "red"), "PNG"))

        assert plain.name == other_file.name
        assert len({plain.name, other_size.name, other_pixels.name}) == 3
        assert pictures.NAME.fullmatch(plain.name)


class TestAStoredPicture:
    def test_has_several_widths_in_two_forms_and_one_jpeg(self):
        picture = make_picture(size=(1300, 10))

        stem = picture.digest
        expected = {f"{stem}-{width}.{kind}" for width in (480, 800, 1200, 1300) for kind in ("avif", "webp")}
        assert set(stored_files()) == {*expected, f"{stem}-1200.jpg", f"{stem}.webp"}
        for name, data in stored_files().items():
            image = Image.open(io.BytesIO(data))
            assert image.format == {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}[name.rpartition(".")[2]]
            if "-" in name:
                assert f"-{image.width}." in name

    def test_that_is_small_is_never_enlarged(self):
        stem = make_picture(size=(64, 48)).digest

        assert set(stored_files()) == {f"{stem}-64.avif", f"{stem}-64.webp", f"{stem}-64.jpg", f"{stem}.webp"}

    def test_is_read_back_under_the_same_name(self):
        picture = pictures.read(encoded(Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 50), "PNG"))
        pictures.store(picture)

        again = pictures.read(stored_files()[picture.name])

        assert again.name == picture.name

    def test_is_not_written_twice(self):
        picture = make_picture(size=(64, 48))
        before = stored_files()

        pictures.store(picture)

        assert stored_files() == before

    def test_keeps_nothing_but_pixels(self):
        exif = Image.Exif()
        exif[DESCRIPTION] = SECRET
        exif.get_ifd(GPS)[LATITUDE] = (3.0, 8.0, 20.0)
        xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        options = {"exif": exif, "icc_profile": profile}
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", SECRET)
        texts.add_itxt("XML:com.adobe.xmp", SECRET)
        files = [
            encoded(halves(), "JPEG", comment=SECRET.encode(), xmp=xmp, **options),
            encoded(halves("lime"), "PNG", pnginfo=texts, **options),
            encoded(halves("navy"), "WEBP", xmp=xmp, **options),
            encoded(halves("pink"), "AVIF", **options),
        ]
        assert all(SECRET.encode() in data for data in files)

        for data in files:
            pictures.store(pictures.read(data))

        assert len(stored_files()) == 4 * 4
        for data in stored_files().values():
            image = Image.open(io.BytesIO(data))
            image.load()
            assert SECRET.encode() not in data
            assert dict(image.getexif()) == {}
            assert set(image.info) & {"exif", "icc_profile", "comment", "xmp", "XML:com.adobe.xmp", "Comment"} == set()


class TestAPicturesAddress:
    @pytest.mark.parametrize(
        ("ending", "kind"),
        [("-64.avif", "image/avif"), ("-64.webp", "image/webp"), ("-64.jpg", "image/jpeg"), (".webp", "image/webp")],
    )
    @pytest.mark.django_db
    def test_gives_the_file_for_good(self, client, ending, kind):
        picture = make_picture(size=(64, 48))

        response = client.get(f"/pictures/{picture.digest}{ending}")

        assert response.getvalue() == stored_files()[f"{picture.digest}{ending}"]
        assert response.headers["Content-Type"] == kind
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert not response.cookies

    @pytest.mark.parametrize(
        "name",
        [
            "0" * 64 + ".webp",
            "0" * 64 + "-480.avif",
            "0" * 63 + ".webp",
            "A" * 64 + ".webp",
            "0" * 64 + ".svg",
            "0" * 64 + "-99999.jpg",
            "0" * 64 + ".webp%0A",
            "0" * 64 + ".webp%00",
            "",
            "../secret_key",
            "..%2Fsecret_key",
            "%2e%2e/%2e%2e/secret_key",
            "....//secret_key",
            "/etc/passwd",
        ],
    )
    @pytest.mark.django_db
    def test_of_no_picture_is_not_found(self, client, name):
        make_picture(size=(64, 48))
        (default_storage.base_location / "secret_key").write_text("secret")

        assert client.get(f"/pictures/{name}").status_code == 404

    @pytest.mark.parametrize("name", ["../secret_key", "secret_key", "", "/etc/passwd", "0" * 64 + ".webp\n"])
    def test_is_the_only_way_to_a_file(self, name):
        make_picture(size=(64, 48))
        (default_storage.base_location / "secret_key").write_text("secret")

        with pytest.raises(FileNotFoundError):
            pictures.open_file(name)

    @pytest.mark.django_db
    def test_takes_nothing(self, client):
        picture = make_picture(size=(64, 48))

        assert client.post(f"/pictures/{picture.name}").status_code == 405


class TestWithdrawing:
    def test_erases_every_file_of_the_picture_and_no_other(self):
        gone = make_picture(size=(500, 4))
        stays = make_picture(size=(64, 48))

        pictures.withdraw(gone.name)

        assert not pictures.is_there(gone.name)
        assert {name[:64] for name in stored_files()} == {stays.digest}

    def test_twice_is_no_fault(self):
        picture = make_picture(size=(64, 48))

        pictures.withdraw(picture.name)
        pictures.withdraw(picture.name)

        assert stored_files() == {}

    @pytest.mark.django_db
    def test_leaves_the_text_on_the_page_and_no_file_behind_any_address(self, client, read):
        picture = make_picture(size=(64, 48))
        photo = {"picture": picture.name, "width": 64, "height": 48, "alt": "Clear skin in June"}
        addresses = [f"/pictures/{name}" for name in stored_files()]

        pictures.withdraw(picture.name)

        page = read(make_edition_of(full_document(photos=[photo])).get_absolute_url())
        assert "Clear skin in June" in words(page.article)
        assert not page.select("main img, picture")
        assert {client.get(address).status_code for address in addresses} == {404}


class TestTheWidths:
    @pytest.mark.parametrize("width", [1, 480, 481, 1200, 1599, 1600, 1601, 2400])
    def test_in_which_a_picture_is_kept_are_each_there_once_and_never_wider(self, width):
        found = pictures.widths(width)

        assert found == sorted(set(found))
        assert found[-1] == min(width, 1600)


class TestAPictureInGrey:
    def test_of_sixteen_bits_keeps_its_grey(self):
        header = struct.pack(">IIBBBBB", 2, 2, 16, 0, 0, 0, 0)
        rows = (b"\0" + b"\x80\x80" * 2) * 2
        data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        assert pictures.read(data).image.getpixel((0, 0)) == (128, 128, 128)
