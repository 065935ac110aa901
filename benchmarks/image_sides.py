"""The sides of the benchmark of images that are Python: `python -m benchmarks.image_sides ours|floor|pyvips`.

Reads lines of JSON, `{"threads", "paths"}`, and answers each with the `seconds` that it took, the `processor` seconds,
and the `sizes`: the bytes of the three WebP files of each picture. Reading and preparing are not counted, and threads
live as long as the process, as in a worker.
"""

import asyncio
import io
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from adapters.images import LARGEST, METHOD, QUALITY, PillowImages, sizes, webp
from adapters.images_decoding import Decoder
from domain.entities.photo_forms import VARIANTS

Work = Callable[[], list[list[int]]]


def ours(pictures: Sequence[bytes], threads: int) -> Work:
    """What a worker does."""

    async def render() -> list[list[int]]:
        rendered = await asyncio.gather(*map(_worker(threads).render, pictures))
        return [[len(one.variants[name]) for name in VARIANTS] for one in rendered]

    return lambda: asyncio.run(render())


@cache
def _worker(threads: int) -> PillowImages:
    return PillowImages(threads)


def floor(pictures: Sequence[bytes], threads: int) -> Work:
    """What cannot be spared: decoding at the scale that the format offers, and encoding what is there already."""
    prepared = [list(sizes(Decoder().decode(data, LARGEST)).values()) for data in pictures]

    def one(data: bytes, forms: Sequence[Image.Image]) -> list[int]:
        with Image.open(io.BytesIO(data)) as image:
            image.draft(None, forms[0].size)
            image.load()
        return [len(webp(form)) for form in forms]

    return lambda: _spread(threads, one, pictures, prepared)


def pyvips(pictures: Sequence[bytes], threads: int) -> Work:
    """The same by libvips, each size from the one before."""
    vips: Any = __import__("pyvips")
    vips.cache_set_max(0)

    def one(data: bytes) -> list[int]:
        found: list[int] = []
        picture = None
        for width, height in VARIANTS.values():
            box = {"height": height, "size": "down"}
            small = (
                vips.Image.thumbnail_buffer(data, width, **box)
                if picture is None
                else picture.thumbnail_image(width, **box)
            )
            picture = small.copy_memory()
            found.append(len(picture.webpsave_buffer(Q=QUALITY, effort=METHOD, keep="none")))
        return found

    return lambda: _spread(threads, one, pictures)


def _spread(threads: int, one: Callable[..., list[int]], *inputs: Sequence[Any]) -> list[list[int]]:
    return list(_pool(threads).map(one, *inputs))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


_SIDES = {"ours": ours, "floor": floor, "pyvips": pyvips}


def main() -> None:
    """Answer until the input ends."""
    side = _SIDES[sys.argv[1]]
    for line in sys.stdin:
        wish = json.loads(line)
        work = side([Path(path).read_bytes() for path in wish["paths"]], wish["threads"])
        begin, used = time.perf_counter(), time.process_time()
        found = work()
        answer = {
            "seconds": time.perf_counter() - begin,
            "processor": time.process_time() - used,
            "sizes": found,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
