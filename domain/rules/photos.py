"""How the photos the MLS names now become the photos a listing has."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.entities.listing import Media, Photo, PhotoState

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
    if photo is None or _is_another_picture(photo.media, media):
        return Photo(media=media)
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
