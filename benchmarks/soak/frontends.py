"""The clients of a soak that ask, edit, synchronize and publish, and the brokers who sell homes in the MLS."""

from benchmarks.soak import documents
from benchmarks.soak.graph import Json
from benchmarks.soak.scene import Scene

_ENDED = ("FAILED", "UNPUBLISHED")
_KEPT_FOR_SALE = 5
"""One home of so many stays for sale at least."""


async def read(scene: Scene) -> None:
    """Ask what a frontend asks, as any of the users."""
    graph = scene.chance.choice(scene.graphs)
    name = scene.chance.choice(list(documents.READ))
    await graph.query(name, documents.READ[name])


async def edit(scene: Scene) -> None:
    """Change a listing, which the next synchronization sets right."""
    graph = scene.chance.choice(scene.graphs)
    text = f"Edited by hand, number {scene.diary.counts['updateListing']}."
    listing = scene.listing(graph)["id"]
    await graph.mutate("updateListing", documents.EDIT, listingId=listing, description=text)


async def synchronize(scene: Scene) -> None:
    """Ask for the news of the connection that has waited the longest; no interval is as short as this."""
    graph, connection = scene.connections.pop(0)
    scene.connections.append((graph, connection))
    if scene.chance.random() < 0.1:
        incremental = {"connectionId": connection, "mode": "INCREMENTAL"}
        await graph.mutate("importMlsListings", documents.IMPORT, **incremental)
    else:
        await graph.mutate("syncMlsStatus", documents.SYNC, connectionId=connection)


async def publish(scene: Scene) -> None:
    """Publish a home that is for sale on some accounts where it is not up; now and then take one down."""
    graph = scene.agent
    await scene.read_listings(graph)
    shown = [listing for listing in scene.listings[graph.user] if listing["publishable"]]
    if not shown:
        return
    listing = scene.chance.choice(shown)
    busy = {post["account"]["id"] for post in _live(listing)}
    free = [account for account in scene.accounts if account not in busy]
    if scene.chance.random() < 0.15 and busy:
        await graph.mutate("unpublishPost", documents.UNPUBLISH, postId=_live(listing)[0]["id"])
    elif free:
        wanted = scene.chance.sample(free, min(len(free), scene.chance.randint(1, 3)))
        number = scene.diary.counts["publishPost"]
        await graph.mutate(
            "publishPost",
            documents.PUBLISH,
            listingId=listing["id"],
            accountIds=wanted,
            text=f"A home to live in, number {number}.",
            idempotencyKey=f"wish-{number}",
        )


def _live(listing: Json) -> list[Json]:
    return [post for post in listing["posts"]["nodes"] if post["state"] not in _ENDED]


async def sell(scene: Scene) -> None:
    """A home is sold, comes back, becomes cheaper, or is new."""
    homes = await scene.outside.homes()
    for_sale = [home for home in homes if home["status"] == "Active"]
    sold = [home for home in homes if home["status"] == "Closed"]
    dice = scene.chance.random()
    if dice < 0.45 and len(for_sale) > scene.plan.homes // _KEPT_FOR_SALE:
        await scene.outside.change(scene.chance.choice(for_sale)["key"], {"StandardStatus": "Closed"})
        scene.diary.count("homes sold")
    elif dice < 0.85 and sold:
        back = {"StandardStatus": "Active", "CloseDate": None, "ClosePrice": None}
        await scene.outside.change(scene.chance.choice(sold)["key"], back)
        scene.diary.count("homes back on the market")
    elif dice < 0.97 and for_sale:
        home = scene.chance.choice(for_sale)
        await scene.outside.change(home["key"], {"ListPrice": int(home["price"] * 0.98)})
        scene.diary.count("prices changed")
    elif len(homes) < 2 * scene.plan.homes:
        await scene.outside.list_home(scene.chance.randint(200, 900) * 1_000)
        scene.diary.count("homes listed")
