"""A user's things: handed out whole and without secrets, removed to the last, and nobody else's touched."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from graphql import GraphQLInterfaceType

from adapters.tables import owned
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Item
from app.graphql_app import build_schema
from app.upkeep.people import erase
from app.upkeep.takeout import ROOTS, export
from domain.entities.alert import AlertMetric
from domain.entities.metrics import EventKind
from domain.entities.notification import Subject, SubjectType
from domain.entities.post import PostState
from domain.use_cases.alerts import create_alert
from domain.use_cases.counting import EventInput, record_event
from domain.use_cases.linking import begin_social_link
from tests.graph import seeds
from tests.world import steps
from tests.world.world import USER, World

OTHER = f"{USER}x"
"""Begins as the other one does."""


async def furnish(world: World, user: str) -> None:
    """Something of every kind."""
    ports = world.ports
    connection, _, _ = await seeds.connection_with_run(ports, user)
    home = await seeds.listing(ports, user, connection_id=connection.id)
    page = await seeds.account(ports, user)
    await seeds.post(ports, user, home, page, PostState.UNPUBLISHED)
    event = EventInput(kind=EventKind.INQUIRY, listing_id=home.id, name="Ann", message="Is it free?")
    await record_event(ports, user_id=user, event=event)
    await seeds.notification(ports, user, Subject(SubjectType.LISTING, home.id))
    await seeds.webhook(ports, user)
    await create_alert(
        ports, user_id=user, metric=AlertMetric.VIEWS, threshold=100, window_days=7, listing_id=home.id
    )
    await begin_social_link(ports, user_id=user, platform="facebook")
    key = next(photo.original_key for photo in home.photos if photo.original_key)
    await world.files.put(key, b"jpeg", content_type="image/png")


async def stored(world: World, user: str) -> list[Item]:
    """All items of a user, as they are stored."""
    assert isinstance(world.table, SqliteTable)
    keys = set(await owned.traces(world.table, user))
    items = (await world.table.everything()).items
    return [item for item in items if (item["PK"], item["SK"]) in keys]


def seconds(world: World) -> Callable[[], float]:
    """The world's clock, by which patience is measured."""
    return lambda: world.clock.now().timestamp()


async def test_everything_of_a_user_goes_once_the_posts_are_down(world: World) -> None:
    assert isinstance(world.table, SqliteTable)
    await furnish(world, OTHER)
    await furnish(world, USER)
    connection = await steps.connect(world)
    await steps.import_all(world, connection)
    pages = await steps.link_facebook(world)
    home = next(
        home for home in await steps.listings(world) if home.publishable and home.mls_provider == "sandbox"
    )
    (post, _) = await steps.publish(world, home, *pages)
    assert post.state is PostState.PUBLISHED
    others = await stored(world, OTHER)
    assert len(others) > 10

    world.sandboxes.facebook_fault(match="any", kind="status", status=503, times=None)
    done = await erase(
        world.ports, world.table, USER, patience=30, sleep=world.clock.sleep, monotonic=seconds(world)
    )
    assert {one.listing_id for one in done.still_up} == {home.id}
    assert done.items == 0
    assert len(await world.eyes.social_accounts.of_user(USER)) >= 2  # or nothing could come down any more

    world.sandboxes.http.delete(f"{world.sandboxes.facebook}/_control/faults").raise_for_status()
    done = await erase(
        world.ports, world.table, USER, patience=9_000, sleep=world.clock.sleep, monotonic=seconds(world)
    )
    assert (done.still_up, done.by_hand, done.allowed) == ([], [], ["facebook"])
    assert world.sandboxes.live_posts() == []
    assert done.items > 30
    assert await stored(world, USER) == []
    assert [key async for key in world.files.list("") if f"/{USER}/" in key] == []
    assert await stored(world, OTHER) == others
    again = await erase(world.ports, world.table, USER, sleep=world.clock.sleep)
    assert (again.items, again.files) == (0, 0)


async def test_an_export_holds_everything_but_secrets(world: World, tmp_path: Path) -> None:
    await furnish(world, USER)
    await furnish(world, OTHER)
    path = tmp_path / "demo.zip"
    counts = await export(world.ports, USER, path)
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    found = {name.removesuffix(".json"): json.loads(text) for name, text in texts.items() if ".json" in name}
    assert all(found.values()), found
    assert {name: len(things) for name, things in found.items()} == {
        name: count for name, count in counts.items() if name in found
    }
    (home,) = found["listings"]
    assert home["price"]["amount"] == "525000.00"
    assert home["connection"]["id"] == found["mlsConnections"][0]["id"]
    assert found["inquiries"][0]["name"] == "Ann"
    assert (found["metrics"][0]["listing"]["id"], found["metrics"][0]["inquiries"]) == (home["id"], 1)
    (photo,) = [name for name in texts if name.startswith("photos/")]
    assert (photo.split("/")[1], texts[photo]) == (home["id"], "jpeg")
    everything = "".join(texts.values())
    assert not [secret for secret in ("secret-token", "whsec_", "v1.k1.", OTHER) if secret in everything]


def test_whatever_has_an_id_of_its_own_is_exported() -> None:
    schema = build_schema()._schema
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    kinds = {kind.name for kind in schema.get_possible_types(node)}
    assert schema.query_type is not None
    told = " ".join(str(schema.query_type.fields[root].type) for root in ROOTS)
    assert [kind for kind in sorted(kinds) if kind not in told] == []
