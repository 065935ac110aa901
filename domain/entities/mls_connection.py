"""A user's account at an MLS, and the credentials for it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsCredentials:
    """What an MLS asks for at the door; which of it depends on the protocol and the vendor.

    Its text form shows no value, so that it cannot slip into a log.
    """

    token: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    token_url: str | None = None
    scope: str | None = None
    username: str | None = None
    password: str | None = None
    user_agent: str | None = None
    user_agent_password: str | None = None
    webhook_secret: str | None = None

    def __repr__(self) -> str:
        return "MlsCredentials(…)"

    def over(self, old: "MlsCredentials") -> "MlsCredentials":
        """These in place of the old ones: what logs in is replaced as a whole, if any of it is given, and the
        secret of the webhook for itself; an empty one removes it."""
        login = self if replace(self, webhook_secret=None) != MlsCredentials() else old
        secret = old.webhook_secret if self.webhook_secret is None else self.webhook_secret or None
        return replace(login, webhook_secret=secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartInterval:
    """How a connection's interval follows its news; all in minutes.

    Attributes:
        shortest, longest: it never leaves these.
        current: what it has come to.
    """

    shortest: int
    longest: int
    current: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsConnection:
    """An MLS account that is polled.

    Attributes:
        provider: the MLS's short name; part of every listing's id, so it never changes.
        url: the root of the service, without credentials.
        sync_interval_minutes: how often it is polled; with `smart`, where that begins and comes back to.
        smart: None if the interval stays as it is set.
        settings: what the vendor's profile asks for beyond credentials, as JSON.
        run_queue: ids of the runs that are waiting or running; the first one is worked on.
        cursors: `Property`: the modification stamp (ISO 8601) up to which the rows are stored; other names
            are the protocol's own (`MlsPage.cursors`).
        known_rows: digests of rows that a poll may find again and that need no second look, 200 at most.
        not_before: until then the MLS wants to be left alone, whoever asks.
        next_sweep_at: when the keys are to be compared next; None before the first whole import.
        needs_action: one sentence on what only the user can mend, or None.
    """

    id: str
    user_id: str
    provider: str
    protocol: str
    vendor: str = "generic"
    url: str
    label: str | None = None
    enabled: bool = True
    sync_interval_minutes: int = 15
    smart: SmartInterval | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    run_queue: tuple[str, ...] = ()
    cursors: dict[str, str] = field(default_factory=dict)
    next_sync_at: datetime | None = None
    last_synced_at: datetime | None = None
    known_rows: tuple[str, ...] = ()
    not_before: datetime | None = None
    next_sweep_at: datetime | None = None
    last_swept_at: datetime | None = None
    last_run_id: str | None = None
    needs_action: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def effective_interval_minutes(self) -> int:
        """How often it is polled at the moment."""
        return self.smart.current if self.smart else self.sync_interval_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsSource:
    """What an adapter needs to speak to one MLS account."""

    connection_id: str
    url: str
    vendor: str
    settings: dict[str, Any]
    credentials: MlsCredentials
