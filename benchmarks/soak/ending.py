"""What must be true once all work has come to rest: of listings, posts, counters, files and what is owed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.soak import documents
from benchmarks.soak.rest import SHARDS, listings_of, owed_work, posts_of, targets
from benchmarks.soak.scene import PLATFORMS, Scene
from domain.entities.common import PageRequest
from domain.entities.listing import PhotoState
from domain.entities.post import Post, PostState
from domain.ports import Ports
from domain.rules.photos import files_of, renditions_of

_EXAMPLES = 3
_SETTLED = (PostState.PUBLISHED, PostState.UNPUBLISHED, PostState.FAILED)
_TOTALS = {"VIEW": "totalViews", "SHARE": "totalShares", "INQUIRY": "totalInquiries", "CLICK": "totalClicks"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what is wrong with it; nothing if it is as it should be."""

    what: str
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        shown = "; ".join(self.wrong[:_EXAMPLES])
        return f"{self.what}: {f'{len(self.wrong)} wrong: {shown}' if self.wrong else 'right'}"


Look = Callable[[Ports, Scene], Awaitable[Iterable[str]]]


async def checks(ports: Ports, scene: Scene, data: Path) -> list[Check]:
    """Look at everything.

    Args:
        data: the system's data folder.
    """
    looks: dict[str, Look] = {
        "connections": _connections,
        "listings as the MLS has them": _listings,
        "photos": _photos,
        "posts and the homes they show": _posts,
        "posts on the platforms": _platforms,
        "counters": _counters,
        "work that is owed": _owed,
        "dead letters": _dead,
        "stored files": _files,
    }
    found = [Check(what, tuple(await look(ports, scene))) for what, look in looks.items()]
    drafts = await asyncio.to_thread(lambda: [str(path) for path in data.rglob("*.tmp")])
    return [*found, Check("drafts of files", tuple(drafts))]


async def _connections(ports: Ports, scene: Scene) -> Iterable[str]:
    found = [one for graph in scene.graphs for one in await ports.mls_connections.of_user(graph.user)]
    wrong = [f"{one.provider} needs action: {one.needs_action}" for one in found if one.needs_action]
    if len(found) != scene.plan.connections:
        wrong.append(f"{len(found)} connections")
    return wrong


async def _listings(ports: Ports, scene: Scene) -> Iterable[str]:
    """Every home of the MLS once for each connection, in its status and at its price, and nothing of edits."""
    homes = {home["key"]: home for home in await scene.outside.homes() if home["status"] != "Incomplete"}
    wrong = []
    for graph in scene.graphs:
        for connection in await ports.mls_connections.of_user(graph.user):
            found = await listings_of(ports, graph.user, connection.id)
            if Counter(one.facts.listing_key for one in found) != Counter(list(homes)):
                wrong.append(f"{connection.provider} has {len(found)} listings of {len(homes)} homes")
            for one in found:
                home = homes.get(one.facts.listing_key or "", {})
                seen = (one.facts.standard_status, one.facts.price and int(one.facts.price))
                if seen != (home.get("status"), home.get("price")):
                    wrong.append(f"{one.id} is {seen}, in the MLS {home}")
                if one.locally_edited:
                    wrong.append(f"{one.id} still has an edit")
    return wrong


async def _photos(ports: Ports, scene: Scene) -> Iterable[str]:
    wrong = []
    for graph in scene.graphs:
        for connection in await ports.mls_connections.of_user(graph.user):
            for one in await listings_of(ports, graph.user, connection.id):
                wrong += [
                    f"{one.id}: {photo.state} {photo.failure}"
                    for photo in one.photos
                    if photo.state is not PhotoState.STORED
                ]
    return wrong


async def _posts(ports: Ports, scene: Scene) -> Iterable[str]:
    """A sold home has no post that is up; a wish for a home that is for sale has exactly one."""
    user = scene.agent.user
    wrong = []
    for listing_id, account_id in await targets(ports, user):
        posts = [one for one in await posts_of(ports, user, (), listing_id) if one.account_id == account_id]
        listing = await ports.listings.get(user, listing_id)
        up = sum(post.state is PostState.PUBLISHED for post in posts)
        wished = posts[0].state is not PostState.UNPUBLISHED
        unsettled = [post for post in posts if post.state not in _SETTLED]
        if unsettled:
            wrong.append(f"{unsettled[0].id} is {unsettled[0].state}: {unsettled[0].failure}")
        if listing is None or listing.takedown is not None:
            wrong += [f"{listing_id} is off the market and has {up} posts up"] if up else []
        elif listing.publishable and up != int(wished):
            wrong.append(f"{listing_id} has {up} posts up on {account_id}: {_told(posts)}")
    return wrong


def _told(posts: list[Post]) -> list[str]:
    return [f"{post.state} {post.failure.code if post.failure else ''}" for post in posts]


async def _platforms(ports: Ports, scene: Scene) -> Iterable[str]:
    """What is up there is what we know to be up, each once."""
    posts = await posts_of(ports, scene.agent.user, (PostState.PUBLISHED,))
    wrong = []
    for platform in PLATFORMS:
        known = Counter(str(post.platform_post_id) for post in posts if post.platform == platform)
        there = Counter(await scene.outside.live(platform))
        wrong += [f"{id} is up on {platform}, and nobody knows" for id in there - known]
        wrong += [f"{id} is not up on {platform}" for id in known - there]
    return wrong


async def _counters(ports: Ports, scene: Scene) -> Iterable[str]:
    """Each event that was sent counts once, and no other does."""
    wrong = []
    for graph in scene.graphs:
        for listing in scene.listings[graph.user]:
            data = await graph.query("sums", documents.SUMS, id=listing["id"])
            sums = (data or {}).get("aggregatedMetrics") or {}
            sent = scene.sent.get(listing["id"], Counter())
            seen = {kind: sums.get(total) for kind, total in _TOTALS.items()}
            if seen != {kind: sent[kind] for kind in _TOTALS}:
                wrong.append(f"{seen} were counted and {dict(sent)} sent")
    return wrong


async def _owed(ports: Ports, scene: Scene) -> Iterable[str]:
    return [f"{one.kind} {one.target}: {one.failure}" for one in await owed_work(ports)]


async def _dead(ports: Ports, scene: Scene) -> Iterable[str]:
    """None are expected: nothing that is injected is for good."""
    return [
        f"{one.kind} {one.target}: {one.failure}"
        for shard in range(SHARDS)
        for one in (await ports.intents.dead(shard, PageRequest(100))).items
    ]


async def _files(ports: Ports, scene: Scene) -> Iterable[str]:
    """What is stored is what listings name: all that they must have, and nothing that nobody names."""
    needed: set[str] = set()
    named: set[str] = set()
    for graph in scene.graphs:
        for connection in await ports.mls_connections.of_user(graph.user):
            for one in await listings_of(ports, graph.user, connection.id):
                for photo in (*one.photo_set.photos, *one.photo_set.removed):
                    needed.update(files_of(photo))
                    named.update(renditions_of(photo))
    stored = {key async for key in ports.files.list("")}
    wrong = [f"{key} is missing" for key in sorted(needed - stored)]
    return [*wrong, *(f"{key} is named by nothing" for key in sorted(stored - needed - named))]
