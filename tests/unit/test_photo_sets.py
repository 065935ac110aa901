"""How the photos the MLS names become the photos a listing has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.entities.listing import Media, Photo, PhotoState
from domain.rules.photos import MOST_PHOTOS, files_of, merge, renditions_of, variant_of, waiting, with_results

AT = datetime(2026, 11, 1, tzinfo=UTC)


def media(key: str, **more: Any) -> Media:
    return replace(Media(key=key, url=f"https://photos.example/{key}.jpg", modified_at=AT), **more)


def stored(key: str) -> Photo:
    return Photo(
        media=media(key),
        state=PhotoState.STORED,
        sha256=key * 64,
        original_key=f"l/original/{key}.jpg",
        attempts=1,
    )


def test_a_new_set_waits_to_be_fetched() -> None:
    photos = merge((), [media("a"), media("b")])
    assert [photo.media.key for photo in photos] == ["a", "b"]
    assert waiting(photos) == list(photos)


def test_what_is_unchanged_keeps_what_is_stored() -> None:
    before = (stored("a"), stored("b"))
    assert merge(before, [media("a"), media("b")]) == before


def test_a_photo_more_and_a_photo_less() -> None:
    photos = merge((stored("a"), stored("b")), [media("b"), media("c")])
    assert photos == (stored("b"), Photo(media=media("c")))


def test_another_order_or_caption_fetches_nothing_again() -> None:
    photos = merge((stored("a"), stored("b")), [media("b", order=0), media("a", order=1, caption="Garden")])
    assert [(photo.media.key, photo.media.order, photo.state) for photo in photos] == [
        ("b", 0, PhotoState.STORED),
        ("a", 1, PhotoState.STORED),
    ]
    assert photos[1].media.caption == "Garden"
    assert variant_of(photos[1], "large") == "l/large/a.webp"


@pytest.mark.parametrize(
    "other", [{"url": "https://photos.example/new.jpg"}, {"modified_at": AT + timedelta(days=1)}]
)
def test_another_picture_under_the_same_key_is_fetched(other: dict[str, Any]) -> None:
    failed = replace(stored("b"), state=PhotoState.FAILED, attempts=2, failure="gone")
    photos = merge((stored("a"), failed), [media("a", **other), media("b", **other)])
    assert waiting(photos) == list(photos)
    for photo, key in zip(photos, "ab", strict=True):
        assert (photo.media, photo.attempts, photo.failure) == (media(key, **other), 0, None)
        assert variant_of(photo, "large") is None


def test_a_photo_that_is_fetched_again_keeps_its_old_files_until_then() -> None:
    (photo,) = merge((stored("a"),), [media("a", modified_at=AT + timedelta(days=1))])
    assert photo.sha256 == "a" * 64
    forms = ("large", "medium", "thumbnail")
    assert files_of(photo) == ["l/original/a.jpg", *(f"l/{form}/a.webp" for form in forms)]
    assert renditions_of(photo) == ["l/jpeg/a.jpg", "l/instagram/a.jpg"]
    assert files_of(Photo(media=media("b"))) == renditions_of(Photo(media=media("b"))) == []


def test_a_failed_photo_of_the_same_picture_stays_failed() -> None:
    failed = replace(stored("a"), state=PhotoState.FAILED, failure="no picture")
    assert merge((failed,), [media("a")]) == (failed,)


@pytest.mark.parametrize("named", [None, (), []])
def test_an_answer_without_media_wipes_nothing(named: list[Media] | None) -> None:
    assert merge((stored("a"),), named) == (stored("a"),)


def test_a_hundred_photos_are_enough() -> None:
    assert len(merge((), [media(str(number)) for number in range(150)])) == MOST_PHOTOS == 100


def test_results_go_to_the_picture_that_was_worked_on() -> None:
    now = (Photo(media=media("a", order=5)), Photo(media=media("b", modified_at=AT + timedelta(days=1))))
    photos = with_results(now, [stored("a"), stored("b"), stored("gone")])
    assert photos == (replace(stored("a"), media=media("a", order=5)), now[1])
