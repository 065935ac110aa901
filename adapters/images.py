"""Decodes strangers' pictures safely and makes the forms we keep, off the event loop."""

import asyncio
import io
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from PIL import Image, ImageCms

from domain.errors import Rejected, Unavailable
from domain.ports import Rendered

MAX_PIXELS = 40_000_000
THUMBNAIL_BOX = (200, 150)
RENDITION_WIDTH = 1_440
RENDITION_BYTES = 8_000_000
"""Instagram's bounds, the narrowest: https://developers.facebook.com/docs/instagram-platform/content-publishing"""

_JPEG_HEIGHT = 65_500  # the format holds no more
_EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
_ORIENTATION = 0x0112  # the EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


class PillowImages:
    """Implements `domain.ports.Images` with Pillow, in threads of its own (Pillow lets the GIL go).

    Takes JPEG, PNG, WebP and GIF, told by content; of an animation the first frame. Nothing is decoded before
    the header has shown at most 40 megapixels.

    Args:
        threads: how many pictures are decoded at a time; each can take 160 MB.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="images")

    async def render(self, data: bytes) -> Rendered:
        """Raises `Rejected` for what is no picture, damaged, of a format we do not take, or too large."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _render, data)

    async def close(self) -> None:
        """Wait for the pictures at work and end the threads."""
        await asyncio.to_thread(self._threads.shutdown)


def _render(data: bytes) -> Rendered:
    with _opened(data) as image, _decoding():
        form = image.format or ""
        if form == "PNG":
            # Decoding does not look at the check sums; this does, and decodes nothing.
            with Image.open(io.BytesIO(data), formats=("PNG",)) as copy:
                copy.verify()
        extension, content_type = _EXTENSIONS[form], f"image/{'jpeg' if form == 'MPO' else form.lower()}"
        orientation = _orientation(image)
        width, height = image.size[::-1] if orientation in _SIDEWAYS else image.size
        # What is larger than needed is never decoded: JPEG can be read at 1/2, 1/4 or 1/8 of its size.
        shrink = min(1.0, RENDITION_WIDTH / width)
        image.draft(None, (math.ceil(image.width * shrink), math.ceil(image.height * shrink)))
        image.load()
        picture = _plain(image)
        if orientation in _UPRIGHT:
            picture = picture.transpose(_UPRIGHT[orientation])
        picture.thumbnail((RENDITION_WIDTH, _JPEG_HEIGHT), Image.Resampling.LANCZOS)
        picture = _srgb(picture, image.info.get("icc_profile"))
        picture.info.clear()  # Pillow would write a comment on
        rendition = _jpeg(picture)
        picture.thumbnail(THUMBNAIL_BOX, Image.Resampling.LANCZOS)
        return Rendered(extension, content_type, width, height, _webp(picture), rendition)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The picture with its header read and nothing decoded."""
    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception:  # Pillow's readers raise whatever a crooked header leads them to
        if data.lstrip()[:1] == b"<":
            raise Rejected("This is a web page, not a photo.") from None
        raise Rejected("This is not a photo in a format we take (JPEG, PNG, WebP, GIF).") from None
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_large()
        yield image


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except MemoryError:
        raise Unavailable("There was not enough memory to decode the photo.") from None
    except Exception as error:  # as above; the reason stays in the chain
        raise Rejected("The photo is damaged or incomplete.") from error


def _too_large() -> Rejected:
    return Rejected(f"The photo has more than {MAX_PIXELS // 1_000_000} megapixels.")


def _orientation(image: Image.Image) -> int:
    # Damaged EXIF data is no reason to lose the photo.
    with suppress(Exception):
        return int(image.getexif().get(_ORIENTATION, 1))
    return 1


def _plain(image: Image.Image) -> Image.Image:
    """The picture as L, RGB or CMYK with 8 bits a channel, transparent parts white."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        upper = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", upper.size, "white"), upper).convert("RGB")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        # A profile that is damaged or made for another kind of picture is left aside.
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
    return picture.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    for quality in (88, 75, 60):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= RENDITION_BYTES:
            return buffer.getvalue()
    return _jpeg(picture.reduce(2))


def _webp(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=90, method=2)
    return buffer.getvalue()
