"""What a soak works on: users with connections, listings and accounts."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from app.development_issuer import DevelopmentIssuer
from benchmarks.soak import documents
from benchmarks.soak.diary import Diary
from benchmarks.soak.graph import Graph, Json
from benchmarks.soak.outside import Outside
from benchmarks.soak.plan import Plan

PLATFORMS = ("facebook", "instagram", "linkedin")


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
