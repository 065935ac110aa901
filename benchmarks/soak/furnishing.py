"""How the users of a soak come to connections, listings and accounts: by the graph, as frontends do it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.soak import documents
from benchmarks.soak.graph import Graph, Json
from benchmarks.soak.scene import PLATFORMS, Scene

PATIENCE_SECONDS = 240.0
_AGAIN_SECONDS = 1.0
_LATE_SECONDS = 30.0


async def furnish(scene: Scene) -> None:
    """Connect, import, and link; raises RuntimeError if that does not work, before there is any fault."""
    first = scene.plan.connections - scene.plan.newcomers
    for number in range(first):
        made = await _connected(scene, number)
        scene.connections.append((_graph(scene, number), _good(made)["connection"]["id"]))
    for graph, connection in scene.connections:
        _good(await graph.mutate("importMlsListings", documents.IMPORT, connectionId=connection))
    for platform in PLATFORMS:
        await _link(scene, platform)
    await scene.outside.allow(posts=10_000)
    await _imported(scene)


async def arrive(scene: Scene) -> None:
    """Connect the newcomers at the time of the plan, and import: there are faults by then, so that either may
    have to be asked for more than once. A defect if they are not there soon after the load is over."""
    await asyncio.sleep(max(0.0, scene.plan.arrival * scene.plan.seconds - scene.diary.age))
    try:
        async with asyncio.timeout(scene.plan.seconds - scene.diary.age + _LATE_SECONDS):
            for number in range(len(scene.connections), scene.plan.connections):
                scene.connections.append(await _arrived(scene, number))
                scene.diary.count("newcomers")
    except TimeoutError:
        scene.diary.defect("a connection that was made in mid-run does not work")


async def _arrived(scene: Scene, number: int) -> tuple[Graph, str]:
    graph = _graph(scene, number)
    made = await _until_good(partial(_connected, scene, number))
    wanted = {"connectionId": made["connection"]["id"]}
    await _until_good(partial(graph.mutate, "importMlsListings", documents.IMPORT, **wanted))
    return graph, wanted["connectionId"]


async def _until_good(ask: Callable[[], Awaitable[Json | None]]) -> Json:
    while True:
        payload = await ask()
        if payload is not None and not payload["userErrors"]:
            return payload
        await asyncio.sleep(_AGAIN_SECONDS)


def _graph(scene: Scene, number: int) -> Graph:
    """Whose the connection of this number is."""
    return scene.graphs[number % len(scene.graphs)]


async def _connected(scene: Scene, number: int) -> Json | None:
    mls = scene.outside.endpoints["sandboxMls"]
    wanted = {
        "provider": f"mls-{number:02d}",
        "protocol": mls["protocol"],
        "vendor": "generic",
        "url": mls["url"],
        "credentials": mls["clientCredentials"] if number % 2 else mls["credentials"],
    }
    return await _graph(scene, number).mutate("connectMls", documents.CONNECT, **wanted)


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
            if len(listings) == len(homes) * len(scene.connections) and "PENDING" not in photos:
                return
            await asyncio.sleep(0.5)


def _good(payload: Json | None) -> Any:
    if payload is None or payload["userErrors"]:
        raise RuntimeError(f"the soak cannot begin: {payload}")
    return payload
