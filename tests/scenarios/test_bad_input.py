"""What comes in wrong gets a clear answer, and what was stored before is still there."""

from typing import Any

import pytest

from domain.entities.listing import ListingStatus, PhotoState, Takedown
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.post import PostState
from domain.entities.sync_run import SyncRunState
from domain.errors import ActionRequired, Invalid, Rejected, Unavailable, YardsignError
from domain.use_cases.connections import (
    connect_mls,
    set_mls_sync_interval,
    update_mls_connection,
)
from domain.use_cases.publishing import publish_post
from domain.use_cases.runs import (
    sync_listing_status,
)
from tests.scenarios.looks import (
    account_now,
    actives,
    failures,
    homes_by_key,
    key_of,
    now_of,
    revoke_tokens,
)
from tests.world import World
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
    the_listing,
)
from tests.world.world import USER


async def connect_to(world: World, url: str, token: str = "sandbox-token") -> MlsConnection:
    return await connect_mls(
        world.ports,
        user_id=USER,
        provider="other",
        protocol="reso-web-api",
        vendor="generic",
        url=url,
        label=None,
        credentials=MlsCredentials(token=token),
        settings={},
    )


class TestConnecting:
    """Nothing is stored unless the login works."""

    @pytest.mark.parametrize(
        "url", ["", "mls.example", "ftp://mls.example", "https://", "https://h:port/", "x"]
    )
    async def test_what_is_no_url(self, world: World, url: str) -> None:
        with pytest.raises(Invalid) as caught:
            await connect_to(world, url)
        assert caught.value.field == ("url",)
        assert await world.eyes.mls_connections.of_user(USER) == []

    async def test_credentials_in_the_url(self, world: World) -> None:
        with pytest.raises(Invalid, match="Credentials"):
            await connect_to(world, "https://user:secret@mls.example/odata")

    async def test_a_url_where_nobody_listens(self, world: World) -> None:
        with pytest.raises(Unavailable, match="could not be reached"):
            await connect_to(world, "http://127.0.0.1:1/odata")
        assert await world.eyes.mls_connections.of_user(USER) == []

    async def test_a_url_at_which_there_is_no_mls(self, world: World) -> None:
        with pytest.raises(Rejected, match="Is the address right"):
            await connect_to(world, f"{world.sandboxes.mls}/elsewhere")
        assert await world.eyes.mls_connections.of_user(USER) == []

    async def test_an_mls_that_answers_html_with_200(self, world: World) -> None:
        world.sandboxes.mls_fault(match="odata", kind="html", times=None)
        with pytest.raises(Rejected, match="HTML instead of JSON"):
            await connect_to(world, f"{world.sandboxes.mls}/odata")
        assert await world.eyes.mls_connections.of_user(USER) == []

    async def test_wrong_credentials(self, world: World) -> None:
        with pytest.raises(ActionRequired) as caught:
            await connect_to(world, f"{world.sandboxes.mls}/odata", token="wrong-token")
        assert caught.value.field == ("credentials",)
        assert "wrong-token" not in caught.value.message
        assert await world.eyes.mls_connections.of_user(USER) == []

    async def test_wrong_changes_leave_a_connection_as_it_was(self, world: World) -> None:
        connection = await connect(world)
        wrong: list[dict[str, Any]] = [
            {"url": "nowhere"},
            {"url": f"{world.sandboxes.mls}/elsewhere"},
            {"credentials": MlsCredentials(token="wrong")},
            {"settings": {"pageSize": "many"}},
        ]
        for changes in wrong:
            with pytest.raises(YardsignError):
                await update_mls_connection(world.ports, user_id=USER, connection_id=connection.id, **changes)
        assert await now_of(world, connection) == connection
        known = await world.eyes.mls_connections.credentials(USER, connection.id)
        assert known.token == "sandbox-token"

    @pytest.mark.parametrize("minutes", [-1, 0, 4, 1_441])
    async def test_an_interval_out_of_bounds(self, world: World, minutes: int) -> None:
        connection = await connect(world)
        with pytest.raises(Invalid):
            await set_mls_sync_interval(
                world.ports, user_id=USER, connection_id=connection.id, minutes=minutes
            )
        assert await now_of(world, connection) == connection

    @pytest.mark.parametrize("provider", ["", "manual", "Has Space", "a#b", "x" * 41, "UPPER"])
    async def test_a_provider_that_is_no_name(self, world: World, provider: str) -> None:
        with pytest.raises(Invalid) as caught:
            await connect_mls(
                world.ports,
                user_id=USER,
                provider=provider,
                protocol="reso-web-api",
                vendor="generic",
                url="https://mls.example",
                label=None,
                credentials=MlsCredentials(token="any"),
                settings={},
            )
        assert caught.value.field == ("provider",)


class TestRows:
    """One bad row harms neither its neighbours nor what is stored."""

    async def test_an_mls_that_turns_to_html_fails_the_run_and_loses_nothing(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        before = await listings(world)
        world.sandboxes.mls_fault(match="odata", kind="html", times=None)

        run = await import_all(world, connection)

        assert run.state is SyncRunState.FAILED
        assert run.failure is not None
        assert run.failure.code == "Rejected"
        assert "HTML" in run.failure.message
        assert await listings(world) == before

    @pytest.mark.parametrize("price", [None, 0, -5, "call us"])
    async def test_a_home_without_a_price_is_imported_without_one(self, world: World, price: object) -> None:
        key = world.sandboxes.homes()[3]["key"]
        world.sandboxes.change(key, ListPrice=price)
        run = await import_all(world, await connect(world))
        assert (run.state, run.counters.failed_imports) == (SyncRunState.SUCCEEDED, 0)
        assert (await homes_by_key(world))[key].facts.price is None

    async def test_a_home_without_a_number_is_imported(self, world: World) -> None:
        key = world.sandboxes.homes()[3]["key"]
        world.sandboxes.change(key, **{"$remove": ["ListingId"]})
        await import_all(world, await connect(world))
        home = (await homes_by_key(world))[key]
        assert (home.facts.mls_number, home.status) == (None, ListingStatus.ACTIVE)

    async def test_a_home_with_a_number_and_no_key_is_known_by_its_number(self, world: World) -> None:
        home = world.sandboxes.homes()[3]
        world.sandboxes.change(home["key"], **{"$remove": ["ListingKey"]})
        connection = await connect(world)
        await import_all(world, connection)
        (found,) = [one for one in await listings(world) if one.facts.mls_number == home["number"]]
        assert found.facts.listing_key is None

        world.sandboxes.change(home["key"], ListPrice=1_234)
        await sync_listing_status(world.ports, user_id=USER, listing_id=found.id)
        await world.work()
        assert (await the_listing(world, found)).facts.price == 1_234

    async def test_a_home_with_neither_is_reported_and_its_neighbours_come(self, world: World) -> None:
        homes = world.sandboxes.homes()
        world.sandboxes.change(homes[3]["key"], **{"$remove": ["ListingKey", "ListingId"]})
        run = await import_all(world, await connect(world))
        (failure,) = await failures(world, run)
        assert (failure.code, failure.attempts, failure.mls_number) == ("NO_KEY", 1, None)
        assert "neither a ListingKey nor a ListingId" in failure.error
        assert run.state is SyncRunState.SUCCEEDED
        assert run.counters.failed_imports == 1
        assert run.counters.processed == len(homes)
        assert run.counters.successful_imports == len(homes) - 2  # the other is Incomplete

    async def test_a_row_that_cannot_be_read_is_reported_with_its_number(self, world: World) -> None:
        home = world.sandboxes.homes()[3]
        world.sandboxes.change(home["key"], ListingKey="k" * 300)
        run = await import_all(world, await connect(world))
        (failure,) = await failures(world, run)
        assert (failure.code, failure.mls_number, failure.attempts) == ("UNREADABLE", home["number"], 1)

    @pytest.mark.parametrize("status", ["Under Offer", None])
    async def test_an_unknown_status_of_a_new_home(self, world: World, status: str | None) -> None:
        home = world.sandboxes.homes()[3]
        world.sandboxes.change(home["key"], StandardStatus=status)
        run = await import_all(world, await connect(world))
        found = (await homes_by_key(world))[home["key"]]
        assert (found.status, found.publishable, found.takedown) == (ListingStatus.PENDING, False, None)
        (failure,) = await failures(world, run)
        assert (failure.code, failure.mls_number, failure.attempts) == (
            "UNKNOWN_STATUS",
            home["number"],
            1,
        )

    @pytest.mark.parametrize("status", ["Under Offer", None])
    async def test_an_unknown_status_of_a_stored_home_takes_nothing_down(
        self, world: World, status: str | None
    ) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        accounts = await link_facebook(world)
        home = await publishable(world)
        await publish(world, home, accounts[0])
        sold = next(one for one in await listings(world) if one.status is ListingStatus.SOLD)

        for one in (home, sold):
            world.sandboxes.change(key_of(one), StandardStatus=status)
        run = await sync(world, connection)

        kept = await the_listing(world, home)
        assert (kept.status, kept.publishable, kept.takedown) == (ListingStatus.ACTIVE, False, None)
        assert len(world.sandboxes.live_posts()) == 1
        still = await the_listing(world, sold)
        assert (still.status, still.takedown) == (ListingStatus.SOLD, Takedown.SOLD)
        assert [failure.code for failure in await failures(world, run)] == ["UNKNOWN_STATUS"] * 2

    async def test_a_sold_home_that_falls_back_to_a_draft_still_comes_down(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        sold = next(one for one in await listings(world) if one.status is ListingStatus.SOLD)
        world.sandboxes.change(key_of(sold), StandardStatus="Incomplete")
        await sync(world, connection)
        still = await the_listing(world, sold)
        assert (still.status, still.takedown) == (ListingStatus.SOLD, Takedown.SOLD)

    async def test_control_characters_and_lone_surrogates_stop_nothing(self, world: World) -> None:
        key = world.sandboxes.homes()[3]["key"]
        world.sandboxes.change(key, PublicRemarks="a\x00b\x1b", City="Nul\x00City")
        run = await import_all(world, await connect(world))
        home = (await homes_by_key(world))[key]
        assert (run.state, home.facts.address.city) == (SyncRunState.SUCCEEDED, "NulCity")


class TestPhotos:
    """A photo that fails leaves the listing in place, with the MLS's URL and the failure named."""

    @pytest.mark.parametrize(
        ("fault", "why", "attempts"),
        [
            ({"kind": "garbage"}, "no picture|not a picture|photo", 1),
            ({"kind": "html"}, "no picture|not a picture|photo", 1),
            ({"kind": "status", "status": 404}, "404", 1),
            ({"kind": "status", "status": 403}, "403", 1),
            ({"kind": "status", "status": 503}, "503", 2),
            ({"kind": "reset"}, "127.0.0.1", 2),
        ],
    )
    async def test_a_photo_that_cannot_be_had(
        self, world: World, fault: dict[str, Any], why: str, attempts: int
    ) -> None:
        home = world.sandboxes.homes()[5]
        path = f"/photos/{home['key']}/1.jpg"
        world.sandboxes.mls_fault(match=path, times=None, **fault)

        run = await import_all(world, await connect(world))

        bad, *others = (await homes_by_key(world))[home["key"]].photos
        assert (bad.state, bad.attempts, bad.original_key) == (PhotoState.FAILED, attempts, None)
        assert bad.media.url.endswith(path)
        assert {photo.state for photo in others} == {PhotoState.STORED}
        (failure,) = await failures(world, run)
        assert (failure.code, failure.mls_number, failure.attempts) == ("PHOTO", home["number"], attempts)
        assert failure.error == bad.failure
        assert any(part in failure.error for part in why.split("|"))
        assert run.counters.photos_failed == 1

    async def test_a_host_that_is_back_at_the_second_attempt(self, world: World) -> None:
        home = world.sandboxes.homes()[5]
        world.sandboxes.mls_fault(match=f"/photos/{home['key']}/1.jpg", kind="status", status=503, times=1)
        run = await import_all(world, await connect(world))
        photo = (await homes_by_key(world))[home["key"]].photos[0]
        assert (photo.state, photo.attempts, photo.failure) == (PhotoState.STORED, 2, None)
        assert (await failures(world, run), run.counters.photos_failed) == ([], 0)


async def test_a_token_that_facebook_has_ended_fails_the_post_and_marks_the_account(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    home, other = (await actives(world))[:2]
    revoke_tokens(world)

    (post,) = await publish(world, home, accounts[0])

    assert post.state is PostState.FAILED
    assert post.failure is not None
    assert post.failure.code == "RECONNECT"
    assert (await account_now(world, accounts[0])).state == "NEEDS_RECONNECT"
    with pytest.raises(ActionRequired, match="connected again"):
        await publish_post(world.ports, user_id=USER, listing_id=other.id, account_ids=(accounts[0].id,))

    again = await link_facebook(world)
    assert (await account_now(world, accounts[0])).state == "ACTIVE"
    (post,) = await publish(world, other, again[0])
    assert post.state is PostState.PUBLISHED
