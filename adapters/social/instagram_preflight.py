"""What Instagram would refuse of a draft, found without calling it.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

import re
from collections.abc import Iterator

from adapters.social.jpeg import size_of
from domain.entities.common import Problem
from domain.entities.post import Draft, PlatformLimits

LIMITS = PlatformLimits(text_characters=2_200, photos_min=1, photos_max=10, hashtags_max=30)
MENTIONS_MAX = 20
PHOTO_BYTES = 8_000_000
NARROWEST, WIDEST = 4 / 5, 1.91
"""Width divided by height."""
WIDTHS = range(320, 1_441)
"""Pixels."""


def problems_of(draft: Draft) -> list[Problem]:
    """All of them at once."""
    problems = [*_of_text(draft.text)]
    if len(draft.photos) < LIMITS.photos_min:
        problems.append(Problem("NO_PHOTO", "A post on Instagram needs a photo.", ("photos",)))
    if len(draft.photos) > LIMITS.photos_max:
        message = f"A post on Instagram has at most {LIMITS.photos_max} photos."
        problems.append(Problem("TOO_MANY_PHOTOS", message, ("photos",)))
    for place, photo in enumerate(draft.photos):
        problems += (Problem(code, text, ("photos", str(place))) for code, text in _of_photo(photo))
    return problems


def _of_text(text: str) -> Iterator[Problem]:
    if len(text) > LIMITS.text_characters:
        message = f"A text on Instagram has at most {LIMITS.text_characters} characters with its hashtags."
        yield Problem("TEXT_TOO_LONG", message, ("text",))
    if LIMITS.hashtags_max is not None and len(re.findall(r"#\w", text)) > LIMITS.hashtags_max:
        message = f"A post on Instagram has at most {LIMITS.hashtags_max} hashtags."
        yield Problem("TOO_MANY_HASHTAGS", message, ("text",))
    if len(re.findall(r"(?<!\w)@\w", text)) > MENTIONS_MAX:
        message = f"A post on Instagram mentions at most {MENTIONS_MAX} accounts."
        yield Problem("TOO_MANY_MENTIONS", message, ("text",))


def _of_photo(photo: bytes) -> Iterator[tuple[str, str]]:
    """Code and message of each."""
    if len(photo) > PHOTO_BYTES:
        yield "PHOTO_TOO_LARGE", "A photo on Instagram has at most 8 MB."
    size = size_of(photo)
    if size is None:
        yield "PHOTO_FORMAT", "The photo is no JPEG."
        return
    width, height = size
    if not NARROWEST <= width / height <= WIDEST:
        yield "PHOTO_RATIO", "A photo on Instagram is between 4:5 and 1.91:1."
    if width not in WIDTHS:
        message = f"A photo on Instagram is {WIDTHS[0]} to {WIDTHS[-1]} pixels wide, and this one is {width}."
        yield "PHOTO_WIDTH", message
