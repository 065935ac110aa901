"""The domain's enumerations as the graph shows them, each value described."""

from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from domain.entities.alert import AlertComparison, AlertMetric
from domain.entities.change import ChangeSource, ListingChangeKind
from domain.entities.listing import ListingOrderField, ListingStatus, PhotoState
from domain.entities.metrics import EventKind, InquiryStatus, MetricsOrderField
from domain.entities.notification import MailMode, NotificationKind
from domain.entities.post import PostState
from domain.entities.report import ChartFormat, ChartTheme
from domain.entities.social_account import AccountState
from domain.entities.sync_run import SyncMode, SyncRunKind, SyncRunState
from domain.rules.aggregates import MetricsPeriod
from domain.rules.figures import TrendDirection

E = TypeVar("E", bound=type[Enum])


def described(enumeration: E, description: str, **values: str) -> E:
    """Make an enumeration known to the graph; every value needs its description."""
    strawberry.enum(enumeration, description=description)
    definition: StrawberryEnumDefinition = enumeration.__dict__["__strawberry_definition__"]
    for value in definition.values:
        value.description = values[value.name]
    return enumeration


class Direction(Enum):
    """Which end of an order comes first."""

    ASC = "ASC"
    DESC = "DESC"


class PhotoVariant(Enum):
    """The sizes in which a photo is kept."""

    ORIGINAL = "ORIGINAL"
    THUMBNAIL = "THUMBNAIL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"


described(Direction, "Which end of an order comes first.", ASC="Lowest first.", DESC="Highest first.")
described(
    PhotoVariant,
    "The forms in which a photo is kept.",
    ORIGINAL="The bytes as the MLS sent them.",
    THUMBNAIL="WebP within 200 x 150 pixels.",
    MEDIUM="WebP within 800 x 600 pixels, for a page with several photos.",
    LARGE="WebP within 1920 x 1440 pixels, for a photo that fills the screen.",
)
described(
    ListingStatus,
    "The four states an agent thinks in.",
    ACTIVE="For sale or for rent.",
    PENDING="Under contract, not closed yet.",
    SOLD="Closed.",
    EXPIRED="Off the market without a sale: expired, withdrawn, cancelled.",
)
described(
    PhotoState,
    "Where a photo is on its way from the MLS to our storage.",
    PENDING="Not fetched yet; `originalUrl` can be shown.",
    STORED="Kept in all its variants.",
    FAILED="Could not be kept: see `failure`; `originalUrl` can be shown.",
)
described(
    ListingOrderField,
    "What listings can be sorted by; homes without the value sort as the lowest.",
    PRICE="The asking price.",
    LISTED="The day it was listed.",
    UPDATED="The last change here.",
)
described(
    ListingChangeKind,
    "What happened to a listing.",
    CREATED="It came in.",
    CHANGED="A field changed.",
    STATUS_CHANGED="Its status changed.",
    PRICE_CHANGED="Its asking price changed.",
    PHOTOS_CHANGED="Photos were added, removed or reordered.",
    RESTORED="The MLS overwrote a local edit, or the home came back to the market.",
    OFF_MARKET="It left the market.",
    RELISTED="The home is back under another number.",
    DELETED="It was deleted.",
)
described(
    ChangeSource,
    "Who changed it.",
    MLS="The MLS said so.",
    USER="The user edited it.",
    SYSTEM="A rule of this system.",
)
described(
    SyncRunKind,
    "What a run is for.",
    IMPORT="Asked for by the user.",
    SYNC="Brings what changed.",
    SWEEP="Compares the keys, to find what vanished.",
)
described(
    SyncMode,
    "How much a run fetches.",
    FULL="Every listing.",
    INCREMENTAL="What changed since the last run.",
)
described(
    SyncRunState,
    "Where a run is.",
    QUEUED="Waiting for its turn.",
    RUNNING="At work.",
    SUCCEEDED="Done; single listings may have failed: see `errors`.",
    FAILED="Given up: see `failure`.",
    CANCELLED="Stopped by the user.",
)
described(
    AccountState,
    "Whether an account can be used.",
    ACTIVE="It can.",
    EXPIRING="It can, but the login runs out within days.",
    NEEDS_RECONNECT="Only after the user has linked it again.",
    UNLINKED="The user removed it.",
)
described(
    PostState,
    "Where a post is between the wish and its removal.",
    PENDING="Waiting to be sent.",
    SCHEDULED="Waiting for `publishAt`.",
    SENDING="On its way to the platform.",
    PUBLISHED="Up.",
    FAILED="It did not go up: see `failure`.",
    UNKNOWN="It may have gone up; the platform is being asked.",
    UNPUBLISHING="It must come down and is being removed.",
    UNPUBLISHED="Removed.",
    REMOVE_BY_HAND="Must be removed by the user on the platform: see `failure`.",
)
described(
    ChartFormat,
    "In which form a chart is drawn.",
    SVG="Sharp at every size.",
    PNG="At two pixels a point; what mail programs show.",
)
described(
    ChartTheme, "On which background a chart stands.", LIGHT="Dark on white.", DARK="Light on nearly black."
)
described(
    MetricsPeriod,
    "A period that ends today (UTC), today included.",
    DAILY="Today.",
    WEEKLY="The last 7 days.",
    MONTHLY="The last 30 days.",
)
described(
    MetricsOrderField,
    "What listings can be ranked by.",
    VIEWS="Views.",
    SHARES="Shares.",
    INQUIRIES="Inquiries.",
    CLICKS="Clicks.",
    CONVERSION="Inquiries for each view; listings without views sort as the lowest.",
    ENGAGEMENT="Whatever visitors did beyond looking, for each view; listings without views sort as the lowest.",
)
described(
    TrendDirection,
    "Where a number goes, compared with the period before.",
    UP="It has risen.",
    DOWN="It has fallen.",
    FLAT="It has changed by less than 1 per cent.",
)
described(
    EventKind,
    "What a visitor did.",
    VIEW="Looked at the listing.",
    SHARE="Passed it on.",
    INQUIRY="Asked about it.",
    CLICK="Followed a link to it.",
)
described(
    AlertMetric,
    "What an alert counts.",
    VIEWS="How often a listing was looked at.",
    SHARES="How often it was passed on.",
    INQUIRIES="How often somebody asked.",
    CLICKS="How often a link to it was followed.",
)
described(
    AlertComparison,
    "On which side of a threshold there is something to tell.",
    AT_LEAST="When so many are reached or more; looked at as events come.",
    AT_MOST="When a window ends with so many or fewer; looked at once a day.",
)
described(
    NotificationKind,
    "What there is to tell.",
    RUN_FINISHED="A run that somebody asked for has ended well.",
    RUN_FAILED="A run failed; of runs that begin by themselves, the first of several in a row.",
    LISTING_SOLD="A home was sold.",
    LISTING_RESTORED="A home is back on the market, and can be published again.",
    POSTS_REMOVED="A post was removed because its home must not be advertised any more.",
    REMOVE_BY_HAND="A post must be removed by the user on the platform.",
    TOKEN_EXPIRING="The login of an account runs out soon.",  # noqa: S106 - the name of a kind, no secret
    NEEDS_ACTION="An account waits for something that only the user can do.",
    METRIC_ALERT="A number that was to be watched has been reached.",
)
described(
    MailMode,
    "When notifications are sent by e-mail.",
    OFF="Never.",
    AT_ONCE="Each by itself, at once.",
    DAILY="All of a day together, at 7 in the morning (UTC).",
)
described(
    InquiryStatus,
    "What the agent did about an inquiry.",
    NEW="Nothing yet.",
    CONTACTED="Answered it.",
    CLOSED="Done with it.",
)
