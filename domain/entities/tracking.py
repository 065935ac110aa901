"""What public links and pixels speak of, and who comes by them."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What a public token says: whose listing it is, and where the token was put.

    Attributes:
        post_id: the post that shows the link; its platform is that of the post.
        platform: a platform's slug.
        source: as of an event.
        campaign: as of an event.
    """

    user_id: str
    listing_id: str
    post_id: str | None = None
    platform: str | None = None
    source: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request from outside.

    Attributes:
        visitor: a keyed hash of the day, the address and the browser: what it is of cannot be told from it.
        recipient: tells people apart who come through one machine, as those of a mail provider; may be empty.
        referrer: the page that the request names, if it is one.
        automatic: made by a robot or ahead of time, so that nobody has seen anything.
    """

    visitor: str
    recipient: str = ""
    referrer: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingLinks:
    """The public URLs of a listing: an image to be shown, a target of beacons, and a link."""

    pixel_url: str
    beacon_url: str
    short_url: str


class Visited(StrEnum):
    """What became of a visit."""

    COUNTED = "COUNTED"
    AGAIN = "AGAIN"
    """The same visitor was counted for the same a short while ago."""
    AUTOMATIC = "AUTOMATIC"
    TOO_MANY = "TOO_MANY"
