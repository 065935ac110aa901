"""What all sides read: one user's listings with photos, posts and a week of events, written by our own store."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from adapters.tables.dynamodb import DynamoTable
from adapters.tables.table import Put
from app.settings import Settings
from app.wiring import wire
from benchmarks.homes import a_home
from benchmarks.installations import USER, Silence
from domain.entities.listing import Listing
from domain.entities.metrics import EventKind, MetricEvent
from domain.entities.post import Post, PostState
from domain.ports import ListingSave, Ports

_LISTINGS, _POSTS, _DAYS = 60, 2, 7
_KINDS = tuple(EventKind)


async def seed(settings: Settings) -> str:
    """Fill the empty store of these settings; gives the key of a listing."""
    now = datetime.now(UTC).replace(microsecond=0)
    listings = [a_home(number, now) for number in range(1, _LISTINGS + 1)]
    async with wire(settings, Silence()) as wired:
        ports = wired.ports
        saves = (ListingSave(listing=listing, with_photos=True) for listing in listings)
        await asyncio.gather(*map(ports.listings.create, saves))
        await asyncio.gather(*(_fill(ports, *each, now) for each in enumerate(listings)))
    return listings[0].id


async def _fill(ports: Ports, place: int, listing: Listing, now: datetime) -> None:
    await ports.posts.create([_post(ports, listing, number, now) for number in range(_POSTS)])
    for event in _events(listing, place, now):
        await ports.metrics.record(event)


async def copy(sqlite: Path, table: str) -> None:
    """Put every item of a SQLite file into a table of DynamoDB that is there."""
    with sqlite3.connect(sqlite) as connection:
        items = [orjson.loads(text) for (text,) in connection.execute("SELECT item FROM items")]
    connection.close()
    remote = await DynamoTable.open(table)
    try:
        for begin in range(0, len(items), 100):
            await remote.put_many([Put(item) for item in items[begin : begin + 100]])
    finally:
        await remote.close()


def _post(ports: Ports, listing: Listing, number: int, now: datetime) -> Post:
    platform = ("facebook", "instagram")[number % 2]
    return Post(
        id=ports.new_id(),
        user_id=USER,
        listing_id=listing.id,
        account_id=f"{platform}:1",
        platform=platform,
        state=PostState.PUBLISHED,
        text=f"For sale: {listing.facts.address.street}. Come and see it.",
        hashtags=("#home", "#forsale"),
        photo_keys=(f"{listing.id}-0",),
        platform_post_id=f"1_{ports.new_id()}",
        published_at=now - timedelta(hours=number),
        created_at=now,
        updated_at=now,
    )


def _events(listing: Listing, place: int, now: datetime) -> Iterator[MetricEvent]:
    """Views on each of the days, and on most of them something else."""
    for ago in range(_DAYS):
        for number, platform in enumerate(("facebook", "instagram", None)):
            kind = EventKind.VIEW if number else _KINDS[(place + ago) % len(_KINDS)]
            yield MetricEvent(
                id=f"{listing.id}-{ago}-{number}",
                user_id=USER,
                listing_id=listing.id,
                kind=kind,
                platform=platform,
                occurred_at=now - timedelta(days=ago),
                received_at=now,
            )
