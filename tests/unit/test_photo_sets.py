"""How the photos the MLS names become the photos a listing has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.entities.listing import Media, Photo, PhotoSet, PhotoState
from domain.rules.photos import (
    MOST_PHOTOS,
    files_of,
    grace,
    incomplete,
    is_over,
    mended,
    merge,
    renditions_of,
    strays,
    variant_of,
    waiting,
    with_results,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)
NOW = AT + timedelta(days=10)


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


def merged(before: tuple[Photo, ...], named: list[Media] | None) -> tuple[Photo, ...]:
    return merge(PhotoSet(before), named, NOW).photos


def gone(key: str, **more: Any) -> Photo:
    """Removed a day before `NOW`."""
    return replace(stored(key), removed_at=NOW - timedelta(days=1), **more)


def test_a_new_set_waits_to_be_fetched() -> None:
    photos = merged((), [media("a"), media("b")])
    assert [photo.media.key for photo in photos] == ["a", "b"]
    assert waiting(photos) == list(photos)


def test_what_is_unchanged_keeps_what_is_stored() -> None:
    before = (stored("a"), stored("b"))
    assert merged(before, [media("a"), media("b")]) == before


def test_a_photo_more_and_a_photo_less() -> None:
    after = merge(PhotoSet((stored("a"), stored("b"))), [media("b"), media("c")], NOW)
    assert after == PhotoSet((stored("b"), Photo(media=media("c"))), (replace(stored("a"), removed_at=NOW),))


def test_another_order_or_caption_fetches_nothing_again() -> None:
    photos = merged((stored("a"), stored("b")), [media("b", order=0), media("a", order=1, caption="Garden")])
    assert [(photo.media.key, photo.media.order, photo.state) for photo in photos] == [
        ("b", 0, PhotoState.STORED),
        ("a", 1, PhotoState.STORED),
    ]
    assert photos[1].media.caption == "Garden"
    assert variant_of(photos[1], "large") == "l/large/a.webp"


def test_the_preferred_photo_goes_first_and_the_others_stay_in_order() -> None:
    named = [media("a"), media("b"), media("c", preferred=True), media("d", preferred=True)]
    assert "".join(photo.media.key for photo in merged((), named)) == "cabd"
    many = [media(str(number)) for number in range(150)] + [media("cover", preferred=True)]
    assert [photo.media.key for photo in merged((), many)][:2] == ["cover", "0"]


@pytest.mark.parametrize(
    "other", [{"url": "https://photos.example/new.jpg"}, {"modified_at": AT + timedelta(days=1)}]
)
def test_another_picture_under_the_same_key_is_fetched(other: dict[str, Any]) -> None:
    failed = replace(stored("b"), state=PhotoState.FAILED, attempts=2, failure="gone")
    photos = merged((stored("a"), failed), [media("a", **other), media("b", **other)])
    assert waiting(photos) == list(photos)
    for photo, key in zip(photos, "ab", strict=True):
        assert (photo.media, photo.attempts, photo.failure) == (media(key, **other), 0, None)
        assert variant_of(photo, "large") is None


def test_a_photo_that_is_fetched_again_keeps_its_old_files_until_then() -> None:
    (photo,) = merged((stored("a"),), [media("a", modified_at=AT + timedelta(days=1))])
    assert photo.sha256 == "a" * 64
    forms = ("large", "medium", "thumbnail")
    assert files_of(photo) == ["l/original/a.jpg", *(f"l/{form}/a.webp" for form in forms)]
    assert renditions_of(photo) == ["l/jpeg/a.jpg", "l/instagram/a.jpg"]
    assert files_of(Photo(media=media("b"))) == renditions_of(Photo(media=media("b"))) == []


def test_a_failed_photo_of_the_same_picture_is_fetched_again_only_if_somebody_wants_it() -> None:
    failed = replace(stored("a"), state=PhotoState.FAILED, failure="no picture", attempts=2)
    assert merged((failed,), [media("a")]) == (failed,)
    for named in ([media("a")], None):
        (again,) = merge(PhotoSet((failed,)), named, NOW, retry=True).photos
        assert (again.state, again.attempts, again.failure) == (PhotoState.PENDING, 0, None)


@pytest.mark.parametrize("named", [None, (), []])
def test_an_answer_without_media_wipes_nothing(named: list[Media] | None) -> None:
    before = PhotoSet((stored("a"),), (gone("b"),))
    assert merge(before, named, NOW) == before


def test_a_hundred_photos_are_enough() -> None:
    assert len(merged((), [media(str(number)) for number in range(150)])) == MOST_PHOTOS == 100


def test_a_removed_photo_comes_back_as_it_was_or_to_be_compared() -> None:
    before = PhotoSet((stored("a"),), (gone("b"), gone("c")))
    back = merge(before, [media("a"), media("b")], NOW)
    assert back == PhotoSet((stored("a"), stored("b")), (gone("c"),))
    (_, other) = merge(before, [media("a"), media("b", url="https://photos.example/new.jpg")], NOW).photos
    assert (other.state, other.sha256, other.removed_at) == (PhotoState.PENDING, "b" * 64, None)


def test_a_photo_whose_files_are_being_removed_does_not_come_back() -> None:
    erasing = gone("b", erasing=True)
    after = merge(PhotoSet((stored("a"),), (erasing,)), [media("a"), media("b")], NOW)
    assert after == PhotoSet((stored("a"), Photo(media=media("b"))), (erasing,))


def test_a_removed_photo_of_which_nothing_is_stored_is_forgotten() -> None:
    assert merge(PhotoSet((stored("a"), Photo(media=media("b")))), [media("a")], NOW).removed == ()


def test_results_go_to_the_picture_that_was_worked_on() -> None:
    now = (Photo(media=media("a", order=5)), Photo(media=media("b", modified_at=AT + timedelta(days=1))))
    after = with_results(PhotoSet(now), [stored("a"), stored("b"), stored("c")], NOW)
    assert after.photos == (replace(stored("a"), media=media("a", order=5)), now[1])
    late = [replace(stored(key), removed_at=NOW) for key in "bc"]
    assert list(after.removed) == late, "what was stored too late is not forgotten"


def test_the_older_picture_of_a_photo_is_removed_and_what_is_named_again_is_not() -> None:
    new = replace(stored("a"), sha256="n" * 64, original_key="l/original/n.jpg")
    after = with_results(PhotoSet((stored("a"),), (gone("b"),)), [new], NOW)
    assert after == PhotoSet((new,), (gone("b"), replace(stored("a"), removed_at=NOW)))
    assert with_results(after, [stored("a")], NOW).removed == (gone("b"), replace(new, removed_at=NOW))


@pytest.mark.parametrize(("given", "days"), [(None, 7), (2, 2), ("0", 0), (-1, 0), (9_999, 365), ("soon", 7)])
def test_the_time_of_grace(given: object, days: int) -> None:
    settings = {} if given is None else {"photoGraceDays": given}
    assert grace(settings) == timedelta(days=days)
    photo = replace(stored("a"), removed_at=NOW)
    assert is_over(photo, timedelta(days=7), NOW + timedelta(days=7))
    assert not is_over(photo, timedelta(days=7), NOW + timedelta(days=6))
    assert is_over(replace(photo, erasing=True), timedelta(days=7), NOW)


def test_files_that_no_photo_names_are_removed_photos_each_with_all_its_forms() -> None:
    keys = ["l/jpeg/x.jpg", "l/large/a.webp", "l/large/x.webp", "l/original/x.png", "l/thumbnail/y.webp"]
    found = strays(PhotoSet((stored("a"),), (gone("b"),)), "l/", keys, NOW)
    assert [photo.original_key for photo in found] == ["l/original/x.png", "l/original/y.jpg"]
    assert {photo.removed_at for photo in found} == {NOW}


def test_a_photo_of_which_a_file_is_missing_is_fetched_again_and_its_rest_removed() -> None:
    before = PhotoSet((stored("a"), stored("b"), Photo(media=media("c"))))
    keys = [*files_of(stored("a")), *files_of(stored("b"))[:3]]
    lost = incomplete(before, keys)
    assert lost == [stored("b")]
    after = mended(before, lost, [], NOW)
    assert [photo.state for photo in after.photos] == [PhotoState.STORED, *[PhotoState.PENDING] * 2]
    assert (after.photos[1].sha256, after.photos[1].original_key) == (None, None)
    assert after.removed == (replace(stored("b"), removed_at=NOW),)
    assert with_results(after, [stored("b")], NOW).removed == (), "stored again under the same name"
