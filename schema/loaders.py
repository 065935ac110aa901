"""Reads that many resolvers of one answer ask for, joined into one call of a port.

Nothing is kept between batches: a mutation's answer, and every message of a subscription, shows the state of
its moment. Things are named by their owner and their id: an administrator's answer may hold things of many.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date
from functools import cached_property
from typing import TypeVar

from domain.entities.change import ListingChange
from domain.entities.common import Page, PageRequest
from domain.entities.listing import Listing
from domain.entities.metrics import Counts, DayMetrics, InquiryOrigin
from domain.entities.mls_connection import MlsConnection
from domain.entities.post import Post
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncRun
from domain.ports import Ports
from schema.batches import Loader

V = TypeVar("V")
Rest = TypeVar("Rest", bound=Hashable)


class Loaders:
    """One loader for each kind of read, made when it is first used."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @cached_property
    def listings(self) -> Loader[tuple[str, str], Listing | None]:
        """By owner and listing id."""
        return _loader(self._ports.listings.get_many)

    @cached_property
    def mls_connections(self) -> Loader[tuple[str, str], MlsConnection | None]:
        """By owner and connection id."""
        return _loader(self._ports.mls_connections.get_many)

    @cached_property
    def runs(self) -> Loader[tuple[str, str], SyncRun | None]:
        """By owner and run id."""
        return _loader(self._ports.runs.get_many)

    @cached_property
    def accounts(self) -> Loader[tuple[str, str], SocialAccount | None]:
        """By owner and account id."""
        return _loader(self._ports.social_accounts.get_many)

    @cached_property
    def posts(self) -> Loader[tuple[str, str], Post | None]:
        """By owner and post id."""
        return _loader(self._ports.posts.get_many)

    @cached_property
    def posts_of(self) -> Loader[tuple[str, str, PageRequest], Page[Post]]:
        """By owner, listing id and page."""
        return _grouped(self._ports.posts.of_listings)

    @cached_property
    def trail_of(self) -> Loader[tuple[str, str, PageRequest], Page[ListingChange]]:
        """By owner, listing id and page."""
        return _grouped(self._ports.changes.of_listings)

    @cached_property
    def days_of(self) -> Loader[tuple[str, str, tuple[date, date]], list[DayMetrics]]:
        """By owner, listing id, first and last day."""
        read = self._ports.metrics.days_of_listings
        return _grouped(lambda owner, ids, span: read(owner, ids, *span))

    @cached_property
    def totals_of(self) -> Loader[tuple[str, str, tuple[date, date]], Counts]:
        """By owner, listing id, first and last day."""
        read = self._ports.metrics.totals
        return _grouped(lambda owner, ids, span: read(owner, ids, *span))

    @cached_property
    def origins_of(self) -> Loader[tuple[str, str, tuple[date, date]], dict[InquiryOrigin, int]]:
        """By owner, listing id, first and last day."""
        read = self._ports.metrics.inquiry_origins
        return _grouped(lambda owner, ids, span: read(owner, ids, *span))


def _loader(read: Callable[[str, Sequence[str]], Awaitable[list[V]]]) -> Loader[tuple[str, str], V]:
    """A loader of things: one call for each owner."""

    async def load(wanted: list[tuple[str, str]]) -> list[V]:
        found: dict[tuple[str, str], V] = {}
        for owner in dict.fromkeys(owner for owner, _ in wanted):
            ids = list(dict.fromkeys(id for of, id in wanted if of == owner))
            values = await read(owner, ids)
            found.update(zip(((owner, id) for id in ids), values, strict=True))
        return [found[one] for one in wanted]

    return Loader(load)


def _grouped(
    read: Callable[[str, Sequence[str], Rest], Awaitable[list[V]]],
) -> Loader[tuple[str, str, Rest], V]:
    """A loader of what belongs to listings: one call for all of an owner that ask with the same arguments."""

    async def load(wanted: list[tuple[str, str, Rest]]) -> list[V]:
        groups: dict[tuple[str, Rest], dict[str, None]] = defaultdict(dict)
        for owner, listing_id, rest in wanted:
            groups[owner, rest][listing_id] = None
        found: dict[tuple[str, str, Rest], V] = {}
        for (owner, rest), ids in groups.items():
            values = await read(owner, list(ids), rest)
            found.update(zip(((owner, id, rest) for id in ids), values, strict=True))
        return [found[one] for one in wanted]

    return Loader(load)
