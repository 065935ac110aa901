"""What the domain needs from outside: protocols, and the one bundle of them that every use case gets."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.ports.alerts import Alerts
from domain.ports.file_sweeps import FileSweeps
from domain.ports.installation import Installations
from domain.ports.links import Links
from domain.ports.marks import Marks
from domain.ports.meters import Meter
from domain.ports.notices import Deliveries, MailBoxes, Mailer, Notifications, Webhooks
from domain.ports.outside import (
    Bell,
    Downloads,
    Files,
    Images,
    Mls,
    Progress,
    Rendered,
    SocialPlatform,
    StoredFile,
)
from domain.ports.publishing import Metrics, Posts, SocialAccounts
from domain.ports.statistics import Statistics
from domain.ports.stores import Changes, Intents, Listings, ListingSave, MlsConnections, Runs
from domain.ports.templates import Templates
from domain.ports.tracking import Tracking

__all__ = [
    "Alerts",
    "Bell",
    "Changes",
    "Deliveries",
    "Downloads",
    "FileSweeps",
    "Files",
    "Images",
    "Installations",
    "Intents",
    "Links",
    "ListingSave",
    "Listings",
    "MailBoxes",
    "Mailer",
    "Marks",
    "Meter",
    "Metrics",
    "Mls",
    "MlsConnections",
    "Notifications",
    "Ports",
    "Posts",
    "Progress",
    "Rendered",
    "Runs",
    "SocialAccounts",
    "SocialPlatform",
    "Statistics",
    "StoredFile",
    "Templates",
    "Tracking",
    "Webhooks",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything the domain may call, bundled once at start.

    Attributes:
        mls: protocols by name.
        social: platforms by slug.
        now: the time, in UTC.
        sleep: waits for seconds; tests pass one that moves their clock.
        new_id: a new ULID.
        random: a number from 0 up to, and without, 1; for jitter.
        public_url: the URL at which the world reaches a path of this installation.
        oauth_callback: the URL to which a platform, named by its slug, sends the user's browser back.
        may_return_to: whether a platform may send it to this URL of a frontend instead.
    """

    listings: Listings
    mls_connections: MlsConnections
    runs: Runs
    changes: Changes
    social_accounts: SocialAccounts
    posts: Posts
    metrics: Metrics
    intents: Intents
    statistics: Statistics
    notifications: Notifications
    webhooks: Webhooks
    mail_boxes: MailBoxes
    alerts: Alerts
    installations: Installations
    file_sweeps: FileSweeps
    deliveries: Deliveries
    mailer: Mailer
    files: Files
    downloads: Downloads
    images: Images
    templates: Templates
    mls: Mapping[str, Mls]
    social: Mapping[str, SocialPlatform]
    tracking: Tracking
    links: Links
    progress: Progress
    bell: Bell
    meter: Meter
    marks: Marks
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    new_id: Callable[[], str]
    random: Callable[[], float]
    public_url: Callable[[str], str]
    oauth_callback: Callable[[str], str]
    may_return_to: Callable[[str], bool]
