"""The worst pictures we take, and bombs: how much memory and time they cost a worker."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from adapters.images_decoding import MAX_SCANS, Decoder
from domain.errors import Rejected
from tests.adapters import images_memory
from tests.adapters.pictures import chunk, house, packed, png, saved

ROOT = Path(__file__).resolve().parents[2]
MB = 1_000_000
SIZE = (8_000, 5_000)  # all that is allowed


def run(folder: Path, *pictures: bytes) -> dict[str, Any]:
    """Render them in a process of their own, two at a time as a worker does."""
    paths = [folder / str(number) for number in range(len(pictures))]
    for path, data in zip(paths, pictures, strict=True):
        path.write_bytes(data)
    ended = subprocess.run(
        [sys.executable, "-m", images_memory.__name__, *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def flat(mode: str) -> Image.Image:
    return Image.new(mode, SIZE)


def webp(width: int, height: int) -> bytes:
    """34 bytes of lossless WebP: all pixels transparent.

    https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification
    """
    small = saved(Image.new("RGBA", (1, 1)), "WEBP", lossless=True)
    place = small.index(b"VP8L") + 9
    transparent = int.from_bytes(small[place : place + 4], "little") >> 28 << 28
    sizes = transparent | height - 1 << 14 | width - 1
    return small[:place] + sizes.to_bytes(4, "little") + small[place + 4 :]


WORST: dict[str, tuple[Callable[[], bytes], int]] = {
    "baseline JPEG": (lambda: saved(flat("RGB"), "JPEG", subsampling=0), 100),
    "two JPEGs that are not shrunk on load": (lambda: saved(Image.new("RGB", (3_839, 2_879)), "JPEG"), 250),
    "progressive JPEG of four colours": (lambda: saved(flat("CMYK"), "JPEG", progressive=True), 450),
    "PNG of 16 bits with transparency": (lambda: png(*SIZE, rows=SIZE[1], depth=16, colour=6), 450),
    "PNG of 16 bits": (lambda: png(*SIZE, rows=SIZE[1], depth=16, colour=0), 250),
    "PNG with a palette": (lambda: saved(flat("P"), "PNG", transparency=0), 250),
    "GIF with transparency": (lambda: saved(flat("P"), "GIF", transparency=0), 250),
    "WebP with transparency": (lambda: webp(*SIZE), 900),  # libwebp keeps five copies
}
"""Pictures of as many pixels as are allowed, and the megabytes that two of them may cost at a time."""


@pytest.mark.parametrize("name", WORST)
def test_the_largest_pictures_fit_a_worker(name: str, tmp_path: Path) -> None:
    make, most = WORST[name]
    picture = make()
    answer = run(tmp_path, picture, picture)
    cost = answer["peak"] - answer["before"]
    print(f"{name}: {len(picture):,} bytes, {cost // MB} MB more, {answer['peak'] // MB} MB in all")
    assert all(isinstance(size, list) for size in answer["answers"])
    assert cost < most * MB


def gif(width: int, height: int) -> bytes:
    """A GIF of 8 x 8 pixels whose only frame claims to be so large."""
    small = bytearray(saved(Image.new("P", (8, 8)), "GIF"))
    frame = small.rindex(struct.pack("<BHHHH", 0x2C, 0, 0, 8, 8))
    small[frame + 5 : frame + 9] = struct.pack("<HH", width, height)
    return bytes(small)


def beside(kind: bytes, before: bytes) -> bytes:
    """A small PNG with 200 MB of zeros packed beside its pixels."""
    return png(64, 64, rows=64, more=chunk(kind, before + packed([bytes(MB)] * 200)))


TOO_LARGE = "The photo has more than 40 megapixels."
TOO_MUCH = "The photo's header is damaged, or holds more than a header may."
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "PNG of 98 megapixels": (lambda: png(9_900, 9_900, rows=9_900), TOO_LARGE),
    "WebP of 268 megapixels": (lambda: webp(16_383, 16_383), TOO_LARGE),
    "GIF whose frame has 4,295": (lambda: gif(65_535, 65_535), TOO_LARGE),
    "colour profile": (lambda: beside(b"iCCP", b"x\0\0"), TOO_MUCH),
    "text": (lambda: beside(b"zTXt", b"x\0\0"), TOO_MUCH),
    "XMP": (lambda: beside(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0"), TOO_MUCH),
}
"""What would unpack to hundreds of megabytes, and why it is refused."""


def test_bombs_cost_nothing(tmp_path: Path) -> None:
    bombs = [make() for make, _ in BOMBS.values()]
    assert max(map(len, bombs)) < 200_000
    answer = run(tmp_path, *bombs)
    cost = answer["peak"] - answer["before"]
    print(f"bombs of {', '.join(f'{len(bomb):,}' for bomb in bombs)} bytes, {cost // 1_000:,} kB more")
    assert answer["answers"] == [reason for _, reason in BOMBS.values()]
    assert cost < 20 * MB  # of which a few are the decoders themselves


def scans(picture: Image.Image, number: int) -> bytes:
    """A progressive JPEG in which the last scan comes many times over."""
    data = saved(picture, "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * number + data[-2:]


def test_a_jpeg_of_very_many_scans_is_refused_by_its_header() -> None:
    decoder, box = Decoder(), (1_920, 1_440)
    with pytest.raises(Rejected, match="scans"):
        decoder.decode(scans(flat("L"), 5_000), box)
    few = scans(house(), 10)
    assert few.count(b"\xff\xda") < MAX_SCANS
    assert decoder.decode(few, box).picture.size == (1_600, 1_200)
