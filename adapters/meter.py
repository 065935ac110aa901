"""The meter, for Prometheus: what one process has measured, in Prometheus's text or in OpenMetrics'.

Names and units follow https://prometheus.io/docs/practices/naming/. Labels are protocols, kinds, outcomes and
lanes: never a user, a connection or a home, so that there are few of them and nobody can be told from them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from domain.entities.freshness import Freshness
from domain.entities.intent import Lane
from domain.entities.sync_run import SyncRun, SyncRunState

DURATIONS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200)
"""Seconds: from a quiet poll to the first import of a large MLS."""


class PrometheusMeter:
    """`domain.ports.Meter` over a registry of its own; several meters of one process know nothing of each other."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._syncs = Counter(
            "yardsign_syncs",
            "Synchronizations that ended: polls without news, imports, syncs and sweeps.",
            ("protocol", "kind", "outcome"),
            registry=registry,
        )
        self._durations = Histogram(
            "yardsign_sync_duration_seconds",
            "From the beginning of a synchronization to its end.",
            ("protocol", "kind"),
            buckets=DURATIONS,
            registry=registry,
        )
        self._successes = Gauge(
            "yardsign_sync_last_success_timestamp_seconds",
            "When a synchronization of any connection last went through, as far as this process knows.",
            ("protocol",),
            registry=registry,
        )
        self._freshness = _Freshness(registry)
        self._waits = Gauge(
            "yardsign_due_intents_oldest_age_seconds",
            "For how long the oldest due work of a lane has waited for a worker.",
            ("lane",),
            registry=registry,
        )
        self._last: dict[str, datetime] = {}

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
        self._freshness.counted(by_protocol, at)
        for protocol, found in by_protocol.items():
            if found.last_success is not None:
                self._succeeded(protocol, found.last_success)

    def waits(self, lane: Lane, longest: timedelta) -> None:
        self._waits.labels(lane.value).set(longest.total_seconds())

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Everything measured so far, in the format that the header `Accept` asks for, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

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
            "yardsign_connections_stale", "Of these, those through which nothing went for two periods."
        )
        self._oldest = gauge(
            "yardsign_connection_freshness_seconds",
            "The age of the last good synchronization of the connection that waited longest for one.",
        )
        self._at = gauge(
            "yardsign_connections_counted_timestamp_seconds", "When the clock last counted the connections."
        )

    def counted(self, by_protocol: Mapping[str, Freshness], at: datetime) -> None:
        for gauge in (self._enabled, self._stale, self._oldest):
            gauge.clear()
        for protocol, found in by_protocol.items():
            self._enabled.labels(protocol).set(found.enabled)
            self._stale.labels(protocol).set(found.stale)
            self._at.labels(protocol).set(at.timestamp())
            if found.oldest is not None:
                self._oldest.labels(protocol).set(found.oldest.total_seconds())
