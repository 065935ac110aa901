"""A post of a listing on one account of a platform, through its whole life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.entities.common import Failure


class PostState(StrEnum):
    """Where a post is between the wish and its removal."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    UNPUBLISHING = "UNPUBLISHING"
    UNPUBLISHED = "UNPUBLISHED"
    REMOVE_BY_HAND = "REMOVE_BY_HAND"


LIVE = frozenset(
    {
        PostState.PENDING,
        PostState.SCHEDULED,
        PostState.SENDING,
        PostState.PUBLISHED,
        PostState.UNKNOWN,
        PostState.UNPUBLISHING,
    }
)
"""States in which a post is, may be, or may come to be on the platform: these are watched."""


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Post:
    """A post.

    Attributes:
        photo_keys: the MediaKeys of the photos it shows, in order.
        attempt_id: marks the attempt that is or was being sent; None before the first.
        sent_at: when that attempt began.
        step: what the platform has of it so far, in the platform's own words (`Prepared.step`).
        checks: how often an unknown outcome was looked up on the platform.
        unpublish_wanted: it is to come down as soon as it is known to be up.
        unpublish_run_id: the run that found that it must come down, if a run did.
        next_attempt_at: when it is tried again, while something is due.
        sequence: rises with every write.
    """

    id: str
    user_id: str
    listing_id: str
    account_id: str
    platform: str
    state: PostState
    text: str
    hashtags: tuple[str, ...] = ()
    photo_keys: tuple[str, ...] = ()
    platform_post_id: str | None = None
    platform_post_url: str | None = None
    publish_at: datetime | None = None
    published_at: datetime | None = None
    unpublished_at: datetime | None = None
    attempt_id: str | None = None
    sent_at: datetime | None = None
    step: str | None = None
    checks: int = 0
    attempts: int = 0
    next_attempt_at: datetime | None = None
    failure: Failure | None = None
    unpublish_wanted: bool = False
    unpublish_run_id: str | None = None
    created_at: datetime
    updated_at: datetime
    sequence: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFilter:
    """Which posts; all that is given must hold."""

    states: tuple[PostState, ...] = ()
    platforms: tuple[str, ...] = ()
    listing_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLimits:
    """What a platform accepts in one post.

    Attributes:
        text_characters: of the text with its hashtags.
        photos_max, photos_min: photographs in one post.
    """

    text_characters: int
    photos_min: int
    photos_max: int
    hashtags_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be published.

    Attributes:
        account_id: the platform's id of the account.
        text: with the hashtags already at its end.
        photos: JPEG bytes, in order.
        photo_urls: where each of them can be fetched for some hours, for platforms that fetch.
        alt_texts: a description for each photo, or None.
    """

    account_id: str
    text: str
    photos: tuple[bytes, ...] = ()
    photo_urls: tuple[str, ...] = ()
    alt_texts: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the platform has of a draft that nobody can see yet.

    Attributes:
        step: what the adapter has to know of it, as text without secrets.
        wait: seconds until the platform is asked again whether it is ready; None if it can be published.
    """

    step: str
    wait: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a platform answered: the post's id there, and its page."""

    platform_post_id: str
    url: str | None
