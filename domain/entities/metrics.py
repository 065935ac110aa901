"""Views, shares, inquiries, clicks, likes and comments of listings, counted by UTC day."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.entities.engagement import Engagement

OF_PLATFORMS = "insights:"
"""Before a platform's slug: the source of what the platform tells of our posts, which no event may name."""


class EventKind(StrEnum):
    """What a visitor did."""

    VIEW = "VIEW"
    SHARE = "SHARE"
    INQUIRY = "INQUIRY"
    CLICK = "CLICK"


class InquiryStatus(StrEnum):
    """What the agent did about an inquiry."""

    NEW = "NEW"
    CONTACTED = "CONTACTED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEvent:
    """One event; the same id counts once.

    Attributes:
        platform: a platform's slug, or None for the agent's own pages.
        source: where it came from, lower case, at most 40 characters, or None.
        post_id, campaign, referrer: what led to it, as far as it is known; a referrer is the address of a page
            without its query.
        occurred_at: decides the UTC day and hour it counts on.
    """

    id: str
    user_id: str
    listing_id: str
    kind: EventKind
    platform: str | None = None
    source: str | None = None
    post_id: str | None = None
    campaign: str | None = None
    referrer: str | None = None
    occurred_at: datetime
    received_at: datetime


class MetricsOrderField(StrEnum):
    """What listings are ranked by."""

    VIEWS = "VIEWS"
    SHARES = "SHARES"
    INQUIRIES = "INQUIRIES"
    CLICKS = "CLICKS"
    CONVERSION = "CONVERSION"
    ENGAGEMENT = "ENGAGEMENT"


@dataclass(frozen=True, slots=True)
class MetricsOrder:
    """How listings are ranked."""

    field: MetricsOrderField = MetricsOrderField.VIEWS
    descending: bool = True


@dataclass(frozen=True, slots=True)
class InquiryOrigin:
    """What is known of where inquiries came from; None for what was not recorded."""

    platform: str | None = None
    source: str | None = None
    post_id: str | None = None
    campaign: str | None = None
    referrer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A message of somebody who is interested; name, e-mail, phone and message are stored sealed.

    Attributes:
        post_id, campaign, referrer: what led to it, as of its `MetricEvent`.
    """

    id: str
    user_id: str
    listing_id: str
    platform: str | None = None
    source: str | None = None
    post_id: str | None = None
    campaign: str | None = None
    referrer: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    message: str | None = None
    status: InquiryStatus = InquiryStatus.NEW
    at: datetime

    @property
    def origin(self) -> InquiryOrigin:
        """Where it came from."""
        return InquiryOrigin(self.platform, self.source, self.post_id, self.campaign, self.referrer)

    def __repr__(self) -> str:
        return f"Inquiry({self.id})"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each kind; likes and comments are those that platforms tell of."""

    views: int = 0
    shares: int = 0
    inquiries: int = 0
    clicks: int = 0
    likes: int = 0
    comments: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.views + other.views,
            self.shares + other.shares,
            self.inquiries + other.inquiries,
            self.clicks + other.clicks,
            self.likes + other.likes,
            self.comments + other.comments,
        )


@dataclass(frozen=True, slots=True)
class ListingCounts:
    """The sums of one listing over some days."""

    listing_id: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class DayMetrics:
    """The counters of one listing on one UTC day.

    Attributes:
        platforms: by platform slug; events without a platform are under an empty name.
        sources: by source, at most 20 and `other`, and one for each platform that tells of our posts.
        hours: events of any kind by UTC hour, 0 to 23; platforms do not tell theirs.
        sequence: rises with every event and every gain.
    """

    listing_id: str
    day: date
    total: Counts = field(default_factory=Counts)
    platforms: dict[str, Counts] = field(default_factory=dict)
    sources: dict[str, Counts] = field(default_factory=dict)
    hours: dict[int, int] = field(default_factory=dict)
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a platform has told of a post so far.

    Attributes:
        highest: the highest of each figure that was ever told; so much of it is in the metrics of days.
        read_at: when it was last written; what was gained then counts on this UTC day.
    """

    post_id: str
    user_id: str
    listing_id: str
    platform: str
    highest: Engagement
    read_at: datetime
    version: int = 0

    @property
    def source(self) -> str:
        """Under what it is counted, apart from our own events."""
        return f"{OF_PLATFORMS}{self.platform}"
