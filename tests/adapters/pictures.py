"""Pictures made for tests, and how they are looked at."""

import io
import struct
import zlib
from collections.abc import Iterable

from PIL import Image, ImageDraw


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def house(width: int = 1600, height: int = 1200) -> Image.Image:
    """A picture whose four corners differ: red, green, blue, and white at the lower right."""
    image = Image.new("RGB", (width, height), "grey")
    draw = ImageDraw.Draw(image)
    right, lower = width // 2, height // 2
    draw.rectangle((0, 0, right, lower), "red")
    draw.rectangle((right, 0, width, lower), "lime")
    draw.rectangle((0, lower, right, height), "blue")
    draw.rectangle((right, lower, width, height), "white")
    return image


def png(
    width: int,
    height: int,
    rows: int,
    *,
    depth: int = 1,
    colour: int = 0,
    pixel: bytes | None = None,
    more: bytes = b"",
) -> bytes:
    """A PNG that claims a size and holds `rows` rows of it.

    Args:
        depth: bits of a sample.
        colour: PNG's colour type, 0 for grey, 2 for RGB, 6 for RGB with transparency.
        pixel: what all rows are filled with, in whole bytes; they are black without it.
        more: chunks that come before the rows.
    """
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    samples = {0: 1, 2: 3, 6: 4}[colour]
    row = b"\0" + pixel * width if pixel else bytes(1 + (width * depth * samples + 7) // 8)
    body = packed([row] * rows, 9 if depth == 1 else 1)
    chunks = chunk(b"IHDR", header), more, chunk(b"IDAT", body), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def packed(parts: Iterable[bytes], level: int = 9) -> bytes:
    """The parts in one stream of zlib."""
    packer = zlib.compressobj(level)
    return b"".join(map(packer.compress, parts)) + packer.flush()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def is_about(colour: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(value - near) <= 2 for value, near in zip(colour, wanted, strict=True))


def is_high(value: object) -> int:
    assert isinstance(value, int)
    return round(value / 255)


def corners(image: Image.Image) -> list[str]:
    """The names of the colours in the corners, row by row."""
    names = {(1, 0, 0): "red", (0, 1, 0): "lime", (0, 0, 1): "blue", (1, 1, 1): "white", (0, 0, 0): "black"}
    right, lower = image.width - 8, image.height - 8
    channels = image.convert("RGB").split()
    found = []
    for place in ((8, 8), (right, 8), (8, lower), (right, lower)):
        red, green, blue = (is_high(channel.getpixel(place)) for channel in channels)
        found.append(names[red, green, blue])
    return found


def check_bare(image: Image.Image) -> None:
    assert not image.getexif()
    assert not {"icc_profile", "exif", "xmp", "comment", "photoshop"} & image.info.keys()
