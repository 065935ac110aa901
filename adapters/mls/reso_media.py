"""Reads a row's photos from RESO's Media resource (Data Dictionary 2.0)."""

import hashlib
from dataclasses import replace
from typing import Any

from adapters.mls.values import Values
from domain.entities.listing import Media

MOST_PHOTOS = 100
"""More than any platform shows; what comes after them in the MLS's order is left out."""

_CAPTION = 1000
_PHOTO = "photo"
_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".heic", ".avif")
_IMAGE_TYPES = frozenset({"jpg", "jpeg", "png", "gif", "tiff", "webp"})
_DELETED = frozenset({"deleted", "delete"})
# Of the lookup Permission: who may see it everywhere, and what keeps it among agents.
_OPEN = frozenset({"public", "idx"})
_CLOSED = frozenset({"private", "agent only", "firm only", "office only"})


def read_media(row: Values) -> tuple[Media, ...] | None:
    """The photos that anybody may see, in the MLS's order; None if the row does not speak of media.

    Kept is what has the MediaCategory Photo, or none but an image's MediaType or URL; is not deleted; and
    has no Permission, or one that allows the public and none that forbids it.
    """
    raw = row.raw.get("Media")
    if raw is None:
        return None
    if isinstance(raw, dict):
        raw = [raw]
    if not isinstance(raw, list):
        row.warn("Media makes no sense and was dropped.")
        return None
    kept: dict[str, Media] = {}
    for item in raw:
        photo = _read(item, row)
        if photo is not None:
            _keep(kept, photo)
    return tuple(sorted(kept.values(), key=lambda photo: (photo.order, photo.key))[:MOST_PHOTOS])


def _read(item: Any, row: Values) -> Media | None:
    if not isinstance(item, dict):
        row.warn("An item of Media is no object and was dropped.")
        return None
    values = row.within(item)
    if not _is_photo(values) or not _is_public(values):
        return None
    url = values.url("MediaURL")
    if url is None:
        row.warn("A photo without a web address was dropped.")
        return None
    return Media(
        key=values.text("MediaKey") or _hash(url),
        url=url,
        order=values.whole("Order", low=-100_000, high=100_000) or 0,
        caption=values.text("ShortDescription", "LongDescription", limit=_CAPTION),
        preferred=values.flag("PreferredPhotoYN") or False,
        # Without a stamp of its own, any of the home's photos may be another one once their common stamp moves.
        modified_at=values.moment("MediaModificationTimestamp", "ModificationTimestamp")
        or row.moment("PhotosChangeTimestamp"),
    )


def _is_photo(values: Values) -> bool:
    if (values.text("MediaStatus") or "").casefold() in _DELETED:
        return False
    category = values.text("MediaCategory")
    if category is not None:
        return category.casefold() == _PHOTO
    kind = (values.text("MimeType", "MediaType") or "").casefold()
    if kind:
        return kind.startswith("image/") or kind in _IMAGE_TYPES
    path = (values.text("MediaURL", limit=8000) or "").partition("?")[0]
    return path.casefold().endswith(_IMAGE_ENDINGS)


def _is_public(values: Values) -> bool:
    permission = values.raw.get("Permission")
    if permission is None:
        return True
    named = {item.casefold() for item in values.texts("Permission")}
    return not named or (bool(named & _OPEN) and not named & _CLOSED)


def _keep(kept: dict[str, Media], photo: Media) -> None:
    """Two photos under one key are two photos, unless they are the same URL."""
    if photo.key in kept and kept[photo.key].url != photo.url:
        photo = replace(photo, key=_hash(photo.url))
    kept.setdefault(photo.key, photo)


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:32]
