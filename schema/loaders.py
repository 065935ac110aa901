"""Reads that many resolvers of one answer ask for, joined into one call of a port.

Nothing is kept between batches: a mutation's answer, and every message of a subscription, shows the state of
its moment.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date
from functools import cached_property
from typing import TypeVar

from strawberry.dataloader import DataLoader

from domain.entities.change import ListingChange
from domain.entities.common import Page, PageRequest
from domain.entities.listing import Listing
from domain.entities.metrics import DayMetrics
from domain.entities.mls_connection import MlsConnection
from domain.entities.post import Post
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncRun
from domain.ports import Ports

V = TypeVar("V")
Key = TypeVar("Key", bound=Hashable)
Rest = TypeVar("Rest", bound=Hashable)

_BATCH = 100


class Loaders:
    """One loader for each kind of read, made when it is first used; `user_id` tells whose things are meant."""

    def __init__(self, ports: Ports, user_id: Callable[[], str]) -> None:
        self._ports = ports
        self._user_id = user_id

    @cached_property
    def listings(self) -> DataLoader[str, Listing | None]:
        """By listing id."""
        return _loader(lambda keys: self._ports.listings.get_many(self._user_id(), keys))

    @cached_property
    def mls_connections(self) -> DataLoader[str, MlsConnection | None]:
        """By connection id."""
        return _loader(lambda keys: self._ports.mls_connections.get_many(self._user_id(), keys))

    @cached_property
    def runs(self) -> DataLoader[str, SyncRun | None]:
        """By run id."""
        return _loader(lambda keys: self._ports.runs.get_many(self._user_id(), keys))

    @cached_property
    def accounts(self) -> DataLoader[str, SocialAccount | None]:
        """By account id."""
        return _loader(lambda keys: self._ports.social_accounts.get_many(self._user_id(), keys))

    @cached_property
    def posts(self) -> DataLoader[str, Post | None]:
        """By post id."""
        return _loader(lambda keys: self._ports.posts.get_many(self._user_id(), keys))

    @cached_property
    def posts_of(self) -> DataLoader[tuple[str, PageRequest], Page[Post]]:
        """By listing id and page."""
        return _grouped(lambda ids, page: self._ports.posts.of_listings(self._user_id(), ids, page))

    @cached_property
    def trail_of(self) -> DataLoader[tuple[str, PageRequest], Page[ListingChange]]:
        """By listing id and page."""
        return _grouped(lambda ids, page: self._ports.changes.of_listings(self._user_id(), ids, page))

    @cached_property
    def days_of(self) -> DataLoader[tuple[str, tuple[date, date]], list[DayMetrics]]:
        """By listing id, first and last day."""
        return _grouped(lambda ids, span: self._ports.metrics.days_of_listings(self._user_id(), ids, *span))


def _loader(read: Callable[[list[Key]], Awaitable[list[V]]]) -> DataLoader[Key, V]:
    async def load(keys: list[Key]) -> list[V]:
        unique = list(dict.fromkeys(keys))
        found = dict(zip(unique, await read(unique), strict=True))
        return [found[key] for key in keys]

    return DataLoader(load_fn=load, max_batch_size=_BATCH, cache=False)


def _grouped(
    read: Callable[[Sequence[str], Rest], Awaitable[list[V]]],
) -> DataLoader[tuple[str, Rest], V]:
    """A loader of what belongs to listings: one call for all that ask with the same arguments."""

    async def load(keys: list[tuple[str, Rest]]) -> list[V]:
        groups: dict[Rest, list[str]] = defaultdict(list)
        for listing_id, rest in keys:
            groups[rest].append(listing_id)
        found: dict[tuple[str, Rest], V] = {}
        for rest, listing_ids in groups.items():
            values = await read(listing_ids, rest)
            found.update(zip(((each, rest) for each in listing_ids), values, strict=True))
        return [found[key] for key in keys]

    return _loader(load)
