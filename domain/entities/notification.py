"""What a user is told of: in a list, by e-mail, and by webhooks of theirs."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class NotificationKind(StrEnum):
    """What there is to tell."""

    RUN_FINISHED = "RUN_FINISHED"
    RUN_FAILED = "RUN_FAILED"
    LISTING_SOLD = "LISTING_SOLD"
    LISTING_RESTORED = "LISTING_RESTORED"
    POSTS_REMOVED = "POSTS_REMOVED"
    REMOVE_BY_HAND = "REMOVE_BY_HAND"
    TOKEN_EXPIRING = "TOKEN_EXPIRING"  # noqa: S105 - the name of a kind, no secret
    NEEDS_ACTION = "NEEDS_ACTION"
    METRIC_ALERT = "METRIC_ALERT"


class SubjectType(StrEnum):
    """The kinds of things that a notification may be about, by their names in the graph."""

    LISTING = "Listing"
    POST = "Post"
    SYNC_RUN = "SyncRun"
    MLS_CONNECTION = "MlsConnection"
    SOCIAL_ACCOUNT = "SocialAccount"
    METRIC_ALERT = "MetricAlert"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notification is about."""

    type: SubjectType
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing a user is told.

    Attributes:
        id: follows from the event, so that what happened once is told once.
        title: one sentence for people.
    """

    id: str
    user_id: str
    kind: NotificationKind
    title: str
    subject: Subject | None = None
    at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address of a user to which notifications are posted, signed.

    Attributes:
        kinds: what is posted to it; empty for everything.
        last_failure: why the latest delivery failed; None if it went through.
    """

    id: str
    user_id: str
    url: str
    kinds: tuple[NotificationKind, ...] = ()
    enabled: bool = True
    last_delivery_at: datetime | None = None
    last_failure: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 0

    def wants(self, kind: NotificationKind) -> bool:
        """Whether notifications of this kind are posted to it."""
        return self.enabled and (not self.kinds or kind in self.kinds)


class MailMode(StrEnum):
    """When a user gets e-mail."""

    OFF = "OFF"
    AT_ONCE = "AT_ONCE"
    DAILY = "DAILY"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How a user wants e-mail.

    Attributes:
        address: where to; None as long as none was given.
        kinds: what is told; empty for everything.
        digest_until: everything up to this moment has been in a digest.
        digest_end: up to here goes the digest that is being sent; what is stored after this was set, though
            it happened before, has missed it.
        digest_last: the id of the last notification that this digest has told, if it takes several mails.
    """

    user_id: str
    address: str | None = None
    mode: MailMode = MailMode.OFF
    kinds: tuple[NotificationKind, ...] = ()
    digest_until: datetime | None = None
    digest_end: datetime | None = None
    digest_last: str | None = None
    version: int = 0

    def wants(self, kind: NotificationKind) -> bool:
        """Whether the user gets e-mail of this kind."""
        return self.mode is not MailMode.OFF and bool(self.address) and (not self.kinds or kind in self.kinds)

    def has_passed(self, moment: datetime) -> bool:
        """Whether no digest to come will tell what happened then."""
        end = self.digest_end or self.digest_until
        return end is not None and moment <= end


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An e-mail to be sent; plain text and its HTML form."""

    id: str
    to: str
    subject: str
    text: str
    html: str = field(repr=False)
