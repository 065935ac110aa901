"""Reads a row's photos, tours and videos from RESO's Media resource (Data Dictionary 2.0)."""

import hashlib
from dataclasses import replace
from typing import Any

from adapters.mls.values import Values
from domain.entities.listing import Media
from domain.rules.photos import MOST_NAMED

_CAPTION = 1000
_PHOTO = "photo"
_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".heic", ".avif")
_IMAGE_TYPES = frozenset({"jpg", "jpeg", "png", "gif", "tiff", "webp"})
_TOURS = ("unbranded virtual tour", "branded virtual tour")
_VIDEOS = frozenset({"video", "mov", "mpeg", "mp4", "quicktime", "wmv"})
_MOST_LINKS = 20
_DELETED = frozenset({"deleted", "delete"})
# Of the lookup Permission: who may see it everywhere, and what keeps it among agents.
_OPEN = frozenset({"public", "idx"})
_CLOSED = frozenset({"private", "agent only", "firm only", "office only"})


def read_media(row: Values, *, closed: bool = False) -> tuple[Media, ...] | None:
    """The photos that anybody may see, in the MLS's order; None if the row does not speak of media.

    Kept is what has the MediaCategory Photo, or none but an image's MediaType or URL; is not deleted; and
    has no Permission, or one that allows the public and none that forbids it.

    Args:
        closed: whether the MLS opens their URLs to us alone.
    """
    items = _items(row)
    if items is None:
        if row.raw.get("Media") is not None:
            row.warn("Media makes no sense and was dropped.")
        return None
    kept: dict[str, Media] = {}
    for item in items:
        photo = _read(item, row, closed)
        if photo is not None:
            _keep(kept, photo)
    return tuple(sorted(kept.values(), key=lambda photo: (photo.order, photo.key))[:MOST_NAMED])


def read_links(row: Values) -> tuple[str, ...]:
    """Where the row's tours and videos can be watched: unbranded tours first, then branded ones, then videos.

    What they are is told by the MediaCategory, or where there is none by the media's type; what is deleted, or
    not for the public, is left out.
    """
    ranked: list[tuple[int, str]] = []
    for item in _items(row) or ():
        values = Values(item) if isinstance(item, dict) else None
        rank = _rank(values) if values else None
        if values is None or rank is None or _is_deleted(values) or not _is_public(values):
            continue
        url = values.url("MediaURL")
        if url is not None:
            ranked.append((rank, url))
    links = [url for _, url in sorted(ranked, key=lambda link: link[0])]
    return tuple(dict.fromkeys(links))[:_MOST_LINKS]


def _rank(values: Values) -> int | None:
    """Which links come first; None for what is neither tour nor video."""
    category = (values.text("MediaCategory") or "").casefold()
    if category in _TOURS:
        return _TOURS.index(category)
    kind = (values.text("MimeType", "MediaType") or "").casefold()
    is_video = category == "video" or (not category and (kind in _VIDEOS or kind.startswith("video/")))
    return len(_TOURS) if is_video else None


def _items(row: Values) -> list[Any] | None:
    raw = row.raw.get("Media")
    if raw is None or isinstance(raw, list):
        return raw
    return [raw] if isinstance(raw, dict) else None


def _read(item: Any, row: Values, closed: bool) -> Media | None:
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
        closed=closed,
    )


def _is_photo(values: Values) -> bool:
    if _is_deleted(values):
        return False
    category = values.text("MediaCategory")
    if category is not None:
        return category.casefold() == _PHOTO
    kind = (values.text("MimeType", "MediaType") or "").casefold()
    if kind:
        return kind.startswith("image/") or kind in _IMAGE_TYPES
    path = (values.text("MediaURL", limit=8000) or "").partition("?")[0]
    return path.casefold().endswith(_IMAGE_ENDINGS)


def _is_deleted(values: Values) -> bool:
    return (values.text("MediaStatus") or "").casefold() in _DELETED


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
