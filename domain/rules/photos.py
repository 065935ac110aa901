"""How the photos the MLS names now become the photos a listing has, and which files belong to a photo."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.entities.listing import Media, Photo, PhotoState
from domain.entities.photo_forms import RENDITIONS, VARIANTS, RenditionSpec
from domain.rules.identity import form_key

MOST_PHOTOS = 100


def merge(photos: Sequence[Photo], media: Sequence[Media] | None) -> tuple[Photo, ...]:
    """The listing's photos after the MLS named `media`; what is stored of an unchanged photo stays.

    An answer that names no media wipes nothing: some servers answer an empty array in passing.
    """
    if not media:
        return tuple(photos)
    known = {photo.media.key: photo for photo in photos}
    return tuple(_carried_over(known.get(item.key), item) for item in media[:MOST_PHOTOS])


def _carried_over(photo: Photo | None, media: Media) -> Photo:
    if photo is None:
        return Photo(media=media)
    if _is_another_picture(photo.media, media):
        # It may be the same all the same: what is stored of it is told apart by its bytes.
        return replace(photo, media=media, state=PhotoState.PENDING, attempts=0, failure=None)
    return replace(photo, media=media)


def _is_another_picture(old: Media, new: Media) -> bool:
    return old.url != new.url or old.modified_at != new.modified_at


def waiting(photos: Iterable[Photo]) -> list[Photo]:
    """Those that are still to be fetched."""
    return [photo for photo in photos if photo.state is PhotoState.PENDING]


def with_results(photos: Sequence[Photo], results: Iterable[Photo]) -> tuple[Photo, ...]:
    """The photos with results put in, where the picture is still the one that was worked on."""
    by_key = {photo.media.key: photo for photo in results}
    return tuple(_with_result(photo, by_key.get(photo.media.key)) for photo in photos)


def _with_result(photo: Photo, result: Photo | None) -> Photo:
    if result is None or _is_another_picture(photo.media, result.media):
        return photo
    return replace(result, media=photo.media)


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
