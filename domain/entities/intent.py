"""Work that is owed: stored with the state that asks for it, so that nothing that dies can lose it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class IntentKind(StrEnum):
    """What is owed, and to what kind of thing."""

    SYNC = "SYNC"
    """target: an MLS connection; standing, its due time is the connection's schedule"""
    PHOTOS = "PHOTOS"
    """target: a listing whose photos are to be fetched"""
    PUBLISH = "PUBLISH"
    """target: a post to be sent, or whose unknown outcome is to be looked up"""
    TAKEDOWN = "TAKEDOWN"
    """target: a listing that must not be advertised; all its live posts come down"""
    UNPUBLISH = "UNPUBLISH"
    """target: a post to be removed from its platform"""
    ERASE = "ERASE"
    """target: a deleted listing whose stored photos are to be removed"""
    FILES = "FILES"
    """target: all stored photos, which are compared with the listings; standing, once a day"""
    RENEW = "RENEW"
    """target: a user's login at a platform, to be renewed in time, or marked when it has run out"""
    LISTEN = "LISTEN"
    """target: a user's account whose platform is to tell what happens there"""
    NEWS = "NEWS"
    """target: a post or an account of which a platform has told something"""
    ENGAGEMENT = "ENGAGEMENT"
    """target: a post that is up, whose figures are read now and then; standing, until it is down or old"""
    RESTORE = "RESTORE"
    """target: a listing that was edited here, to which the MLS's version is to be brought back"""
    ALERT = "ALERT"
    """target: a look at what was counted, for the sake of a user's alerts over a listing or over all; or an alert that
    is looked at daily"""
    NOTIFY = "NOTIFY"
    """target: a notification to be stored and handed on; the payload says what it tells"""
    DELIVER = "DELIVER"
    """target: a notification and a webhook that it is to be posted to"""
    MAIL = "MAIL"
    """target: a notification to be sent by e-mail, or a user whose digest is due"""


class Lane(StrEnum):
    """Kinds of work that wait together: a backlog in one lane hides nothing of another."""

    SYNC = "sync"
    PHOTOS = "photos"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    NOTIFY = "notify"
    ENGAGEMENT = "engagement"


LANES = {
    IntentKind.SYNC: Lane.SYNC,
    IntentKind.RESTORE: Lane.SYNC,
    IntentKind.PHOTOS: Lane.PHOTOS,
    IntentKind.ERASE: Lane.PHOTOS,
    IntentKind.FILES: Lane.PHOTOS,
    IntentKind.PUBLISH: Lane.PUBLISH,
    IntentKind.RENEW: Lane.PUBLISH,
    IntentKind.LISTEN: Lane.PUBLISH,
    IntentKind.NEWS: Lane.PUBLISH,
    IntentKind.TAKEDOWN: Lane.UNPUBLISH,
    IntentKind.UNPUBLISH: Lane.UNPUBLISH,
    IntentKind.ALERT: Lane.NOTIFY,
    IntentKind.NOTIFY: Lane.NOTIFY,
    IntentKind.DELIVER: Lane.NOTIFY,
    IntentKind.MAIL: Lane.NOTIFY,
    IntentKind.ENGAGEMENT: Lane.ENGAGEMENT,
}
"""Removals have a lane of their own: nothing else may hold them up."""

STANDING = frozenset({IntentKind.SYNC, IntentKind.FILES, IntentKind.ENGAGEMENT, IntentKind.ALERT})
"""Work that goes on by itself, and is not given up however often it fails."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish for work. A second wish for the same kind and target merges with the first.

    Attributes:
        due: not before this moment; None for at once. A merged wish moves the due time to the earlier one.
        payload: small facts the work wants to know, as JSON; the latest wish's are kept.
    """

    kind: IntentKind
    user_id: str
    target: str
    due: datetime | None = None
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Work that is owed.

    Attributes:
        due: when it may be taken; while somebody holds it, the end of the lease.
        asked: how often it was wished for.
        attempts: how often it was taken since it was last completed or put off with progress.
        fence: rises with every taking; writes of the work check it.
        holder: who has it, or empty.
        trace: what names the trace that the wish for it belongs to (a `traceparent`); empty for none.
    """

    kind: IntentKind
    user_id: str
    target: str
    due: datetime
    asked: int = 1
    attempts: int = 0
    fence: int = 0
    holder: str = ""
    dead: bool = False
    payload: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None
    trace: str = ""
    created_at: datetime

    @property
    def as_fence(self) -> "Fence":
        """What the writes of this taking check."""
        return Fence(self.kind, self.target, self.fence, self.holder)


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of a taking: writes that carry it are refused once somebody else has taken the work."""

    kind: IntentKind
    target: str
    number: int
    holder: str


@dataclass(frozen=True, slots=True)
class Done:
    """The work is complete: the intent goes, unless it was wished for again meanwhile."""


@dataclass(frozen=True, slots=True)
class Later:
    """The work goes on at `due`.

    Attributes:
        progress: something was achieved, so that the attempts are counted from zero again.
        failure: why it has to be tried again, or None.
    """

    due: datetime
    progress: bool = False
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Nobody but the user can make this work; it is kept where it can be seen and asked for again."""

    failure: str


Outcome = Done | Later | Dead
