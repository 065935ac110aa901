"""How the photos the MLS names now become the photos a listing has, and which files belong to a photo."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from domain.entities.listing import Media, Photo, PhotoSet, PhotoState
from domain.entities.photo_forms import RENDITIONS, VARIANTS, RenditionSpec
from domain.rules.identity import form_key, stem_of
from domain.rules.sweeps import number_in

MOST_PHOTOS = 100

MOST_NAMED = 1_000
"""So many photos of a home are read from a row, so that those beyond `MOST_PHOTOS` can be counted."""

GRACE_DAYS = "photoGraceDays"
"""Setting of a connection, 7 unless set: so long the files of photos are kept that the MLS names no more."""


def merge(before: PhotoSet, media: Sequence[Media] | None, now: datetime, *, retry: bool = False) -> PhotoSet:
    """The listing's photos after the MLS named `media`; what is stored of an unchanged photo stays.

    An answer that names no media wipes nothing: some servers answer an empty array in passing. What is stored
    of a photo that is not named any more is kept as removed, and comes back if the photo does.

    Args:
        retry: photos that failed are to be fetched once more.
    """
    if not media:
        return PhotoSet(_again(before.photos) if retry else before.photos, before.removed)
    named = _cover_first(media)[:MOST_PHOTOS]
    keys = {item.key for item in named}
    known = {photo.media.key: photo for photo in before.photos}
    back = {
        photo.media.key: photo
        for photo in before.removed
        if photo.media.key in keys - known.keys() and not photo.erasing
    }
    known |= {key: replace(photo, removed_at=None) for key, photo in back.items()}
    photos = tuple(_carried_over(known.get(item.key), item) for item in named)
    left = [photo for photo in before.removed if back.get(photo.media.key) is not photo]
    gone = [_removed(photo, now) for photo in before.photos if photo.media.key not in keys]
    return _settled(_again(photos) if retry else photos, [*left, *gone])


def _cover_first(media: Sequence[Media]) -> list[Media]:
    """The first one that the MLS prefers goes before all others, which stay in its order."""
    return sorted(media, key=lambda item: item is not cover) if (cover := _cover(media)) else list(media)


def _cover(media: Iterable[Media]) -> Media | None:
    return next((item for item in media if item.preferred), None)


def _carried_over(photo: Photo | None, media: Media) -> Photo:
    if photo is None:
        return Photo(media=media)
    if _is_another_picture(photo.media, media):
        # It may be the same all the same: what is stored of it is told apart by its bytes.
        return _anew(replace(photo, media=media))
    return replace(photo, media=media)


def _is_another_picture(old: Media, new: Media) -> bool:
    return old.url != new.url or old.modified_at != new.modified_at


def _anew(photo: Photo) -> Photo:
    return replace(photo, state=PhotoState.PENDING, attempts=0, failure=None)


def _again(photos: Iterable[Photo]) -> tuple[Photo, ...]:
    return tuple(_anew(photo) if photo.state is PhotoState.FAILED else photo for photo in photos)


def _removed(photo: Photo, now: datetime) -> Photo:
    return replace(photo, removed_at=now)


def _settled(photos: tuple[Photo, ...], removed: Iterable[Photo]) -> PhotoSet:
    """Removed is only what has files, each once, that no photo of the listing names."""
    named = stems(photos)
    kept: dict[tuple[str | None, bool], Photo] = {}
    for photo in removed:
        stem = None if photo.original_key is None else stem_of(photo.original_key)
        if stem is not None and (photo.erasing or stem not in named):
            kept[stem, photo.erasing] = photo
    return PhotoSet(photos, tuple(kept.values()))


def waiting(photos: Iterable[Photo]) -> list[Photo]:
    """Those that are still to be fetched."""
    return [photo for photo in photos if photo.state is PhotoState.PENDING]


def host_of(photo: Photo) -> str:
    """Where its bytes come from; empty if its address does not say."""
    try:
        return urlsplit(photo.media.url).netloc
    except ValueError:
        return ""


def with_results(before: PhotoSet, results: Iterable[Photo], now: datetime) -> PhotoSet:
    """The photos with results put in, where the picture is still the one that was worked on.

    What was stored and is named by none of them now is removed: an older picture, and one that came too late.
    """
    by_key = {photo.media.key: photo for photo in results}
    photos = tuple(_with_result(photo, by_key.get(photo.media.key)) for photo in before.photos)
    left = [_removed(photo, now) for photo in (*before.photos, *by_key.values())]
    named = stems(photos) | stems(before.removed)
    return _settled(photos, [*before.removed, *(photo for photo in left if not stems([photo]) & named)])


def _with_result(photo: Photo, result: Photo | None) -> Photo:
    if result is None or _is_another_picture(photo.media, result.media):
        return photo
    return replace(result, media=photo.media)


def stems(photos: Iterable[Photo]) -> set[str]:
    """What the names of all files of these photos have in common (`domain.rules.identity.stem_of`)."""
    return {stem_of(photo.original_key) for photo in photos if photo.original_key is not None}


def grace(settings: Mapping[str, Any]) -> timedelta:
    """How long the files of a removed photo are kept; a year at most."""
    return timedelta(days=number_in(settings, GRACE_DAYS, default=7, high=365))


def is_over(photo: Photo, grace: timedelta, now: datetime) -> bool:
    """Whether the files of a removed photo are to go now."""
    return photo.erasing or (photo.removed_at is not None and photo.removed_at + grace <= now)


def strays(before: PhotoSet, folder: str, keys: Iterable[str], now: datetime) -> list[Photo]:
    """What the files under these keys, all of the listing's folder, hold although no photo names it.

    They are treated as photos that were removed now: a photo whose files were just stored is named soon, and
    then counts as removed no longer.
    """
    unnamed: dict[str, str] = {}
    named = stems((*before.photos, *before.removed))
    for key in keys:
        stem = stem_of(key)
        if stem not in named and (stem not in unnamed or key.startswith(f"{folder}original/")):
            unnamed[stem] = key if key.startswith(f"{folder}original/") else f"{folder}original/{stem}.jpg"
    return [
        Photo(media=Media(key=stem, url=""), state=PhotoState.STORED, original_key=original, removed_at=now)
        for stem, original in unnamed.items()
    ]


def incomplete(before: PhotoSet, keys: Iterable[str]) -> list[Photo]:
    """The photos of which a file is not among these keys."""
    there = set(keys)
    return [photo for photo in before.photos if not there.issuperset(files_of(photo))]


def mended(before: PhotoSet, lost: Sequence[Photo], found: Iterable[Photo], now: datetime) -> PhotoSet:
    """The photos where `lost` are to be fetched again, and what is left of these, and `found`, are removed."""
    photos = tuple(
        replace(_anew(photo), sha256=None, original_key=None) if photo in lost else photo
        for photo in before.photos
    )
    return _settled(photos, [*before.removed, *(_removed(photo, now) for photo in lost), *found])


def original_of(photo: Photo) -> str | None:
    """The key of the original, once the photo is stored."""
    return photo.original_key if photo.state is PhotoState.STORED else None


def variant_of(photo: Photo, variant: str) -> str | None:
    """The key of one of `VARIANTS`, once the photo is stored."""
    original = original_of(photo)
    return None if original is None else form_key(original, variant, "webp")


def rendition_of(photo: Photo, spec: RenditionSpec) -> str | None:
    """The key of what a platform is given, once the photo is stored; the file is made when it is needed."""
    original = original_of(photo)
    return None if original is None else form_key(original, spec.name, "jpg")


def files_of(photo: Photo) -> list[str]:
    """The keys of the files that must be there: of a photo that waits to be fetched again, the old ones."""
    original = photo.original_key
    return [] if original is None else [original, *(form_key(original, name, "webp") for name in VARIANTS)]


def renditions_of(photo: Photo) -> list[str]:
    """The keys of the files that may be there as well, if the photo was published."""
    original = photo.original_key
    return [] if original is None else [form_key(original, spec.name, "jpg") for spec in RENDITIONS]
