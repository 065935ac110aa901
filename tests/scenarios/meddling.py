"""Ports that let a test step in between: an MLS at each page, the listings at each write, a platform at its answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from domain.entities.listing import Media
from domain.entities.mls import MlsPage, MlsQuery
from domain.entities.mls_connection import MlsSource
from domain.entities.post import Draft, Published
from domain.entities.social_account import SocialTokens
from tests.world import World

PROTOCOL = "reso-web-api"


@dataclass
class WatchedMls:
    """The protocol, keeping the queries; `before` is called with the number of each page, from 1."""

    within: Any
    before: Callable[[int], Awaitable[None]]
    queries: list[MlsQuery] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        self.queries.append(query)
        await self.before(len(self.queries))
        page: MlsPage = await self.within.fetch(source, query, position)
        return page


async def _nothing(number: int) -> None:
    return


def watch_mls(world: World, before: Callable[[int], Awaitable[None]] = _nothing) -> WatchedMls:
    """Let the world's MLS be watched."""
    watched = WatchedMls(world.ports.mls[PROTOCOL], before)
    world.ports = replace(world.ports, mls={PROTOCOL: watched})
    return watched


def replace_mls(world: World, mls: Any) -> None:
    """Let the world have this for its MLS."""
    world.ports = replace(world.ports, mls={PROTOCOL: mls})


@dataclass
class PhotosOfMls:
    """The protocol, where `before` is called with each photo before it is fetched."""

    within: Any
    before: Callable[[Media], Awaitable[None]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        await self.before(media)
        data: bytes = await self.within.photo(source, media)
        return data


def watch_photos(world: World, before: Callable[[Media], Awaitable[None]]) -> None:
    """Let something happen, or go wrong, while a photo is being fetched."""
    watched = PhotosOfMls(world.ports.mls[PROTOCOL], before)
    world.ports = replace(world.ports, mls={PROTOCOL: watched})


@dataclass
class WatchedPlatform:
    """A platform; `after` is called when a post is up, before its answer arrives."""

    within: Any
    after: Callable[[], Awaitable[None]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def publish(self, tokens: SocialTokens, draft: Draft, step: str) -> Published:
        published: Published = await self.within.publish(tokens, draft, step)
        await self.after()
        return published


def watch_facebook(world: World, after: Callable[[], Awaitable[None]]) -> None:
    """Let something happen while a post is being sent to Facebook."""
    watch_platform(world, "facebook", after)


def watch_platform(world: World, slug: str, after: Callable[[], Awaitable[None]]) -> None:
    """Let something happen while a post is being sent to a platform."""
    watched = WatchedPlatform(world.ports.social[slug], after)
    world.ports = replace(world.ports, social={slug: watched})


@dataclass
class RacedListings:
    """The listings, where another writer is faster with one of them before each step of a run."""

    within: Any
    race: Callable[[], Awaitable[None]]
    steps: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def save_step(self, saves: Any, run: Any, *, fence: Any) -> Any:
        self.steps += 1
        await self.race()
        return await self.within.save_step(saves, run, fence=fence)


def race_listings(world: World, race: Callable[[], Awaitable[None]]) -> RacedListings:
    """Let something happen before each step of a run is written."""
    raced = RacedListings(world.ports.listings, race)
    world.ports = replace(world.ports, listings=raced)
    return raced
