"""The sandbox Facebook's photos: fetched or uploaded, decoded, staged until a post takes them."""

import asyncio
import io
import ssl
from functools import cache
from typing import Any

import httpx
from PIL import Image
from starlette.requests import Request

from sandbox.social.facebook_site import Page, Site, site_of, timestamp
from sandbox.social.graph import GraphError, Parameters
from sandbox.social.state import Document

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
FETCH_SECONDS = 10.0
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF")


async def stage(site: Site, page: Page, params: Parameters) -> Document:
    """Keep the photo of `url` or `source`; raises GraphError if there is none or it is no image."""
    if source := params.files.get("source"):
        raw = await source.read()
    elif url := params.text("url"):
        raw = await _fetched(url)
    else:
        raise GraphError(324, "(#324) Requires upload file")
    content = await asyncio.to_thread(_as_jpeg, raw)
    key = str(122_200_000_000_000_000 + site.store.next_number("photo"))
    photo = {
        "id": key,
        "page_id": page.id,
        "post_id": None,
        "caption": params.text("caption") or params.text("message"),
        "alt_text": params.text("alt_text_custom"),
        "url": params.text("url") or None,
        "bytes": len(raw),
        "created": site.now(),
        "created_time": timestamp(site.now()),
    }
    site.store.save_file(f"{key}.jpg", content)
    site.store.put("photo", key, photo)
    return photo


def staged_photo(site: Site, page: Page, key: str) -> Document | None:
    """The photo if it is the Page's and no post has it yet."""
    photo = site.store.get("photo", key)
    return photo if photo and photo["page_id"] == page.id and photo["post_id"] is None else None


def remove_photo(site: Site, key: str) -> None:
    """Forget a photo and its bytes."""
    site.store.delete("photo", key)
    site.store.remove_file(f"{key}.jpg")


def photo_node(request: Request, photo: Document) -> dict[str, Any]:
    """A photo as the Graph API shows it."""
    return {
        "id": photo["id"],
        "name": photo["caption"],
        "alt_text_custom": photo["alt_text"],
        "created_time": photo["created_time"],
        "link": f"{site_of(request).address(request)}/photos/{photo['id']}.jpg",
        "page_story_id": photo["post_id"],
    }


@cache
def _tls() -> ssl.SSLContext:
    # Reading the list of authorities costs more than a fetch does.
    return httpx.create_ssl_context()


async def _fetched(url: str) -> bytes:
    raw = await fetch(url, most_bytes=MAX_BYTES + 1)
    if raw is None:
        raise GraphError(
            324,
            "(#324) Missing or invalid image file",
            subcode=2069019,
            title="Missing Or Invalid Image File",
            explanation="The image could not be fetched from its address.",
        )
    return raw


async def fetch(url: str, *, most_bytes: int) -> bytes | None:
    """The bytes behind the URL, as Meta's own crawler would fetch them; None if it cannot.

    Args:
        most_bytes: what is longer is cut somewhere behind.
    """
    got = bytearray()
    try:
        async with (
            asyncio.timeout(FETCH_SECONDS),
            httpx.AsyncClient(follow_redirects=True, trust_env=False, verify=_tls()) as client,
            client.stream("GET", url, headers={"User-Agent": "facebookexternalhit/1.1"}) as answer,
        ):
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                got += piece
                if len(got) >= most_bytes:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return None
    return bytes(got)


def _as_jpeg(raw: bytes) -> bytes:
    try:
        if len(raw) > MAX_BYTES:
            raise ValueError("too many bytes")
        with Image.open(io.BytesIO(raw), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            image.load()
            if image.format == "JPEG":
                return raw
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, "JPEG", quality=90)
            return buffer.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise GraphError(
            100,
            "Invalid parameter",
            subcode=1366046,
            title="Can't Read Files",
            explanation="Your photos couldn't be uploaded. Photos should be smaller than 10 MB and saved as JPG,"
            " PNG, GIF, TIFF or WebP files.",
        ) from None
