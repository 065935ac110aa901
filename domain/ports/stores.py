"""Repositories: what is stored, and the promises of storing it.

Every method names the user whose things it reads or writes, and answers as if nobody else's existed. Methods
that write take `fence`, the proof that the work behind the write still holds its intent, and `ask`, wishes for
work that are stored in the same transaction. They raise `Conflict` if the version has moved on, `Overtaken` if
the fence has been passed, and `Unavailable` if the store did not answer (the write may then have taken effect).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.entities.change import ListingChange
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence, Intent, IntentKind, Lane, Outcome
from domain.entities.listing import Listing, ListingFilter, ListingOrder, ListingStatus, PhotoSet
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import RunCounters, SyncError, SyncRun, SyncRunKind, SyncRunState

_NOTHING = RunCounters()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSave:
    """One listing to be written, with everything that must be written in the same transaction.

    Attributes:
        listing: the new state; its `version` is the one that was read (0 for a new listing), the store
            writes the next. The same holds for `photos_version`, if `with_photos`.
        row_key: the key of the MLS's row, for the run's checkpoint; empty outside of runs.
        with_photos: whether `listing.photos` is written too.
        counters: what this write adds to the run's counters.
        home_key: if given, the listing becomes the latest one of this home (`domain.rules.homes.home_key`)
            in the same transaction; of several saves of one call with the same key the last one stays.
    """

    listing: Listing
    row_key: str = ""
    with_photos: bool = False
    changes: tuple[ListingChange, ...] = ()
    ask: tuple[Ask, ...] = ()
    counters: RunCounters = field(default_factory=RunCounters)
    home_key: str = ""


class Listings(Protocol):
    """Listings, their photos, and their trail at the moment of writing."""

    async def get(self, user_id: str, listing_id: str) -> Listing | None: ...

    async def get_many(self, user_id: str, listing_ids: Sequence[str]) -> list[Listing | None]:
        """In the order of the ids."""
        ...

    async def page(
        self, user_id: str, filter: ListingFilter, order: ListingOrder, page: PageRequest
    ) -> Page[Listing]:
        """A slice of the user's listings, among equals by id; raises `Invalid` for a forged cursor.

        It costs the same however many there are. A range of the very price or day that they are ordered by is looked
        up; any other filter is tried on at most 2,000 of them, so that the slice may be short although there are more.
        """
        ...

    async def by_mls_number(
        self, user_id: str, provider: str, mls_number: str, status: ListingStatus | None = None
    ) -> list[Listing]:
        """The user's listings with this number; usually one."""
        ...

    async def of_connection(self, user_id: str, connection_id: str, page: PageRequest) -> Page[Listing]:
        """A slice of the listings that came by the connection, in the order of their keys."""
        ...

    async def of_keys(self, user_id: str, connection_id: str, listing_keys: Sequence[str]) -> list[Listing]:
        """The connection's listings whose ListingKey is among these, in no order; the index may lag."""
        ...

    async def latest_of_homes(self, user_id: str, home_keys: Sequence[str]) -> list[str | None]:
        """The ids of the listings that were last saved as the latest of these homes, in the order of the
        keys; the listings themselves may have been deleted since."""
        ...

    async def create(self, save: ListingSave) -> Listing:
        """Write a listing that does not exist yet; raises `Conflict` if it does."""
        ...

    async def update(self, save: ListingSave, *, fence: Fence | None = None) -> Listing: ...

    async def save_step(
        self, saves: Sequence[ListingSave], run: SyncRun, *, fence: Fence
    ) -> tuple[SyncRun, list[str]]:
        """Write listings of a run together with the run's checkpoint, as few transactions as fit.

        `run.checkpoint`, `run.total_listings` and `run.state`, which must not end it, are written as given; the ids of the written
        listings' rows are added to `checkpoint.done` and their counters to the run's in the same transaction
        as the listings. `run.counters` is not looked at. With no saves, the checkpoint alone is written.

        Returns:
            The run as it is now, and the ids of the listings that another writer was faster with: these are
            not written and not counted.
        """
        ...

    async def save_photos(
        self,
        listing: Listing,
        photos: PhotoSet,
        *,
        run_id: str | None = None,
        counters: RunCounters = _NOTHING,
        errors: Sequence[SyncError] = (),
        ask: Sequence[Ask] = (),
        fence: Fence,
    ) -> Listing:
        """Write the photos alone, if `listing.photos_version` still holds, and count them in the run."""
        ...

    async def delete(self, listing: Listing, *, changes: Sequence[ListingChange], ask: Sequence[Ask]) -> None:
        """Remove the listing; its trail and metrics stay."""
        ...


class MlsConnections(Protocol):
    """MLS accounts; credentials are sealed before they are stored and opened only on demand."""

    async def create(
        self, connection: MlsConnection, credentials: MlsCredentials, *, ask: Sequence[Ask] = ()
    ) -> MlsConnection: ...

    async def get(self, user_id: str, connection_id: str) -> MlsConnection | None: ...

    async def get_many(self, user_id: str, connection_ids: Sequence[str]) -> list[MlsConnection | None]: ...

    async def of_user(self, user_id: str) -> list[MlsConnection]:
        """All of the user's, oldest first."""
        ...

    async def page_of_all(
        self,
        page: PageRequest,
        *,
        enabled: bool | None = None,
        needs_action: bool | None = None,
        stale: bool | None = None,
    ) -> Page[MlsConnection]:
        """A slice of all users' connections, in no order that means anything; for administrators alone.

        Each of the filters is what must be so of a connection, None for whatever it is
        (`domain.rules.freshness.is_stale`). The index may lag.
        """
        ...

    async def save(
        self,
        connection: MlsConnection,
        *,
        credentials: MlsCredentials | None = None,
        runs: Sequence[SyncRun] = (),
        fence: Fence | None = None,
        ask: Sequence[Ask] = (),
    ) -> MlsConnection:
        """Write the connection (credentials only if given), and runs of it in the same transaction.

        A run with version 0 is new; any other is written if its version still holds. Runs that end are
        counted in the `Statistics`, as by `Runs.save`.
        """
        ...

    async def credentials(self, user_id: str, connection_id: str) -> MlsCredentials:
        """Open the sealed credentials; raises `NotFound`."""
        ...

    async def delete(self, connection: MlsConnection) -> None: ...

    async def keep_push(self, user_id: str, connection_id: str, signature: str, *, until: datetime) -> None:
        """Remember, at least until then, that what was pushed with this signature has been taken."""
        ...

    async def knows_push(self, user_id: str, connection_id: str, signature: str) -> bool:
        """Whether `keep_push` was called with it, and its time has not passed."""
        ...


class Runs(Protocol):
    """Runs and their errors; both vanish after 90 days."""

    async def get(self, user_id: str, run_id: str) -> SyncRun | None: ...

    async def get_many(self, user_id: str, run_ids: Sequence[str]) -> list[SyncRun | None]: ...

    async def save(
        self,
        run: SyncRun,
        *,
        add: RunCounters | None = None,
        errors: Sequence[SyncError] = (),
        fence: Fence | None = None,
    ) -> SyncRun:
        """Write everything but the counters, if the version still holds, together with errors of the run.

        The stored counters only ever rise, by `add`; `run.counters` is not written. A run ends once: with
        the save of its first terminal state, the counters as they were read (and `add`) are counted in the
        `Statistics`; a second end is a `Conflict`.
        """
        ...

    async def page(
        self,
        user_id: str,
        page: PageRequest,
        *,
        connection_id: str | None = None,
        state: SyncRunState | None = None,
        kind: SyncRunKind | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page[SyncRun]:
        """Newest first; made at `since` or later, and before `until`; raises `Invalid` if they are reversed."""
        ...

    async def errors(
        self,
        user_id: str,
        page: PageRequest,
        *,
        run_id: str | None = None,
        connection_id: str | None = None,
        code: str | None = None,
    ) -> Page[SyncError]:
        """Of a run, of a connection, or all of the user's; newest first. The index may lag."""
        ...


class Changes(Protocol):
    """The trail of listings."""

    async def of_listing(self, user_id: str, listing_id: str, page: PageRequest) -> Page[ListingChange]:
        """Newest first."""
        ...

    async def of_listings(
        self, user_id: str, listing_ids: Sequence[str], page: PageRequest
    ) -> list[Page[ListingChange]]:
        """The same slice for each listing, in the order of the ids."""
        ...

    async def since(self, user_id: str, moment: datetime, page: PageRequest) -> Page[ListingChange]:
        """Of all the user's listings, what was written from this moment on, in the order of writing.

        Writers have clocks of their own and take their time, and the index may lag: for some seconds a change
        may still appear before others that were seen.
        """
        ...


class Intents(Protocol):
    """Work that is owed; see `domain.entities.intent`."""

    async def get(self, kind: IntentKind, target: str) -> Intent | None: ...

    async def ask(self, *asks: Ask) -> None:
        """Store wishes without any state of their own."""
        ...

    async def take(self, kind: IntentKind, target: str, holder: str, lease_seconds: float) -> Intent | None:
        """Take the work if it is due, in one conditional change; None if it is absent, early or held."""
        ...

    async def renew(self, fence: Fence, lease_seconds: float) -> None:
        """Move the lease's end; raises `Overtaken`."""
        ...

    async def settle(self, intent: Intent, outcome: Outcome) -> bool:
        """End a taking: complete it, put it off, or bury it. An intent that was wished for again meanwhile
        is due at once instead. Answers whether it is due now. Raises `Overtaken`."""
        ...

    async def due(self, lane: Lane, shard: int, before: datetime, limit: int) -> list[Intent]:
        """What is due in a shard (0 to 15) of a lane, the most overdue first; the index may lag."""
        ...

    async def dead(self, shard: int, page: PageRequest) -> Page[Intent]: ...
