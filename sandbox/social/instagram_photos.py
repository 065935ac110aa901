"""The photos of the sandbox Instagram: fetched from where the caller says, and checked as Instagram does."""

import asyncio
import io

from PIL import Image

from sandbox.social.facebook_photos import fetch
from sandbox.social.graph import GraphError

MAX_BYTES = 8 * 1024 * 1024
NARROWEST, WIDEST = 4 / 5, 1.91


async def fetched(url: str) -> bytes:
    """The JPEG at that address; raises GraphError if there is none that Instagram takes."""
    raw = await fetch(url, most_bytes=MAX_BYTES + 1)
    if raw is None:
        raise _unfetched()
    await asyncio.to_thread(_check, raw)
    return raw


def _check(raw: bytes) -> None:
    if len(raw) > MAX_BYTES:
        raise GraphError(
            36000,
            "The image size is too large.",
            subcode=2207004,
            title="Image size too large",
            explanation="The image is too large to download. It should be less than 8 MiB.",
        )
    try:
        with Image.open(io.BytesIO(raw)) as image:
            kind, ratio = image.format, image.width / image.height
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _unfetched() from None
    if kind != "JPEG":
        raise GraphError(
            36001,
            "The image format is not supported.",
            subcode=2207005,
            title="Unsupported format",
            explanation="The image format is not supported. Please check spec for supported JPEG format.",
        )
    if not NARROWEST <= ratio <= WIDEST:
        raise GraphError(
            36003,
            "The aspect ratio is not supported.",
            subcode=2207009,
            title="Invalid aspect ratio",
            explanation="The submitted image cannot be published: its aspect ratio must lie between 4:5 and 1.91:1.",
        )


def _unfetched() -> GraphError:
    return GraphError(
        9004,
        "Only photo or video can be accepted as media type.",
        subcode=2207052,
        title="Media download has failed. The media URI doesn't meet our requirements.",
        explanation="The media could not be fetched from this URI.",
    )
