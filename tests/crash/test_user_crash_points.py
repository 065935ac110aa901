"""Crash points of what users do by hand, of what they are told, of what is counted, and of tokens that end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.metrics import Counts, EventKind
from domain.entities.mls_connection import MlsCredentials
from domain.errors import YardsignError
from domain.ports import Ports
from domain.use_cases.connections import connect_mls
from domain.use_cases.counting import EventInput, record_events
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.listings import delete_listing, update_listing
from domain.use_cases.webhooks import create_webhook
from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET
from tasks.work import carry_out
from tests.crash.beginnings import home_with_post, imported, posts_of, published
from tests.crash.stage import Facts, Scenario, Stage, all_moments, end_state, some_moments
from tests.world import Mode, World
from tests.world.receivers import Receiver, receiver
from tests.world.steps import import_all, listings, sync
from tests.world.world import USER

SOME = 2
HOUR = 3_600


async def _imported_by_client_credentials(world: World) -> None:
    mls = world.sandboxes.mls
    connection = await connect_mls(
        world.ports,
        user_id=USER,
        provider="sandbox",
        protocol="reso-web-api",
        vendor="generic",
        url=f"{mls}/odata",
        label=None,
        credentials=MlsCredentials(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, token_url=f"{mls}/oauth/token"
        ),
        settings={},
    )
    await import_all(world, connection)


async def _sync_while_tokens_end(world: World) -> None:
    """One token is too old by the time of the sync, the next one is refused behind its first page."""
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    for home in world.sandboxes.homes()[:3]:  # two pages
        world.sandboxes.change(home["key"], ListPrice=456789)
    world.sandboxes.mls_fault(match="odata", kind="status", status=401, after=1)
    world.clock.move(2 * HOUR)
    await sync(world, connection)


async def _the_home(world: World) -> str:
    """The id of the first home."""
    return min(listing.id for listing in await listings(world))


async def _edit(world: World) -> None:
    """By hand; the MLS's word comes back."""
    listing_id = await _the_home(world)
    changes = {"bedrooms": 11, "city": "Elsewhere"}
    await world.client(
        lambda ports: update_listing(ports, user_id=USER, listing_id=listing_id, changes=changes)
    )
    await world.work()


async def _leave_out_and_take_in(world: World) -> None:
    listing_id = (await posts_of(world))[0].listing_id

    def wish(excluded: bool) -> Callable[[Ports], Awaitable[object]]:
        return lambda ports: set_listing_sync(ports, user_id=USER, listing_id=listing_id, excluded=excluded)

    for excluded in (True, False):
        await world.client(wish(excluded))
        await world.work()


async def _delete(world: World) -> None:
    """A home with a post."""
    listing_id = (await posts_of(world))[0].listing_id

    async def wish(ports: Ports) -> None:
        if await ports.listings.get(USER, listing_id) is not None:  # or it has gone the first time
            await delete_listing(ports, user_id=USER, listing_id=listing_id)

    await world.client(wish)
    world.clock.move(HOUR)  # its photos go when its posts have gone
    await world.work()


SCENARIOS = {
    "tokens that end": Scenario(_imported_by_client_credentials, _sync_while_tokens_end),
    "edit": Scenario(imported, _edit),
    "exclusion": Scenario(published, _leave_out_and_take_in),
    "deletion": Scenario(published, _delete),
}


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("mode", Mode)
async def test_the_end_is_the_same_whatever_call_goes_wrong(stage: Stage, name: str, mode: Mode) -> None:
    assert await stage.differences(SCENARIOS[name], all_moments(mode)) == []


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_end_is_the_same_on_the_other_engines(stage_on_aws: Stage, name: str) -> None:
    assert await stage_on_aws.differences(SCENARIOS[name], some_moments(SOME)) == []


async def _report_events(world: World) -> None:
    """As a client that sends what was not answered once more, under the same ids."""
    listing_id, at = await _the_home(world), world.clock.now() - timedelta(minutes=1)
    event = EventInput(kind=EventKind.VIEW, listing_id=listing_id, occurred_at=at)
    kinds = (EventKind.VIEW, EventKind.INQUIRY, EventKind.CLICK)
    events = [replace(event, kind=kind, event_id=f"event {kind}", source="flyer") for kind in kinds]

    async def report(ports: Ports) -> None:
        for outcome in await record_events(ports, user_id=USER, events=events):
            if isinstance(outcome, YardsignError):
                raise outcome

    await world.client(report)


async def _counted(world: World) -> Facts:
    listing_id, today = await _the_home(world), world.clock.now().date()
    days = await world.eyes.metrics.days(USER, listing_id, today - timedelta(days=1), today)
    inquiries = await world.eyes.metrics.inquiries(USER, PageRequest(100))
    span = (today - timedelta(days=1), today)
    return {
        "days": [(day.total, day.sources) for day in days],
        "months": await world.eyes.metrics.totals(USER, [listing_id], *span),
        "inquiries": [inquiry.listing_id for inquiry in inquiries.items],
    }


EVENTS = Scenario(imported, _report_events, _counted)


@pytest.mark.parametrize("mode", Mode)
async def test_an_event_that_is_reported_until_it_is_answered_counts_once(stage: Stage, mode: Mode) -> None:
    assert await stage.differences(EVENTS, all_moments(mode)) == []


async def test_an_event_counts_once_on_the_other_engines(stage_on_aws: Stage) -> None:
    assert await stage_on_aws.differences(EVENTS, some_moments(SOME)) == []


async def _published_and_seen(world: World) -> None:
    await published(world)
    (post,) = await posts_of(world)
    url = f"{world.sandboxes.facebook}/_control/posts/{post.platform_post_id}/figures"
    world.sandboxes.http.post(url, json={"post_media_view": 100, "reactions": 9}).raise_for_status()


async def _read_figures(world: World) -> None:
    """Twice: what a misfortune has put off is made up for."""
    (post,) = await posts_of(world)
    for _ in range(2):
        world.clock.move(8 * HOUR)
        await world.client(lambda ports: carry_out(ports, IntentKind.ENGAGEMENT, post.id))


async def _gained(world: World) -> Facts:
    """On all days together."""
    today = world.clock.now().date()
    days = await world.eyes.metrics.all_days(USER, today - timedelta(days=2), today)
    return {
        "total": sum((day.total for day in days), Counts()),
        "sources": [set(day.sources) for day in days],
    }


FIGURES = Scenario(_published_and_seen, _read_figures, _gained)


@pytest.mark.parametrize("mode", Mode)
async def test_what_a_platform_tells_of_a_post_counts_once(stage: Stage, mode: Mode) -> None:
    assert await stage.differences(FIGURES, all_moments(mode)) == []


@pytest.fixture
async def sale_with_webhook() -> AsyncIterator[Scenario]:
    """A home with a post is sold, and a server of the user's is told what comes of it."""
    with receiver() as hooks:

        async def prepare(world: World) -> None:
            await published(world)
            await create_webhook(world.ports, user_id=USER, url=hooks.url)

        async def deed(world: World) -> None:
            hooks.came.clear()
            home = await home_with_post(world)
            world.sandboxes.change(home, StandardStatus="Closed", ClosePrice=400000)
            (connection,) = await world.eyes.mls_connections.of_user(USER)
            await sync(world, connection)

        async def look(world: World) -> Facts:
            return {**await end_state(world), **await _told(world, hooks)}

        yield Scenario(prepare, deed, look)


async def _told(world: World, hooks: Receiver) -> Facts:
    """The list has each notification once; the webhook may get one twice, but the same and under one id."""
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    (webhook,) = await world.eyes.webhooks.of_user(USER)
    deliveries: dict[str, set[bytes]] = {}
    for headers, body in hooks.came:
        deliveries.setdefault(headers["webhook-id"], set()).add(body)
    told: list[Any] = sorted((told.kind, told.title) for told in page.items)
    return {
        "notifications": told,
        "deliveries": [len(bodies) for bodies in deliveries.values()],
        "webhook": (webhook.last_failure, webhook.last_delivery_at is not None),
    }


@pytest.mark.parametrize("mode", Mode)
async def test_a_user_is_told_of_everything_once(
    stage: Stage, sale_with_webhook: Scenario, mode: Mode
) -> None:
    assert await stage.differences(sale_with_webhook, all_moments(mode)) == []


async def test_a_user_is_told_once_on_the_other_engines(
    stage_on_aws: Stage, sale_with_webhook: Scenario
) -> None:
    assert await stage_on_aws.differences(sale_with_webhook, some_moments(SOME)) == []
