"""The meter, for Prometheus: what one process has measured, in Prometheus's text or in OpenMetrics'.

Names and units follow https://prometheus.io/docs/practices/naming/. Labels are protocols, kinds, outcomes,
lanes and the like: never a user, a connection, a host or a home, so that there are few of them and nobody can be
told from them.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from domain.entities.freshness import Freshness
from domain.entities.intent import IntentKind, Lane
from domain.entities.listing import ListingStatus
from domain.entities.sync_run import SyncRun, SyncRunState
from domain.ports.meters import Answered, Imported, OperationType, Refreshed, Worked

DURATIONS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200)
"""Seconds: from a quiet poll to the first import of a large MLS."""

REQUESTS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""Seconds: from a quick platform to a large page of a slow MLS."""

OPERATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds: from what needs no store to the longest that an operation may take."""


COUNTED_SECONDS = 900.0
"""For so long what was counted of the whole is shown: alarms have to notice that nobody counts any more."""


class PrometheusMeter:
    """`domain.ports.Meter` over a registry of its own; several meters of one process know nothing of each other.

    Args:
        monotonic: seconds; tells how old a count is.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._counted_at = self._overdue_at = monotonic()
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._syncs = self._counter(
            "yardsign_syncs",
            "Synchronizations that ended: polls without news, imports, syncs and sweeps.",
            *("protocol", "kind", "outcome"),
        )
        self._durations = self._histogram(
            "yardsign_sync_duration_seconds",
            "From the beginning of a synchronization to its end.",
            DURATIONS,
            *("protocol", "kind"),
        )
        self._successes = self._gauge(
            "yardsign_sync_last_success_timestamp_seconds",
            "When a synchronization of any connection last went through, as far as this process knows.",
            "protocol",
        )
        self._freshness = _Freshness(registry)
        self._waits = self._gauge(
            "yardsign_due_intents_oldest_age_seconds",
            "For how long the oldest due work of a lane has waited for a worker.",
            "lane",
        )
        self._listings = self._counter(
            "yardsign_listings", "Rows of MLSs by what they came to in a run.", "outcome"
        )
        self._statuses = self._counter(
            "yardsign_status_changes", "Homes whose status the MLS changed, by the new one.", "status"
        )
        self._posts = self._counter(
            "yardsign_posts_published", "Posts that were sent, or could not be.", "platform", "outcome"
        )
        self._removed = self._counter(
            "yardsign_posts_removed", "Posts that were taken down from their platform.", "platform"
        )
        self._dead = self._gauge("yardsign_dead_letters", "Work that was given up, as last counted.", "lane")
        self._refreshes = self._counter(
            "yardsign_token_refreshes", "Logins whose tokens were to be renewed.", "platform", "outcome"
        )
        self._intents = self._counter(
            "yardsign_intents", "Takings of work that ended, by how they did.", "kind", "outcome"
        )
        self._last: dict[str, datetime] = {}
        self._begin_traffic()

    def _begin_traffic(self) -> None:
        """What goes out, and what the graph is asked."""
        self._requests = self._counter(
            "yardsign_outbound_requests", "Requests to the outside, by status.", "host_class", "code"
        )
        self._request_durations = self._histogram(
            "yardsign_outbound_request_duration_seconds",
            "From a request to the outside to the end of its answer, redirects included.",
            REQUESTS,
            "host_class",
        )
        self._operations = self._counter(
            "yardsign_graphql_operations",
            "Operations of the graph that ended.",
            *("operation", "type", "outcome"),
        )
        self._operation_durations = self._histogram(
            "yardsign_graphql_operation_duration_seconds",
            "How long queries and mutations took.",
            OPERATIONS,
            "type",
        )
        # These are measured much more often than labels are new.
        self._operation = lru_cache(maxsize=1_000)(self._operations.labels)
        self._operation_duration = lru_cache(maxsize=10)(self._operation_durations.labels)

    def ran(self, protocol: str, run: SyncRun) -> None:
        if run.started_at is None or run.finished_at is None:
            return
        self._syncs.labels(protocol, run.kind.value.lower(), run.state.value.lower()).inc()
        self._lasted(protocol, run.kind.value.lower(), run.started_at, run.finished_at)
        if run.state is SyncRunState.SUCCEEDED:
            self._succeeded(protocol, run.finished_at)

    def polled(self, protocol: str, began: datetime, ended: datetime) -> None:
        self._syncs.labels(protocol, "poll", "succeeded").inc()
        self._lasted(protocol, "poll", began, ended)
        self._succeeded(protocol, ended)

    def are_fresh(self, by_protocol: Mapping[str, Freshness], at: datetime) -> None:
        self._counted_at = self._monotonic()
        self._freshness.counted(by_protocol, at)
        for protocol, found in by_protocol.items():
            if found.last_success is not None:
                self._succeeded(protocol, found.last_success)

    def waits(self, lane: Lane, longest: timedelta) -> None:
        self._waits.labels(lane.value).set(longest.total_seconds())

    def overdue(self, longest: timedelta) -> None:
        self._overdue_at = self._monotonic()
        self._overdue.set(longest.total_seconds())

    def dead(self, by_lane: Mapping[Lane, int]) -> None:
        for lane, number in by_lane.items():
            self._dead.labels(lane.value).set(number)

    def worked(self, kind: IntentKind, outcome: Worked) -> None:
        self._intents.labels(kind.value.lower(), outcome).inc()

    def imported(self, outcome: Imported, number: int = 1) -> None:
        self._listings.labels(outcome).inc(number)

    def status_changed(self, status: ListingStatus) -> None:
        self._statuses.labels(status.value.lower()).inc()

    def published(self, platform: str, outcome: Literal["published", "failed", "unknown"]) -> None:
        self._posts.labels(platform, outcome).inc()

    def removed(self, platform: str) -> None:
        self._removed.labels(platform).inc()

    def refreshed(self, platform: str, outcome: Refreshed) -> None:
        self._refreshes.labels(platform, outcome).inc()

    def requested(self, host_class: str, code: str, seconds: float) -> None:
        self._requests.labels(host_class, code).inc()
        self._request_durations.labels(host_class).observe(seconds)

    def answered(self, operation: str, kind: OperationType, outcome: Answered, seconds: float) -> None:
        self._operation(operation, kind, outcome).inc()
        if kind != "subscription":
            self._operation_duration(kind).observe(seconds)

    def connected(self, change: Literal[1, -1]) -> None:
        self._sockets.inc(change)

    def subscribed(self, change: Literal[1, -1]) -> None:
        self._subscriptions.inc(change)

    # Without labels they show a zero as soon as they are made, and so are made where they are first measured.

    @cached_property
    def _overdue(self) -> Gauge:
        what = "For how long the oldest post that must come down has waited since it had to."
        return self._gauge("yardsign_unpublish_overdue_seconds", what)

    @cached_property
    def _sockets(self) -> Gauge:
        return self._gauge("yardsign_websocket_connections", "WebSockets that are open.")

    @cached_property
    def _subscriptions(self) -> Gauge:
        what = "Subscriptions under way, over WebSockets and as streams of events."
        return self._gauge("yardsign_subscriptions", what)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(name, help, labels, registry=self._registry)

    def _gauge(self, name: str, help: str, *labels: str) -> Gauge:
        return Gauge(name, help, labels, registry=self._registry)

    def _histogram(self, name: str, help: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, help, labels, buckets=buckets, registry=self._registry)

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Everything measured so far, in the format that the header `Accept` asks for, and its media type."""
        self._drop_old_counts()
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def _drop_old_counts(self) -> None:
        oldest = self._monotonic() - COUNTED_SECONDS
        if self._counted_at < oldest:
            self._freshness.clear()
        if self._overdue_at < oldest and "_overdue" in self.__dict__:
            self._registry.unregister(self._overdue)
            del self._overdue

    def _lasted(self, protocol: str, kind: str, began: datetime, ended: datetime) -> None:
        # Another machine's clock may have begun it.
        self._durations.labels(protocol, kind).observe(max((ended - began).total_seconds(), 0.0))

    def _succeeded(self, protocol: str, at: datetime) -> None:
        """Keep the latest: what the clock counted may be some minutes old."""
        self._last[protocol] = max(at, self._last.get(protocol, at))
        self._successes.labels(protocol).set(self._last[protocol].timestamp())


class _Freshness:
    """What is known of all connections; each count replaces the one before."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, help: str) -> Gauge:
            return Gauge(name, help, ("protocol",), registry=registry)

        self._enabled = gauge("yardsign_connections", "Connections that are on.")
        self._stale = gauge(
            "yardsign_connections_stale",
            "Of these, those through which nothing went for two periods; none that waits for its user.",
        )
        self._oldest = gauge(
            "yardsign_connection_freshness_seconds",
            "The age of the last good synchronization of the connection that waited longest for one.",
        )
        self._at = gauge(
            "yardsign_connections_counted_timestamp_seconds", "When the clock last counted the connections."
        )

    def clear(self) -> None:
        for gauge in (self._enabled, self._stale, self._oldest):
            gauge.clear()

    def counted(self, by_protocol: Mapping[str, Freshness], at: datetime) -> None:
        self.clear()
        for protocol, found in by_protocol.items():
            self._enabled.labels(protocol).set(found.enabled)
            self._stale.labels(protocol).set(found.stale)
            self._at.labels(protocol).set(at.timestamp())
            if found.oldest is not None:
                self._oldest.labels(protocol).set(found.oldest.total_seconds())
