"""What is measured of the running system, for graphs and alarms that name no user."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol

from domain.entities.freshness import Freshness
from domain.entities.intent import IntentKind, Lane
from domain.entities.listing import ListingStatus
from domain.entities.sync_run import SyncRun

Imported = Literal["created", "updated", "unchanged", "removed", "failed"]
"""What an MLS's row came to."""

Refreshed = Literal["renewed", "refused", "unavailable"]
"""What came of asking for a new token."""

Worked = Literal["done", "later", "failed", "dead", "overtaken", "given_back"]
"""How a taking of work ended: `later` with progress, `failed` to be tried again."""

OperationType = Literal["query", "mutation", "subscription", "unknown"]
Answered = Literal["succeeded", "refused", "failed"]
"""`refused` is the client's mistake or limit, `failed` a fault of ours."""


class Meter(Protocol):
    """Takes what is measured, in the memory of its process; answers at once and never raises."""

    def ran(self, protocol: str, run: SyncRun) -> None:
        """A run over an MLS of this protocol has ended; one that had not begun is not counted."""
        ...

    def polled(self, protocol: str, began: datetime, ended: datetime) -> None:
        """A poll went through and brought no news, so that no run was needed."""
        ...

    def are_fresh(self, by_protocol: Mapping[str, Freshness], at: datetime) -> None:
        """All connections of all users were counted; replaces what was counted before."""
        ...

    def waits(self, lane: Lane, longest: timedelta) -> None:
        """For how long the oldest work of a lane that is due has waited for a worker; zero if none is due."""
        ...

    def overdue(self, longest: timedelta) -> None:
        """For how long the oldest post that has to come down has waited since it had to; zero if none does."""
        ...

    def dead(self, by_lane: Mapping[Lane, int]) -> None:
        """How much work was given up and lies where people see it."""
        ...

    def worked(self, kind: IntentKind, outcome: Worked) -> None:
        """Somebody had taken work, and has let go of it."""
        ...

    def imported(self, outcome: Imported, number: int = 1) -> None:
        """So many rows of an MLS came to this."""
        ...

    def status_changed(self, status: ListingStatus) -> None:
        """A home has this status now and had another one."""
        ...

    def published(self, platform: str, outcome: Literal["published", "failed", "unknown"]) -> None:
        """A post was sent, cannot be sent, or nobody knows yet."""
        ...

    def removed(self, platform: str) -> None:
        """A post is down."""
        ...

    def refreshed(self, platform: str, outcome: Refreshed) -> None:
        """A login's tokens were to be renewed.

        Args:
            platform: `mls` for a login at an MLS.
        """
        ...

    def requested(self, host_class: str, code: str, seconds: float) -> None:
        """A request went to the outside, redirects included.

        Args:
            host_class: what kind of host it is; never its name.
            code: the status of the answer, or why there was none.
        """
        ...

    def answered(self, operation: str, kind: OperationType, outcome: Answered, seconds: float) -> None:
        """An operation of the graph has ended.

        Args:
            operation: of a bounded set, whatever clients send.
            seconds: how long it took; of a subscription, how long it lived, which is not timed.
        """
        ...

    def connected(self, change: Literal[1, -1]) -> None:
        """A WebSocket was opened or has ended."""
        ...

    def subscribed(self, change: Literal[1, -1]) -> None:
        """A subscription has begun or ended, over a WebSocket or as a stream of events."""
        ...
