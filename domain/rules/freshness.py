"""How old what is known of an MLS is."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.entities.freshness import Freshness
from domain.entities.mls_connection import MlsConnection

STALE_PERIODS = 2


def age(connection: MlsConnection, now: datetime) -> timedelta | None:
    """The time since the last synchronization that went through; None before the first."""
    if connection.last_synced_at is None:
        return None
    return max(now - connection.last_synced_at, timedelta())


def is_stale(connection: MlsConnection, now: datetime) -> bool:
    """Whether nothing went through for two periods although the connection is on.

    One that never was synchronized is measured from when it was made.
    """
    since = connection.last_synced_at or connection.created_at
    period = timedelta(minutes=connection.effective_interval_minutes)
    return connection.enabled and now - since > STALE_PERIODS * period


def freshness(connections: Iterable[MlsConnection], now: datetime) -> Freshness:
    """Sum up; reads the connections once, so that they may come as a stream."""
    enabled = stale = 0
    last_success: datetime | None = None
    oldest: timedelta | None = None
    for connection in connections:
        synced, grown = connection.last_synced_at, age(connection, now)
        if synced is not None and (last_success is None or synced > last_success):
            last_success = synced
        if not connection.enabled:
            continue
        waits_for_user = connection.needs_action is not None
        enabled, stale = enabled + 1, stale + (is_stale(connection, now) and not waits_for_user)
        if grown is not None and (oldest is None or grown > oldest):
            oldest = grown
    return Freshness(enabled=enabled, stale=stale, last_success=last_success, oldest=oldest)
