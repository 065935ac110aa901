"""Decodes strangers' pictures within limits of pixels, memory and time."""

import io
import math
import re
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import islice

from PIL import Image, ImageCms, UnidentifiedImageError

from adapters.images_resizing import resized
from domain.entities.photo_forms import Box
from domain.errors import Rejected, Unavailable

MAX_PIXELS = 40_000_000
MAX_SCANS = 100
"""Of a JPEG: each scan of a progressive one is a pass over the whole picture, and an empty one takes a few
bytes. Encoders make about ten; a phone's file may hold several pictures."""

_SCAN = re.compile(b"\xff\xda")  # its marker; the pattern finds it faster than `count`
_HEAVY_PIXELS = 12_500_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
_STRIP = 1_000_000  # pixels that are brought to plain RGB at a time
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


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture that fits a box, upright, RGB in sRGB, without metadata; the rest is of the original."""

    picture: Image.Image
    extension: str
    content_type: str
    width: int
    height: int


class Decoder:
    """Decodes pictures of at most 40 megapixels; of large ones that must be held whole, one at a time."""

    def __init__(self) -> None:
        self._heavy = threading.Lock()

    def decode(self, data: bytes, box: Box) -> Decoded:
        """The picture within the box.

        Raises:
            Rejected: no picture, damaged, of a format we do not take, or too large.
            Unavailable: there is not enough memory.
        """
        with _opened(data) as image, _decoding(), self._turn(image):
            form = image.format or ""
            if form == "PNG":
                # Decoding does not look at the check sums; this does, and decodes nothing.
                with Image.open(io.BytesIO(data), formats=("PNG",)) as copy:
                    copy.verify()
            orientation = _orientation(image)
            sideways = orientation in _SIDEWAYS
            width, height = image.size[::-1] if sideways else image.size
            size = fitted((width, height), box)
            picture = _small(image, size[::-1] if sideways else size)
            picture = _srgb(picture, image.info.get("icc_profile"))
            if orientation in _UPRIGHT:
                picture = picture.transpose(_UPRIGHT[orientation])
            picture.info.clear()  # Pillow would write a comment on
            content_type = f"image/{'jpeg' if form == 'MPO' else form.lower()}"
            return Decoded(picture, _EXTENSIONS[form], content_type, width, height)

    def _turn(self, image: Image.Image) -> AbstractContextManager[object]:
        # A JPEG is shrunk while it is read, unless it is progressive.
        shrinks = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
        heavy = not shrinks and image.width * image.height > _HEAVY_PIXELS
        return self._heavy if heavy else nullcontext()


def fitted(size: Box, box: Box) -> Box:
    """The size that a picture has within the box: its ratio is kept, and it is never enlarged."""
    width, height = size
    shrink = min(1.0, box[0] / width, box[1] / height)
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def _small(image: Image.Image, size: Box) -> Image.Image:
    """The picture in this size, as L, RGB or CMYK with 8 bits a channel, transparent parts white.

    What is larger than needed is hardly ever held: JPEG is read at 1/2, 1/4 or 1/8 of its size, and the rest
    is averaged over whole pixels before the last step, which is by less than two.
    """
    image.draft(None, size)
    image.load()
    factor = (max(1, image.width // size[0]), max(1, image.height // size[1]))
    picture = _plain(image, factor)
    return picture if picture.size == size else resized(picture, size)


def _plain(image: Image.Image, factor: Box) -> Image.Image:
    if image.mode in ("L", "RGB", "CMYK") and not image.has_transparency_data:
        return image.reduce(factor) if factor != (1, 1) else image
    # Conversions make copies, and copies of the whole would be several times its size.
    rows = max(1, _STRIP // image.width // factor[1]) * factor[1]
    strips = (
        _plain_strip(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        for top in range(0, image.height, rows)
    )
    first = next(strips)
    whole = Image.new(first.mode, (first.width, math.ceil(image.height / factor[1])))
    whole.paste(first, (0, 0))
    for number, strip in enumerate(strips, start=1):
        whole.paste(strip, (0, number * rows // factor[1]))
    return whole


def _plain_strip(strip: Image.Image) -> Image.Image:
    if strip.mode.startswith("I"):
        return strip.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if strip.has_transparency_data:
        upper = strip.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", upper.size, "white"), upper).convert("RGB")
    return strip.convert("RGB")


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
    return picture.convert("RGB") if picture.mode != "RGB" else picture


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The picture with its header read and nothing decoded."""
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except UnidentifiedImageError:
        if data.lstrip()[:1] == b"<":
            raise Rejected("This is a web page, not a photo.") from None
        raise Rejected("This is not a photo in a format we take (JPEG, PNG, WebP, GIF).") from None
    except Exception as error:  # Pillow's readers raise whatever a crooked header leads them to
        raise Rejected("The photo's header is damaged, or holds more than a header may.") from error
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_large()
        if image.format in ("JPEG", "MPO") and next(islice(_SCAN.finditer(data), MAX_SCANS, None), None):
            raise Rejected(f"The photo is a JPEG of more than {MAX_SCANS} scans.")
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
