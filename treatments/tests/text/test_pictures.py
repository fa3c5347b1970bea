"""Only whole pictures of a sane size are taken, cleaned of everything but their pixels, and erased when withdrawn."""

import io
import os
import stat
import zlib
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.http import http_date
from PIL import Image, ImageCms, PngImagePlugin

from treatments.tests.builders import full_disk, full_document, make_edition_of, make_picture, picture_bytes
from treatments.tests.meaning import words
from treatments.tests.picture_files import COLOURS, chunk, header
from treatments.tests.tables import one_in
from treatments.text import pictures

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


def png_that_claims(width, height):
    """A PNG of a few bytes whose header promises this size."""
    return header(width, height, 8, COLOURS) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def jpeg_of_scans(number, **options):
    """A small progressive JPEG whose last scan comes again and again, until there are so many."""
    data = encoded(Image.new("RGB", (64, 48), "tan"), "JPEG", progressive=True, **options)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * (number - data.count(b"\xff\xda")) + data[-2:]


def halves(left="red", right="blue", size=(40, 20), mode="RGB"):
    """An image whose left and right half differ."""
    image = Image.new(mode, size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def is_near(pixel, colour, by=12):
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


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
        with pytest.raises(pictures.PictureRefused, match="has 9000 × 6000 pixels; at most 50 megapixels are possible"):
            pictures.read(png_that_claims(9000, 6000))

    @pytest.mark.parametrize("size", [(9504, 6336), (7300, 7200), (1, 52_000_001)])
    def test_is_larger_than_fifty_megapixels(self, size):
        with pytest.raises(pictures.PictureRefused, match="50 megapixels"):
            pictures.read(png_that_claims(*size))

    @pytest.mark.parametrize(
        "brands", ["heic mif1heic", "mif1 mif1heic", "heix mif1miaf", "msf1 msf1hevc", "heis mif1"]
    )
    def test_is_told_how_to_turn_heic_into_jpeg(self, brands):
        major, others = brands.encode().split(b" ")
        body = b"ftyp" + major + bytes(4) + others
        data = (len(body) + 4).to_bytes(4, "big") + body + bytes(300)

        with pytest.raises(pictures.PictureRefused, match=r"HEIC picture.*Save or send it as JPEG.*Most Compatible\.$"):
            pictures.read(data)

    @pytest.mark.parametrize("scans", [pictures.MOST_SCANS + 1, 2000])
    def test_is_a_jpeg_of_so_many_scans_that_it_would_take_minutes(self, scans):
        with pytest.raises(pictures.PictureRefused, match="too many layers.*save it anew"):
            pictures.read(jpeg_of_scans(scans))

    def test_hides_its_scans_behind_an_empty_segment_and_fill_bytes(self):
        data = jpeg_of_scans(pictures.MOST_SCANS + 1)
        comment = b"\xff\xfe\x00\x04\xff\xd9"

        with pytest.raises(pictures.PictureRefused, match="too many layers"):
            pictures.read(data[:2] + comment + data[2:].replace(b"\xff\xda", b"\xff\xff\xff\xda"))

    @pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (12_000, 8_000)])
    def test_is_not_unpacked_if_it_is_a_bomb(self, size):
        with pytest.raises(pictures.PictureRefused, match="50 megapixels"):
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
        ("orientation", "corners"),
        # The corners that are seen, clockwise from the upper left, of which the file has A B C D.
        one_in(5, list(enumerate(["ABCD", "BADC", "CDAB", "DCBA", "ADCB", "DABC", "CBAD", "BCDA"], start=1))),
    )
    @pytest.mark.parametrize("kind", one_in(5, ["JPEG", "PNG", "WEBP", "AVIF"]))
    def test_is_turned_as_its_camera_was_held(self, kind, orientation, corners):
        colours = {"A": (255, 0, 0), "B": (0, 255, 0), "C": (0, 0, 255), "D": (128, 128, 128)}
        image = Image.new("RGB", (96, 64))
        for corner, at in {"A": (0, 0), "B": (48, 0), "C": (48, 32), "D": (0, 32)}.items():
            image.paste(colours[corner], (*at, at[0] + 48, at[1] + 32))
        exif = Image.Exif()
        exif[ORIENTATION] = orientation

        seen = pictures.read(encoded(image, kind, exif=exif)).image

        right, bottom = seen.width - 9, seen.height - 9
        assert seen.size == ((96, 64) if orientation < 5 else (64, 96))
        for corner, at in zip(corners, [(8, 8), (right, 8), (right, bottom), (8, bottom)], strict=True):
            assert is_near(seen.getpixel(at), colours[corner])

    @pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
    @pytest.mark.parametrize(
        "exif", [b"nonsense", b"II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 50, b"MM\0*\0\0\0\x08", b""]
    )
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_is_taken_with_damaged_metadata(self, kind, exif):
        assert pictures.read(encoded(halves(), kind, exif=b"Exif\0\0" + exif)).size == (40, 20)

    @pytest.mark.parametrize("size", [(5712, 4284), (6048, 4024), (8160, 6144), (8192, 6144), (8688, 5792)])
    def test_may_be_as_large_as_phones_and_cameras_take_them(self, size):
        pictures.check_size(*size)

    def test_may_have_as_many_scans_as_any_camera_writes(self):
        assert pictures.read(jpeg_of_scans(pictures.MOST_SCANS)).size == (64, 48)

    def test_may_carry_smaller_pictures_and_a_film_with_scans_of_their_own(self):
        smaller, film = b"Exif\0\0" + jpeg_of_scans(300), jpeg_of_scans(2000)
        data = encoded(halves(), "JPEG", exif=smaller) + film

        assert pictures.read(data).size == (40, 20)

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

    def test_is_not_encoded_twice(self):
        picture = make_picture(size=(64, 48))
        for name in stored_files():
            os.utime(default_storage.path(f"{pictures.FOLDER}/{name}"), (1, 1))

        pictures.store(picture)

        assert {pictures.stored_at(name).timestamp() for name in stored_files()} == {1}

    @pytest.mark.parametrize("ending", one_in(6, ["-64.avif", "-64.webp", "-64.jpg", ".webp"]))
    @pytest.mark.parametrize("kept", one_in(6, [0, 1, 0.5, 0.97]), ids=["nothing", "one byte", "half", "nearly all"])
    def test_of_which_a_file_is_not_whole_is_repaired_by_storing_it_again(self, ending, kept):
        picture = pictures.read(encoded(Image.effect_noise((64, 48), 90), "PNG"))
        pictures.store(picture)
        before = stored_files()
        broken = Path(default_storage.path(f"{pictures.FOLDER}/{picture.digest}{ending}"))
        data = broken.read_bytes()
        broken.write_bytes(data[: kept if kept == 1 else int(len(data) * kept)])
        assert stored_files() != before

        pictures.store(picture)

        assert stored_files() == before

    def test_whose_master_shows_something_else_is_repaired_by_storing_it_again(self):
        picture = make_picture(size=(64, 48))
        Path(default_storage.path(f"{pictures.FOLDER}/{picture.name}")).write_bytes(picture_bytes("WEBP"))

        pictures.store(picture)

        assert pictures.is_whole(picture.name)

    @pytest.mark.parametrize("written", range(4))
    def test_for_which_the_disk_is_full_leaves_no_part_and_is_whole_after_the_next_try(self, monkeypatch, written):
        picture = pictures.read(picture_bytes(size=(64, 48)))
        sync = os.fsync
        synced: list[int] = []

        def nearly_full_disk(descriptor):
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                if len(synced) == written:
                    full_disk()
                synced.append(descriptor)
            sync(descriptor)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", nearly_full_disk)
            with pytest.raises(OSError, match="No space left"):
                pictures.store(picture)

        assert len(stored_files()) == written
        assert all(pictures.is_whole(name) for name in stored_files())
        assert not pictures.is_there(picture.name)
        pictures.store(picture)
        assert len(stored_files()) == 4
        assert all(pictures.is_whole(name) for name in stored_files())

    def test_that_readers_have_open_stays_whole_while_it_is_written_anew(self):
        path = f"{pictures.FOLDER}/{make_picture(size=(64, 48)).name}"
        (before,) = [data for name, data in stored_files().items() if "-" not in name]
        with default_storage.open(path) as file:
            default_storage.save(path, ContentFile(b"other bytes"))

            assert file.read() == before
        assert b"other bytes" in stored_files().values()

    def test_is_on_the_disk_before_it_has_its_name_and_its_folder_after(self, monkeypatch):
        acts: list[str] = []
        sync, rename = os.fsync, os.replace

        def noted_sync(descriptor):
            acts.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
            sync(descriptor)

        def noted_rename(old, new):
            acts.append("rename")
            rename(old, new)

        monkeypatch.setattr(os, "fsync", noted_sync)
        monkeypatch.setattr(os, "replace", noted_rename)

        default_storage.save(f"{pictures.FOLDER}/{'0' * 64}.webp", ContentFile(b"bytes"))

        assert acts == ["file", "rename", "folder", "folder"]

    def test_can_be_read_by_a_web_server_beside_ours(self):
        make_picture(size=(64, 48))

        modes = {path.stat().st_mode & 0o777 for path in Path(default_storage.path(pictures.FOLDER)).iterdir()}

        assert modes == {0o644}

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
    def test_gives_the_file_to_be_asked_for_again_after_an_hour(self, client, ending, kind):
        picture = make_picture(size=(64, 48))

        response = client.get(f"/pictures/{picture.digest}{ending}")

        assert response.getvalue() == stored_files()[f"{picture.digest}{ending}"]
        assert response.headers["Content-Type"] == kind
        assert response.headers["Last-Modified"]
        assert set(response.headers["Cache-Control"].split(", ")) == {"public", "max-age=3600", "must-revalidate"}
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert not response.cookies

    @pytest.mark.parametrize(
        "name",
        one_in(
            5,
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
        ),
    )
    @pytest.mark.django_db
    def test_of_no_picture_is_not_found(self, client, name):
        make_picture(size=(64, 48))
        Path(default_storage.path("secret_key")).write_text("secret")

        assert client.get(f"/pictures/{name}").status_code == 404

    @pytest.mark.parametrize("name", ["../secret_key", "secret_key", "", "/etc/passwd", "0" * 64 + ".webp\n"])
    def test_is_the_only_way_to_a_file(self, name):
        make_picture(size=(64, 48))
        Path(default_storage.path("secret_key")).write_text("secret")

        with pytest.raises(FileNotFoundError):
            pictures.open_file(name)

    @pytest.mark.django_db
    def test_is_told_in_a_few_bytes_that_nothing_has_changed(self, client):
        address = f"/pictures/{make_picture(size=(64, 48)).name}"
        stored = http_date(pictures.stored_at(address.rpartition("/")[2]).timestamp())

        response = client.get(address, headers={"If-Modified-Since": stored})

        assert (response.status_code, response.content) == (304, b"")
        assert "max-age=3600" in response.headers["Cache-Control"]

    @pytest.mark.django_db
    def test_of_a_picture_that_was_withdrawn_ends_for_browsers_that_have_it(self, client):
        picture = make_picture(size=(64, 48))
        address = f"/pictures/{picture.digest}-64.avif"
        stored = http_date(pictures.stored_at(address.rpartition("/")[2]).timestamp())

        pictures.withdraw(picture.name)

        assert client.get(address, headers={"If-Modified-Since": stored}).status_code == 404

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

    def test_erases_what_a_killed_process_left(self):
        picture = make_picture(size=(64, 48))
        left = Path(default_storage.path(f"{pictures.FOLDER}/{picture.digest}-64.avif.x1y2.part"))
        left.write_bytes(b"half a picture")

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
