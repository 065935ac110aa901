"""Listings' changes as they happen: each once and in order, whoever writes them and however slow the reader is."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from adapters.tables.repositories import Repositories, repositories
from adapters.tables.sqlite import SqliteTable
from adapters.vault import Vault
from domain.entities.change import ListingChange
from domain.entities.common import Page, PageRequest
from domain.ports import ListingSave, Ports
from resolvers.watches import SETTLED, ChangeWatch
from tests.contracts.nouns import make
from tests.graph.client import Client, Socket
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

WATCHED = """subscription { listingChanges {
  id kind field old new source overrodeLocalEdit at listing { id } run { id } } }"""
MISSED = """query($since: DateTime!, $first: Int, $after: String) {
  listingChangesSince(since: $since, first: $first, after: $after) {
    nodes { id kind field listing { id } } pageInfo { hasNextPage endCursor } } }"""
USER = "alice"
BEGIN = datetime(2026, 10, 5, 12, tzinfo=UTC)


@dataclass
class Watched:
    """A store with a clock, and how often the trail of the user was read."""

    nouns: Repositories
    time: datetime = BEGIN
    reads: int = 0

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **times: float) -> None:
        self.time += timedelta(**times)

    @property
    def changes(self) -> "Watched":
        return self

    async def since(self, user_id: str, moment: datetime, page: PageRequest) -> Page[ListingChange]:
        self.reads += 1
        return await self.nouns.changes.since(user_id, moment, page)

    async def write(self, *ids: str, written: datetime | None = None) -> None:
        """A listing with these changes; `written` by a writer whose clock says so."""
        now, self.time = self.time, written or self.time
        changes = tuple(make.a_change(id, f"home-{ids[0]}") for id in ids)
        save = ListingSave(listing=make.a_listing(f"home-{ids[0]}"), changes=changes)
        await self.nouns.listings.create(save)
        self.time = now

    def watch(self) -> ChangeWatch:
        return ChangeWatch(cast(Ports, self), USER, self.time)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Watched]:
    table = SqliteTable(tmp_path / "table.sqlite")
    watched = Watched(cast(Repositories, None))
    watched.nouns = repositories(table, Vault({"k1": b"v" * 32}, "k1"), watched.now)
    yield watched
    await table.close()


async def look(watch: ChangeWatch) -> list[str]:
    return [change.id async for change in watch.changed()]


class TestTheWatch:
    async def test_each_change_comes_once(self, store: Watched) -> None:
        await store.write("before")
        store.pass_by(milliseconds=1)
        watch = store.watch()
        assert await look(watch) == []
        await store.write("a", "b")
        assert await look(watch) == ["a", "b"]
        store.pass_by(seconds=1)
        await store.write("c")
        assert await look(watch) == ["c"]
        for _ in range(3):
            store.pass_by(seconds=20)
            assert await look(watch) == []
        await store.write("d")
        assert await look(watch) == ["d"]

    async def test_a_change_that_appears_before_others_is_not_missed(self, store: Watched) -> None:
        """Its writer began before, and ended after, those that were seen."""
        watch = store.watch()
        store.pass_by(seconds=60)
        await store.write("a")
        assert await look(watch) == ["a"]
        store.pass_by(seconds=10)
        await store.write("late", written=store.now() - SETTLED + timedelta(seconds=1))
        assert await look(watch) == ["late"]
        store.pass_by(seconds=60)
        assert await look(watch) == []

    @pytest.mark.parametrize("apart", [0, 1, 400])
    async def test_more_than_a_page(self, store: Watched, apart: int) -> None:
        """All at one moment, within seconds, and over minutes."""
        watch = store.watch()
        expected = []
        for number in range(250):
            expected.append(f"c{number:03d}")
            await store.write(expected[-1])
            store.pass_by(milliseconds=apart)
        assert await look(watch) == expected
        assert await look(watch) == []
        await store.write("more")
        assert await look(watch) == ["more"]

    async def test_a_slow_reader_lets_the_store_wait_and_misses_nothing(self, store: Watched) -> None:
        watch = store.watch()
        for number in range(300):
            await store.write(f"c{number:03d}")
            store.pass_by(seconds=1)
        changed = watch.changed()
        first = await anext(changed)
        assert store.reads == 1
        for number in range(300, 350):
            await store.write(f"c{number:03d}")
            store.pass_by(seconds=1)
        rest = [change.id async for change in changed]
        assert [first.id, *rest] == [f"c{number:03d}" for number in range(350)]

    async def test_a_quiet_look_reads_one_page(self, store: Watched) -> None:
        watch = store.watch()
        for number in range(120):
            await store.write(f"c{number:03d}")
        await look(watch)
        store.pass_by(seconds=60)
        await look(watch)
        store.reads = 0
        await look(watch)
        assert store.reads == 1


def edit(client: Client, listing: str, **changes: Any) -> None:
    client.done("updateListing", "listing { id }", listingId=listing, **changes)


def begun(client: Client, socket: Socket, listing: str) -> int:
    """Subscribe, and edit until the first change comes: without a snapshot nothing else says that it began.

    Returns:
        The bedrooms that the listing has now, all of whose changes have come.
    """
    socket.subscribe(WATCHED)
    for number in range(1, 30):
        edit(client, listing, bedrooms=number)
        if message := socket.soon(0.5):
            while message["payload"]["data"]["listingChanges"]["new"] != str(number):
                message = socket.receive()
            return number
    raise AssertionError("The subscription never began.")


def test_an_edit_is_told_with_its_listing(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    with alice.socket() as socket:
        bedrooms = begun(alice, socket, listing)
        edit(alice, listing, bedrooms=bedrooms + 1, address={"zipCode": "78701"})
        changes = [socket.next()["listingChanges"] for _ in range(2)]
        by_field = {change["field"]: change for change in changes}
        assert set(by_field) == {"bedrooms", "zipCode"}
        told = by_field["bedrooms"]
        assert {**told, "id": "", "at": ""} == {
            "id": "",
            "at": "",
            "kind": "CHANGED",
            "field": "bedrooms",
            "old": str(bedrooms),
            "new": str(bedrooms + 1),
            "source": "USER",
            "overrodeLocalEdit": False,
            "listing": {"id": listing},
            "run": None,
        }


def test_others_changes_are_not_told(alice: Client, bob: Client) -> None:
    mine = alice.done("createListing", "listing { id }")["listing"]["id"]
    theirs = bob.done("createListing", "listing { id }")["listing"]["id"]
    with alice.socket() as socket:
        bedrooms = begun(alice, socket, mine)
        edit(bob, theirs, bedrooms=99)
        edit(alice, mine, bedrooms=bedrooms + 1)
        assert socket.next()["listingChanges"]["listing"] == {"id": mine}


def test_a_creation_and_a_deletion_are_told(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    with alice.socket() as socket:
        begun(alice, socket, listing)
        other = alice.done("createListing", "listing { id }")["listing"]["id"]
        assert socket.next()["listingChanges"]["kind"] == "CREATED"
        alice.done("deleteListing", "deletedId", listingId=other)
        told = socket.next()["listingChanges"]
        assert (told["kind"], told["listing"]) == ("DELETED", {"id": other})


@pytest.fixture
def two_servers(
    tmp_path: Path, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[Callable[[int], Client]]:
    """Two processes' worth of servers over one store."""
    servers = [GraphServer(tmp_path, served_sandboxes, redis_url).start() for _ in range(2)]
    clients = [Client(server, "alice") for server in servers]
    yield clients.__getitem__
    for client in clients:
        client.close()
    for server in servers:
        server.stop()


def test_what_another_process_writes_is_told(two_servers: Callable[[int], Client]) -> None:
    here, there = two_servers(0), two_servers(1)
    listing = there.done("createListing", "listing { id }")["listing"]["id"]
    with here.socket() as socket:
        bedrooms = begun(there, socket, listing)
        edit(there, listing, bedrooms=bedrooms + 1)
        assert socket.next()["listingChanges"]["new"] == str(bedrooms + 1)


def test_what_was_missed_can_be_read(alice: Client) -> None:
    begin = datetime.now(UTC).isoformat()
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    for bedrooms in (1, 2, 3):
        edit(alice, listing, bedrooms=bedrooms)
    page = alice.ask(MISSED, since=begin, first=3)["listingChangesSince"]
    assert page["pageInfo"]["hasNextPage"]
    rest = alice.ask(MISSED, since=begin, first=3, after=page["pageInfo"]["endCursor"])["listingChangesSince"]
    kinds = [change["kind"] for change in [*page["nodes"], *rest["nodes"]]]
    assert kinds == ["CREATED", "CHANGED", "CHANGED", "CHANGED"]
    everything = alice.ask(MISSED, since="0001-01-01T00:00:00Z")["listingChangesSince"]["nodes"]
    assert everything == [*page["nodes"], *rest["nodes"]]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert alice.ask(MISSED, since=later)["listingChangesSince"]["nodes"] == []
