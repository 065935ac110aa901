"""Every use case answers for somebody else's thing as for one that does not exist."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from domain.entities.metrics import EventKind
from domain.entities.mls_connection import MlsCredentials
from domain.errors import NotFound, YardsignError
from domain.ports import ListingSave, Ports
from domain.rules.aggregates import MetricsPeriod
from domain.use_cases.connections import (
    connect_mls,
    disconnect_mls,
    set_mls_connection_enabled,
    set_mls_sync_interval,
    update_mls_connection,
)
from domain.use_cases.counting import EventInput, aggregated_metrics, record_event
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.linking import begin_social_link, unlink_social_account
from domain.use_cases.listings import delete_listing, update_listing
from domain.use_cases.publishing import publish_post
from domain.use_cases.runs import (
    cancel_sync_run,
    import_mls_listings,
    sync_listing_status,
    sync_mls_status,
)
from domain.use_cases.statistics import sync_statistics
from domain.use_cases.testing_connections import try_mls_connection
from domain.use_cases.unpublishing import (
    confirm_removed_by_hand,
    retry_unpublish,
    unpublish_listing_posts,
    unpublish_post,
)
from domain.use_cases.uploading import upload_feed
from tests.scenarios.looks import (
    now_of,
)
from tests.world import World
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    publish,
    publishable,
    the_listing,
    the_post,
)
from tests.world.world import USER


class TestIds:
    """Somebody else's thing is answered like one that does not exist."""

    BY_LISTING: tuple[Callable[[Ports, str, str], Awaitable[object]], ...] = (
        lambda ports, user, id: sync_listing_status(ports, user_id=user, listing_id=id),
        lambda ports, user, id: update_listing(ports, user_id=user, listing_id=id, changes={"city": "X"}),
        lambda ports, user, id: delete_listing(ports, user_id=user, listing_id=id),
        lambda ports, user, id: set_listing_sync(ports, user_id=user, listing_id=id, excluded=True),
        lambda ports, user, id: unpublish_listing_posts(ports, user_id=user, listing_id=id),
        lambda ports, user, id: publish_post(ports, user_id=user, listing_id=id, account_ids=("facebook:1",)),
        lambda ports, user, id: record_event(
            ports, user_id=user, event=EventInput(kind=EventKind.VIEW, listing_id=id)
        ),
        lambda ports, user, id: aggregated_metrics(
            ports, user_id=user, listing_id=id, period=MetricsPeriod.DAILY
        ),
    )
    BY_CONNECTION: tuple[Callable[[Ports, str, str], Awaitable[object]], ...] = (
        lambda ports, user, id: import_mls_listings(ports, user_id=user, connection_id=id),
        lambda ports, user, id: sync_mls_status(ports, user_id=user, connection_id=id),
        lambda ports, user, id: sync_statistics(ports, user_id=user, connection_id=id),
        lambda ports, user, id: try_mls_connection(ports, user_id=user, connection_id=id),
        lambda ports, user, id: upload_feed(ports, user_id=user, connection_id=id, data=b"ListingKey"),
        lambda ports, user, id: update_mls_connection(ports, user_id=user, connection_id=id, label="X"),
        lambda ports, user, id: set_mls_connection_enabled(
            ports, user_id=user, connection_id=id, enabled=False
        ),
        lambda ports, user, id: set_mls_sync_interval(ports, user_id=user, connection_id=id, minutes=60),
        lambda ports, user, id: disconnect_mls(ports, user_id=user, connection_id=id, keep_listings=False),
    )
    BY_POST: tuple[Callable[[Ports, str, str], Awaitable[object]], ...] = (
        lambda ports, user, id: unpublish_post(ports, user_id=user, post_id=id),
        lambda ports, user, id: retry_unpublish(ports, user_id=user, post_id=id),
        lambda ports, user, id: confirm_removed_by_hand(ports, user_id=user, post_id=id),
    )
    STRANGER = "stranger"

    async def test_each_use_case(self, world: World) -> None:
        connection = await connect(world)
        run = await import_all(world, connection)
        accounts = await link_facebook(world)
        home = await publishable(world)
        (post,) = await publish(world, home, accounts[0])

        for use_case in self.BY_LISTING:
            await self._same(world, use_case, home.id)
        for use_case in self.BY_CONNECTION:
            await self._same(world, use_case, connection.id)
        for use_case in self.BY_POST:
            await self._same(world, use_case, post.id)
        await self._same(world, lambda p, user, id: cancel_sync_run(p, user_id=user, run_id=id), run.id)
        await self._same(
            world,
            lambda p, user, id: unlink_social_account(p, user_id=user, account_id=id),
            accounts[0].id,
            "facebook:1",
        )

        assert await the_listing(world, home) == home
        assert await the_post(world, post) == post
        assert (await now_of(world, connection)).enabled
        assert await world.eyes.social_accounts.of_user(USER) == accounts

    async def _same(
        self,
        world: World,
        use_case: Callable[[Ports, str, str], Awaitable[object]],
        theirs: str,
        absent: str = "01ABSENT",
    ) -> None:
        answers = []
        for id in (absent, theirs):
            with pytest.raises(NotFound) as caught:
                await use_case(world.ports, self.STRANGER, id)
            answers.append((caught.value.message, caught.value.field))
        assert answers[0] == answers[1]

    async def test_an_account_or_a_post_of_somebody_else_within_a_call(self, world: World) -> None:
        await import_all(world, await connect(world))
        accounts = await link_facebook(world)
        home = await publishable(world)
        (post,) = await publish(world, home, accounts[0])
        mine = replace(home, user_id=self.STRANGER, id="manual-1", connection_id=None, version=0, photos=())
        await world.ports.listings.create(ListingSave(listing=mine))
        answers = []
        for account_id in (accounts[0].id, "facebook:1"):
            with pytest.raises(NotFound) as caught:
                await publish_post(
                    world.ports, user_id=self.STRANGER, listing_id=mine.id, account_ids=(account_id,)
                )
            answers.append((caught.value.message, caught.value.field))
        for post_id in (post.id, "01ABSENT"):
            event = EventInput(kind=EventKind.VIEW, listing_id=mine.id, post_id=post_id)
            with pytest.raises(NotFound) as caught:
                await record_event(world.ports, user_id=self.STRANGER, event=event)
            answers.append((caught.value.message, caught.value.field))
        assert answers[0] == answers[1]
        assert answers[2] == answers[3]

    async def test_a_protocol_a_vendor_and_a_platform_there_are_not(self, world: World) -> None:
        for protocol, vendor in (("carrier-pigeon", "generic"), ("reso-web-api", "nobody")):
            with pytest.raises(YardsignError, match="there are"):
                await connect_mls(
                    world.ports,
                    user_id=USER,
                    provider="p",
                    protocol=protocol,
                    vendor=vendor,
                    url="https://mls.example",
                    label=None,
                    credentials=MlsCredentials(token="any"),
                    settings={},
                )
        with pytest.raises(NotFound, match="there are"):
            await begin_social_link(world.ports, user_id=USER, platform="myspace")
