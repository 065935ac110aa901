"""Makes the forms in which a photo is kept, off the event loop."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from math import ceil

from PIL import Image

from adapters.images_blurhash import blurhash
from adapters.images_decoding import Decoded, Decoder, fitted
from adapters.images_resizing import resized
from domain.entities.photo_forms import VARIANTS, Box, RenditionSpec
from domain.ports import Rendered

QUALITY, METHOD = 90, 1
"""Of WebP. Method 1 makes files no larger than method 4 in half of its time."""

LARGEST = next(iter(VARIANTS.values()))

_JPEG_QUALITIES = (88, 75, 60)


class PillowImages:
    """Implements `domain.ports.Images` with Pillow, in threads of its own (Pillow lets the GIL go).

    Takes JPEG, PNG, WebP and GIF, told by content; of an animation the first frame. Nothing is decoded before
    the header has shown at most 40 megapixels.

    Args:
        threads: how many pictures are worked on at a time.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="images", initializer=_keep_memory)
        self._decoder = Decoder()

    async def render(self, data: bytes) -> Rendered:
        """Raises `Rejected` for what is no picture, damaged, of a format we do not take, or too large."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._render, data)

    async def rendition(self, data: bytes, spec: RenditionSpec) -> bytes:
        """Raises as `render` does."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._rendition, data, spec)

    async def close(self) -> None:
        """Wait for the pictures at work and end the threads."""
        await asyncio.to_thread(self._threads.shutdown)

    def _render(self, data: bytes) -> Rendered:
        decoded = self._decoder.decode(data, LARGEST)
        pictures = sizes(decoded)
        files = {picture.size: webp(picture) for picture in pictures.values()}
        return Rendered(
            extension=decoded.extension,
            content_type=decoded.content_type,
            width=decoded.width,
            height=decoded.height,
            blurhash=blurhash(min(pictures.values(), key=lambda picture: picture.size)),
            variants={name: files[picture.size] for name, picture in pictures.items()},
        )

    def _rendition(self, data: bytes, spec: RenditionSpec) -> bytes:
        decoded = self._decoder.decode(data, spec.box)
        picture = _within_ratio(decoded.picture, spec)
        while True:
            for quality in _JPEG_QUALITIES:
                buffer = io.BytesIO()
                picture.save(buffer, "JPEG", quality=quality)
                if buffer.tell() <= spec.most_bytes:
                    return buffer.getvalue()
            picture = picture.reduce(2)


def _keep_memory() -> None:
    """Let what one picture needed be used for the next.

    glibc hands memory back to the system once twice the largest block that was ever freed lies idle, and takes
    it page by page again: a twelfth of the work on a photo of 12 megapixels, which needs 35 MB. So a block is
    freed that is large enough; it is never touched (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD).
    """
    bytes(20_000_000)


def sizes(decoded: Decoded) -> dict[str, Image.Image]:
    """The picture in each of the sizes, made of the one before; of a small picture some are the same."""
    made, picture = {}, decoded.picture
    for name, box in VARIANTS.items():
        size = fitted((decoded.width, decoded.height), box)
        if size != picture.size:
            picture = resized(picture, size)
        made[name] = picture
    return made


def _within_ratio(picture: Image.Image, spec: RenditionSpec) -> Image.Image:
    """The picture in the middle of a white ground, if it is narrower or wider than the spec wants."""
    width, height = picture.size
    size: Box = max(width, ceil(height * spec.narrowest)), max(height, ceil(width / spec.widest))
    if size == picture.size:
        return picture
    ground = Image.new("RGB", size, "white")
    ground.paste(picture, ((size[0] - width) // 2, (size[1] - height) // 2))
    return ground


def webp(picture: Image.Image) -> bytes:
    """The picture as we keep it."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=METHOD)
    return buffer.getvalue()
