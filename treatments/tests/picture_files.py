"""Picture files written byte by byte, so that what they show is known without the library that reads them."""

import struct
import zlib

#: Colour types of a PNG (11.2.1 of its specification) and how many numbers a pixel has.
GREY, COLOURS, PALETTE, GREY_ALPHA, COLOURS_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, COLOURS: 3, PALETTE: 1, GREY_ALPHA: 2, COLOURS_ALPHA: 4}
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width, height, depth, kind):
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))


def packed(numbers, depth):
    """A row of numbers of so many bits, filled up to whole bytes."""
    bits = "".join(f"{number:0{depth}b}" for number in numbers)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def png(rows, depth, kind, *, palette=None, transparent=None, profile=None):
    """A PNG of these rows of pixels, each pixel a tuple of its numbers.

    `transparent` holds the bytes of the chunk tRNS, `profile` a colour profile.
    """
    lines = b"".join(b"\0" + packed([number for pixel in row for number in pixel], depth) for row in rows)
    file = header(len(rows[0]), len(rows), depth, kind)
    if profile:
        file += chunk(b"iCCP", b"a profile\0\0" + zlib.compress(profile))
    if palette:
        file += chunk(b"PLTE", bytes(number for colour in palette for number in colour))
    if transparent is not None:
        file += chunk(b"tRNS", transparent)
    return file + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def named(*numbers):
    """The chunk tRNS that names one transparent colour."""
    return struct.pack(f">{len(numbers)}H", *numbers)


def profile_file(space, kind, tags):
    """A colour profile (ICC.1, version 2.4) with these tags, their names to their bytes."""
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    connection = b"Lab " if b"A2B0" in tags else b"XYZ "
    head = struct.pack(
        ">I4sI4s4s4s12s4s28s12s48x", 128 + len(table) + len(body), b"", 0x02400000, kind, space, connection,
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp", b"", D50,
    )  # fmt: skip
    return head + table + body


def fixed(*numbers):
    """Numbers with sixteen bits after the point."""
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


D50 = fixed(0.9642, 1, 0.8249)
WHITE = {b"wtpt": b"XYZ \0\0\0\0" + D50}


def grey_profile(gamma):
    """A profile of grey in which light is a number to the power of gamma."""
    return profile_file(b"GRAY", b"mntr", {**WHITE, b"kTRC": curve(gamma)})


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def colour_profile(red, green, blue, gamma=2.2):
    """A profile of three colours with these primaries, each (X, Y, Z) seen by the light D50."""
    primaries = {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue}
    tags = {name: b"XYZ \0\0\0\0" + fixed(*value) for name, value in primaries.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve(gamma))
    return profile_file(b"RGB ", b"mntr", {**WHITE, **tags})


def ink_profile(lab_of):
    """A profile of four inks: what `lab_of(c, m, y, k)`, each 0 or 1, says in CIE L*a*b*, and even steps between."""
    corners = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    measured = (lab_of(*inks) for inks in corners)
    table = b"".join(bytes([round(light * 2.55), a + 128, b + 128]) for light, a, b in measured)
    straight = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return profile_file(b"CMYK", b"prtr", {**WHITE, b"A2B0": lut + straight * 4 + table + straight * 3})
