"""What platforms tell about posts: how they do, and what happens to them there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """How often things happened to a post since it went up; None where the platform does not tell."""

    views: int | None = None
    clicks: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None


class NewsKind(StrEnum):
    """What a platform tells by itself."""

    POST_REMOVED = "POST_REMOVED"
    """somebody removed a post there"""
    DEAUTHORIZED = "DEAUTHORIZED"
    """a person took back what they had consented to"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformNews:
    """One piece of news from a platform's webhook.

    Attributes:
        account_id, platform_post_id: the platform's ids, of a post that was removed.
        login_id: the platform's id of the person who deauthorized.
        at: when it happened, where the platform says so.
    """

    kind: NewsKind
    account_id: str | None = None
    platform_post_id: str | None = None
    login_id: str | None = None
    at: datetime | None = None
