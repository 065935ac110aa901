"""What Prometheus is told of synchronizations and of work that waits, and that it names nobody."""

import re
from dataclasses import replace
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from adapters.meter import PrometheusMeter
from domain.entities.intent import Ask, Dead, IntentKind, Later
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.errors import ActionRequired
from domain.use_cases.freshness import count_freshness
from tasks.watching import measure_lanes, measure_removals
from tests.scenarios.hand_mls import a_row, connect_by_hand
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, listings, publish, publishable, sync
from tests.world.world import USER

Samples = dict[tuple[str, ...], float]
SECONDS = "yardsign_sync_duration_seconds"
SUCCESS = ("yardsign_sync_last_success_timestamp_seconds", "hand")
OLDEST = ("yardsign_connection_freshness_seconds", "hand")
NAMES = {
    "yardsign_syncs",
    SECONDS,
    SUCCESS[0],
    OLDEST[0],
    "yardsign_connections",
    "yardsign_connections_stale",
    "yardsign_connections_counted_timestamp_seconds",
    "yardsign_due_intents_oldest_age_seconds",
}


def read(meter: PrometheusMeter) -> Samples:
    """What a scrape finds: the name of each sample with the values of its labels, by the labels' names."""
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(meter.exposition()[0].decode())
        for sample in family.samples
    }


def syncs(samples: Samples) -> Samples:
    """How many ended, by kind, outcome and protocol."""
    return {name[1:]: value for name, value in samples.items() if name[0] == "yardsign_syncs_total"}


async def pass_a_period(world: World) -> None:
    world.clock.move(20 * 60)
    await world.work(horizon=timedelta(seconds=1))


async def test_synchronizations_are_counted_and_timed_and_nobody_is_named(world: World) -> None:
    hand, connection = await connect_by_hand(world, a_row("1"))
    await import_all(world, connection)
    imported = read(world.meter)
    assert syncs(imported) == {("import", "succeeded", "hand"): 1}

    async def take_seven_seconds() -> None:
        world.clock.move(7)

    hand.before = take_seven_seconds
    await pass_a_period(world)
    polled = read(world.meter)
    assert syncs(polled) == {**syncs(imported), ("poll", "succeeded", "hand"): 1}
    assert 7 <= polled[f"{SECONDS}_sum", "poll", "hand"] < 10
    edges = ("5.0", "10.0")
    assert [polled[f"{SECONDS}_bucket", "poll", edge, "hand"] for edge in edges] == [0, 1]
    assert polled[SUCCESS] > imported[SUCCESS] + 15 * 60

    hand.refusals = [ActionRequired("The account is suspended.")]
    await pass_a_period(world)
    failed = read(world.meter)
    assert syncs(failed) == {**syncs(polled), ("sync", "failed", "hand"): 1}
    assert failed[SUCCESS] == polled[SUCCESS]

    await count_freshness(world.ports)
    await measure_lanes(world.ports)
    text = world.meter.exposition()[0].decode()
    assert {family.name for family in text_string_to_metric_families(text)} >= NAMES
    for private in (USER, connection.id, connection.label or "mls.example", "N1"):
        assert not re.search(rf"\b{re.escape(private)}\b", text)


async def test_freshness_is_counted_in_parts_and_outlives_its_process(world: World) -> None:
    async def synchronized(minutes_ago: float | None, *, enabled: bool = True) -> MlsConnection:
        now = world.clock.now()
        connection = MlsConnection(
            id=world.ports.new_id(),
            user_id=USER,
            provider="hand",
            protocol="hand",
            url="",
            last_synced_at=None if minutes_ago is None else now - timedelta(minutes=minutes_ago),
            created_at=now,
            updated_at=now,
            enabled=enabled,
        )
        return await world.ports.mls_connections.create(connection, MlsCredentials())

    old = await synchronized(45)
    for minutes_ago, enabled in ((5, True), (None, True), (1, False), (25, True)):
        await synchronized(minutes_ago, enabled=enabled)
    world.let_indexes_catch_up()
    await count_freshness(world.ports, together=2)
    found = read(world.meter)
    assert (found["yardsign_connections", "hand"], found["yardsign_connections_stale", "hand"]) == (4, 1)
    assert found["yardsign_connections", "rets"] == 0
    assert ("yardsign_connection_freshness_seconds", "rets") not in found
    assert 45 * 60 <= found[OLDEST] < 46 * 60

    await world.ports.mls_connections.save(replace(old, enabled=False))
    world.let_indexes_catch_up()
    just_begun = PrometheusMeter()
    for meter in (world.meter, just_begun):
        await count_freshness(replace(world.ports, meter=meter))
        again = read(meter)
        assert again["yardsign_connections_stale", "hand"] == 0
        assert 25 * 60 <= again[OLDEST] < 26 * 60
        assert again[SUCCESS] == found[SUCCESS]


async def test_the_oldest_due_work_of_each_lane_is_known(world: World) -> None:
    def waits() -> dict[str, float]:
        due = "yardsign_due_intents_oldest_age_seconds"
        return {name[1]: value for name, value in read(world.meter).items() if name[0] == due}

    for kind, seconds in ((IntentKind.UNPUBLISH, 600), (IntentKind.TAKEDOWN, 900), (IntentKind.SYNC, -60)):
        due = world.clock.now() - timedelta(seconds=seconds)
        await world.ports.intents.ask(Ask(kind, USER, f"{kind} of a test", due=due))
    world.let_indexes_catch_up()
    await measure_lanes(world.ports)
    assert 900 <= waits()["unpublish"] < 960
    assert waits()["sync"] == 0

    for kind in (IntentKind.UNPUBLISH, IntentKind.TAKEDOWN):
        assert await world.ports.intents.take(kind, f"{kind} of a test", "holder", 600)
    world.let_indexes_catch_up()
    await measure_lanes(world.ports)
    assert set(waits().values()) == {0}


async def test_homes_posts_work_and_requests_are_counted_on_the_way_down(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    accounts = await link_facebook(world)
    home = await publishable(world)
    await publish(world, home, accounts[0])
    imported = read(world.meter)
    world.sandboxes.change(home.facts.listing_key or "", StandardStatus="Closed")
    world.sandboxes.facebook_fault(match="delete", kind="error", code=2, times=1)
    world.clock.move(600)
    await sync(world, connection)

    found = read(world.meter)
    assert found["yardsign_listings_total", "created"] == len(await listings(world))
    assert found["yardsign_listings_total", "updated"] == 1
    assert ("yardsign_listings_total", "updated") not in imported
    assert found["yardsign_status_changes_total", "sold"] == 1
    assert found["yardsign_posts_published_total", "published", "facebook"] == 1
    assert found["yardsign_posts_removed_total", "facebook"] == 1
    assert found["yardsign_intents_total", "unpublish", "done"] == 1
    assert found["yardsign_intents_total", "unpublish", "failed"] >= 1
    codes = {name[2]: name[1] for name in found if name[0] == "yardsign_outbound_requests_total"}
    assert set(codes) == {"mls", "photos", "facebook"}
    assert found["yardsign_outbound_requests_total", "200", "photos"] > 0
    counted = sum(value for name, value in found.items() if name[0] == "yardsign_outbound_requests_total")
    seconds = "yardsign_outbound_request_duration_seconds_count"
    assert counted == sum(value for name, value in found.items() if name[0] == seconds)


async def test_what_must_come_down_is_overdue_however_often_it_is_tried_again(world: World) -> None:
    async def looked() -> tuple[float, Samples]:
        world.let_indexes_catch_up()
        await measure_removals(world.ports)
        found = read(world.meter)
        return found["yardsign_unpublish_overdue_seconds",], {
            name[1:]: value for name, value in found.items() if name[0] == "yardsign_dead_letters"
        }

    overdue, dead = await looked()
    assert (overdue, set(dead.values())) == (0, {0})
    intents = world.ports.intents
    await intents.ask(Ask(IntentKind.UNPUBLISH, USER, "post"), Ask(IntentKind.MAIL, USER, "mail"))
    world.clock.move(3_600)
    taken = await intents.take(IntentKind.UNPUBLISH, "post", "holder", 20)
    assert taken is not None
    await intents.settle(
        taken, Later(world.clock.now() + timedelta(hours=10), failure="The platform is down.")
    )
    assert 3_600 <= (await looked())[0] < 3_700

    world.clock.move(36_001)
    for kind, target in ((IntentKind.UNPUBLISH, "post"), (IntentKind.MAIL, "mail")):
        taken = await intents.take(kind, target, "another", 20)
        assert taken is not None
        await intents.settle(taken, Dead("It fails and fails."))
    overdue, dead = await looked()
    assert 39_601 <= overdue < 39_700  # it was given up, and must come down all the same
    assert {name for name, number in dead.items() if number} == {("unpublish",), ("notify",)}
