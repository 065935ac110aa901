"""What a soak works on: users with connections, listings and accounts, made by the graph as frontends do it."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.development_issuer import DevelopmentIssuer
from benchmarks.soak import documents
from benchmarks.soak.diary import Diary
from benchmarks.soak.graph import Graph, Json
from benchmarks.soak.outside import Outside
from benchmarks.soak.plan import Plan

PLATFORMS = ("facebook", "instagram", "linkedin")
PATIENCE_SECONDS = 240.0


@dataclass
class Scene:
    """The users and what they have.

    Attributes:
        graphs: a client of each user; the first one publishes.
        connections: whose they are, and their global ids.
        accounts: the global ids of the first user's accounts.
        listings: each user's, as they were last read.
        sent: how many events of which kind were reported for a listing, by its global id.
        quiet: held while nobody may visit, because whether a visit counts could not be told.
    """

    plan: Plan
    diary: Diary
    outside: Outside
    graphs: list[Graph]
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    connections: list[tuple[Graph, str]] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    listings: dict[str, list[Json]] = field(default_factory=dict)
    sent: dict[str, Counter[str]] = field(default_factory=dict)
    quiet: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def agent(self) -> Graph:
        """The user who publishes."""
        return self.graphs[0]

    def listing(self, graph: Graph) -> Json:
        """Any of a user's listings."""
        return self.chance.choice(self.listings[graph.user])

    def note(self, listing_id: str, kind: str, number: int = 1) -> None:
        """So many events were reported, and are to be counted."""
        self.sent.setdefault(listing_id, Counter())[kind] += number

    async def read_listings(self, graph: Graph) -> None:
        """Read all of a user's; those of before stay where an answer fails."""
        found: list[Json] = []
        after = None
        while True:
            data = await graph.query("all listings", documents.LISTINGS, first=50, after=after)
            if data is None:
                return
            found += data["listings"]["nodes"]
            if not data["listings"]["pageInfo"]["hasNextPage"]:
                self.listings[graph.user] = found
                return
            after = data["listings"]["pageInfo"]["endCursor"]


def graphs(plan: Plan, endpoints: Json, issuer: DevelopmentIssuer, diary: Diary) -> list[Graph]:
    """A client for each user."""
    names = [f"agent-{number}" for number in range(plan.users)]
    return [Graph(endpoints["graph"]["url"], name, issuer.token(name, []), diary) for name in names]


async def furnish(scene: Scene) -> None:
    """Connect, import, and link; raises RuntimeError if that does not work, before there is any fault."""
    mls = scene.outside.endpoints["sandboxMls"]
    for number in range(scene.plan.connections):
        graph = scene.graphs[number % len(scene.graphs)]
        login = mls["clientCredentials"] if number % 2 else mls["credentials"]
        wanted = {
            "provider": f"mls-{number:02d}",
            "protocol": mls["protocol"],
            "vendor": "generic",
            "url": mls["url"],
            "credentials": login,
        }
        made = _good(await graph.mutate("connectMls", documents.CONNECT, **wanted))
        scene.connections.append((graph, made["connection"]["id"]))
    for graph, connection in scene.connections:
        _good(await graph.mutate("importMlsListings", documents.IMPORT, connectionId=connection))
    for platform in PLATFORMS:
        await _link(scene, platform)
    await scene.outside.allow(posts=10_000)
    await _imported(scene)


async def _link(scene: Scene, platform: str) -> None:
    graph = scene.agent
    begun = _good(await graph.mutate("beginSocialLink", documents.BEGIN_LINK, platform=platform))
    back = parse_qs(urlsplit(await scene.outside.consent(begun["authorizationUrl"])).query)
    known = {"platform": platform, "code": back["code"][0], "state": back["state"][0]}
    done = _good(await graph.mutate("completeSocialLink", documents.COMPLETE_LINK, **known))
    scene.accounts += [account["id"] for account in done["accounts"]]


async def _imported(scene: Scene) -> None:
    """Wait until every listing and photo is there."""
    homes = [home for home in await scene.outside.homes() if home["status"] != "Incomplete"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            for graph in scene.graphs:
                await scene.read_listings(graph)
            listings = [listing for found in scene.listings.values() for listing in found]
            photos = [photo["state"] for listing in listings for photo in listing["photos"]]
            if len(listings) == len(homes) * scene.plan.connections and "PENDING" not in photos:
                return
            await asyncio.sleep(0.5)


def _good(payload: Json | None) -> Any:
    if payload is None or payload["userErrors"]:
        raise RuntimeError(f"the soak cannot begin: {payload}")
    return payload
