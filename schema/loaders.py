"""Reads that many resolvers of one answer ask for, joined into one call of a port.

Nothing is kept between batches: a mutation's answer, and every message of a subscription, shows the state of
its moment.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date
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
    """One loader for each kind of read; `user_id` tells whose things are meant."""

    def __init__(self, ports: Ports, user_id: Callable[[], str]) -> None:
        def by_key(
            read: Callable[[str, Sequence[str]], Awaitable[list[V | None]]],
        ) -> DataLoader[str, V | None]:
            return _loader(lambda keys: read(user_id(), keys))

        async def posts(ids: Sequence[str], page: PageRequest) -> list[Page[Post]]:
            return await ports.posts.of_listings(user_id(), ids, page)

        async def trail(ids: Sequence[str], page: PageRequest) -> list[Page[ListingChange]]:
            return await ports.changes.of_listings(user_id(), ids, page)

        async def days(ids: Sequence[str], span: tuple[date, date]) -> list[list[DayMetrics]]:
            return await ports.metrics.days_of_listings(user_id(), ids, *span)

        self.listings: DataLoader[str, Listing | None] = by_key(ports.listings.get_many)
        self.mls_connections: DataLoader[str, MlsConnection | None] = by_key(ports.mls_connections.get_many)
        self.runs: DataLoader[str, SyncRun | None] = by_key(ports.runs.get_many)
        self.accounts: DataLoader[str, SocialAccount | None] = by_key(ports.social_accounts.get_many)
        self.posts: DataLoader[str, Post | None] = by_key(ports.posts.get_many)
        self.posts_of: DataLoader[tuple[str, PageRequest], Page[Post]] = _grouped(posts)
        self.trail_of: DataLoader[tuple[str, PageRequest], Page[ListingChange]] = _grouped(trail)
        self.days_of: DataLoader[tuple[str, tuple[date, date]], list[DayMetrics]] = _grouped(days)


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
