"""What is found wrong with a draft for Instagram, and how large a JPEG is."""

import io

import pytest
from PIL import Image

from adapters.social.instagram_preflight import PHOTO_BYTES, problems_of
from adapters.social.jpeg import size_of
from domain.entities.post import Draft


def jpeg(width: int, height: int, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "JPEG", **options)
    return buffer.getvalue()


def codes(text: str = "For sale", photos: tuple[bytes, ...] = ()) -> list[tuple[str, tuple[str, ...]]]:
    found = problems_of(Draft(account_id="1", text=text, photos=photos or (jpeg(600, 450),)))
    return [(problem.code, problem.field) for problem in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("x" * 2_200, []),
        ("x" * 2_201, ["TEXT_TOO_LONG"]),
        ("#a" * 30, []),
        ("#a" * 31, ["TOO_MANY_HASHTAGS"]),
        ("# " * 31, []),
        ("@a " * 20, []),
        ("@a " * 21, ["TOO_MANY_MENTIONS"]),
        ("pat@example.com " * 21, []),
        ("#a @b" + " @b" * 20 + " #a" * 30 + "x" * 2_200, ["TEXT_TOO_LONG", "TOO_MANY_HASHTAGS", "TOO_MANY_MENTIONS"]),
    ],
)  # fmt: skip
def test_texts(text: str, expected: list[str]) -> None:
    assert codes(text) == [(code, ("text",)) for code in expected]


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        (jpeg(400, 500), []),
        (jpeg(399, 500), ["PHOTO_RATIO"]),
        (jpeg(1_146, 600), []),
        (jpeg(1_147, 600), ["PHOTO_RATIO"]),
        (jpeg(320, 320), []),
        (jpeg(319, 319), ["PHOTO_WIDTH"]),
        (jpeg(1_440, 1_440), []),
        (jpeg(1_441, 1_441), ["PHOTO_WIDTH"]),
        (jpeg(200, 1_000), ["PHOTO_RATIO", "PHOTO_WIDTH"]),
        (jpeg(600, 450) + bytes(PHOTO_BYTES), ["PHOTO_TOO_LARGE"]),
        (b"\x89PNG\r\n\x1a\n", ["PHOTO_FORMAT"]),
        (b"\xff\xd8\xff\xe0", ["PHOTO_FORMAT"]),
    ],
)
def test_photos(photo: bytes, expected: list[str]) -> None:
    good = jpeg(600, 450)
    assert codes(photos=(good, photo)) == [(code, ("photos", "1")) for code in expected]


def test_how_many_photos() -> None:
    assert problems_of(Draft(account_id="1", text="For sale"))[0].code == "NO_PHOTO"
    assert codes(photos=(jpeg(600, 450),) * 10) == []
    assert codes(photos=(jpeg(600, 450),) * 11) == [("TOO_MANY_PHOTOS", ("photos",))]


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"comment": b"c" * 500}, {"exif": b"Exif\0\0" + bytes(900)}]
)
def test_the_size_of_a_jpeg(options: dict[str, object]) -> None:
    assert size_of(jpeg(640, 481, **options)) == (640, 481)


def test_what_is_no_whole_jpeg_has_no_size() -> None:
    whole = jpeg(64, 48)
    for end in range(len(whole)):
        assert size_of(whole[:end]) in (None, (64, 48))
    assert size_of(whole[:100]) is None
    assert size_of(b"\xff\xd8" + b"\xff" * 1_000) is None
    assert size_of(b"\xff\xd8\xff\xda" + bytes(100)) is None
