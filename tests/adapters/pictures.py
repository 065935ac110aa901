"""Pictures made for tests, and how they are looked at."""

import io
import struct
import zlib

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


def png(width: int, height: int, rows: int, *, depth: int = 1, colour: int = 0) -> bytes:
    """A black PNG that claims a size and holds `rows` rows of it.

    Args:
        depth: bits of a sample.
        colour: PNG's colour type, 0 for grey, 6 for RGB with transparency.
    """

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    row = bytes(1 + (width * depth * {0: 1, 6: 4}[colour] + 7) // 8)
    packer = zlib.compressobj(9 if depth == 1 else 1)
    body = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


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
