"""What is measured of the running system, for graphs and alarms that name no user."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from domain.entities.freshness import Freshness
from domain.entities.intent import Lane
from domain.entities.sync_run import SyncRun


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
