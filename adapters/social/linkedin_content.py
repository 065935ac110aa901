"""What a post on LinkedIn consists of, and what of it LinkedIn would refuse."""

from adapters.social.linkedin_api import Json
from adapters.social.linkedin_text import little
from domain.entities.common import Problem
from domain.entities.post import Draft, PlatformLimits

LIMITS = PlatformLimits(text_characters=3_000, photos_min=0, photos_max=20)
ALT_TEXT_CHARACTERS = 300
PHOTO_BYTES = 10_000_000


def body_of(draft: Draft, images: list[Json]) -> Json:
    """As `POST /rest/posts` takes it, with images as the step of what is prepared names them.

    https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
    """
    body: Json = {
        "author": draft.account_id,
        "commentary": little(draft.text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    if len(images) == 1:
        body["content"] = {"media": images[0]}
    elif images:
        body["content"] = {"multiImage": {"images": images}}
    return body


def problems_of(draft: Draft) -> list[Problem]:
    """Everything LinkedIn would refuse, found without calling it."""
    problems = []
    if not draft.text.strip() and not draft.photos:
        problems.append(Problem("EMPTY", "A post needs a text or a photo.", ("text",)))
    most, length = LIMITS.text_characters, len(little(draft.text))
    if length > most:
        message = (
            f"A text on LinkedIn has at most {most} characters with its hashtags. This one takes {length}:"
            " brackets, “_”, “*”, “~”, “@”, “|” and “\\” count twice, a hashtag twelve more."
        )
        problems.append(Problem("TEXT_TOO_LONG", message, ("text",)))
    if len(draft.photos) > LIMITS.photos_max:
        message = f"A post on LinkedIn has at most {LIMITS.photos_max} photos."
        problems.append(Problem("TOO_MANY_PHOTOS", message, ("photos",)))
    for place, photo in enumerate(draft.photos):
        if not photo.startswith(b"\xff\xd8\xff"):
            problems.append(Problem("PHOTO_FORMAT", "The photo is no JPEG.", ("photos", str(place))))
        if len(photo) > PHOTO_BYTES:
            message = "A photo on LinkedIn has at most 10 MB."
            problems.append(Problem("PHOTO_TOO_LARGE", message, ("photos", str(place))))
    return problems
