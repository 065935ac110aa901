"""Listings: written whole, changed without losing anything, found in every order and by every filter."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.tables import keys
from adapters.tables.repositories import Repositories
from adapters.tables.table import Table
from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import (
    ListingFilter,
    ListingOrder,
    ListingOrderField,
    ListingStatus,
    PhotoSet,
)
from domain.entities.sync_run import RunCounters
from domain.errors import Conflict, Overtaken, Rejected
from domain.ports import ListingSave
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import (
    AT,
    a_change,
    a_fence,
    a_listing,
    a_photo,
    a_rich_listing,
    a_run,
    an_error,
    created,
    passed,
)

EVERYTHING = ListingFilter()
BY_PRICE = ListingOrder(field=ListingOrderField.PRICE, descending=False)


async def ids(nouns: Repositories, filter: ListingFilter = EVERYTHING, **more: Any) -> list[str]:
    page = await nouns.listings.page("alice", filter, more.get("order", BY_PRICE), PageRequest(first=100))
    return [listing.id for listing in page.items]


async def test_a_listing_comes_back_as_it_was_written(nouns: Repositories, now: Now) -> None:
    given = a_rich_listing()
    (saved,) = await created(nouns, given)
    assert saved == replace(given, version=1, photos_version=1, updated_at=now())
    assert await nouns.listings.get("alice", "mls-1") == saved
    assert (await nouns.listings.page("alice", EVERYTHING, BY_PRICE, PageRequest())).items == [saved]
    assert (await nouns.listings.of_connection("alice", "c1", PageRequest())).items == [saved]
    assert type(saved.facts.price) is Decimal
    assert str(saved.facts.price) == "525000.00"


async def test_many_are_answered_in_the_order_of_their_ids(nouns: Repositories) -> None:
    one, two = await created(nouns, a_listing("mls-1"), a_listing("mls-2"))
    assert await nouns.listings.get_many("alice", ["mls-2", "absent", "mls-1", "mls-2"]) == [
        two,
        None,
        one,
        two,
    ]


async def test_a_listing_is_created_once(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing())
    with pytest.raises(Conflict):
        await created(nouns, a_listing(bedrooms=9))
    assert await nouns.listings.get("alice", "mls-1") == saved


async def test_the_latest_listing_of_a_home_is_kept_with_it(nouns: Repositories) -> None:
    for id, key in (("mls-1", "h1"), ("mls-2", "h2"), ("mls-3", "h1"), ("mls-4", "")):
        await nouns.listings.create(ListingSave(listing=a_listing(id), home_key=key))
    asked = ["h2", "h1", "none", "h2"]
    assert await nouns.listings.latest_of_homes("alice", asked) == ["mls-2", "mls-3", None, "mls-2"]
    assert await nouns.listings.latest_of_homes("bob", asked) == [None] * 4
    assert await nouns.listings.latest_of_homes("alice", []) == []
    with pytest.raises(Conflict):
        await nouns.listings.create(ListingSave(listing=a_listing("mls-1"), home_key="h1"))
    assert await nouns.listings.latest_of_homes("alice", ["h1"]) == ["mls-3"]


async def test_of_two_updates_from_one_state_the_second_is_refused(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing())
    first = await nouns.listings.update(ListingSave(listing=replace(saved, status=ListingStatus.PENDING)))
    assert first.version == 2
    change = a_change("01B")
    ask = Ask(kind=IntentKind.TAKEDOWN, user_id="alice", target="mls-1")
    late = replace(saved, status=ListingStatus.SOLD)
    with pytest.raises(Conflict):
        await nouns.listings.update(ListingSave(listing=late, changes=(change,), ask=(ask,)))
    assert await nouns.listings.get("alice", "mls-1") == first
    assert (await nouns.changes.of_listing("alice", "mls-1", PageRequest())).items == []
    assert await nouns.intents.get(IntentKind.TAKEDOWN, "mls-1") is None


async def test_an_update_writes_its_trail_and_its_wishes(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing())
    change = a_change("01A")
    ask = Ask(kind=IntentKind.TAKEDOWN, user_id="alice", target="mls-1", payload={"run": "R1"})
    await nouns.listings.update(ListingSave(listing=saved, changes=(change,), ask=(ask,)))
    (kept,) = (await nouns.changes.of_listing("alice", "mls-1", PageRequest())).items
    assert replace(kept, written_at=None) == change
    intent = await nouns.intents.get(IntentKind.TAKEDOWN, "mls-1")
    assert intent is not None
    assert intent.payload == {"run": "R1"}


async def test_photos_are_written_only_if_the_save_is_about_them(nouns: Repositories) -> None:
    saved = await nouns.listings.create(ListingSave(listing=a_listing(photos=(a_photo("m1"),))))
    assert (saved.photos, saved.photos_version) == ((), 0)
    more = replace(saved, photos=(a_photo("m2"),))
    await nouns.listings.update(ListingSave(listing=more))
    found = await nouns.listings.get("alice", "mls-1")
    assert found is not None
    assert (found.photos, found.photos_version) == ((), 0)
    written = await nouns.listings.update(
        ListingSave(listing=replace(found, photos=more.photos), with_photos=True)
    )
    assert (written.photos, written.photos_version) == (more.photos, 1)
    assert await nouns.listings.get("alice", "mls-1") == written


async def test_an_update_of_what_is_gone_is_refused(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing())
    await nouns.listings.delete(saved, changes=[a_change("01A")], ask=[])
    with pytest.raises(Conflict):
        await nouns.listings.update(ListingSave(listing=saved))
    assert await nouns.listings.get("alice", "mls-1") is None
    assert len((await nouns.changes.of_listing("alice", "mls-1", PageRequest())).items) == 1


async def test_work_that_was_taken_over_writes_nothing(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing())
    fence = await a_fence(nouns)
    for stale in (passed(fence), replace(fence, target="other")):
        with pytest.raises(Overtaken):
            await nouns.listings.update(ListingSave(listing=saved), fence=stale)
    assert await nouns.listings.get("alice", "mls-1") == saved
    assert (await nouns.listings.update(ListingSave(listing=saved), fence=fence)).version == 2


async def test_a_hundred_updates_at_once_lose_nothing(nouns: Repositories) -> None:
    await created(nouns, a_listing(bedrooms=0))

    async def one_more() -> None:
        while True:
            listing = await nouns.listings.get("alice", "mls-1")
            assert listing is not None
            facts = replace(listing.facts, bedrooms=(listing.facts.bedrooms or 0) + 1)
            try:
                await nouns.listings.update(ListingSave(listing=replace(listing, facts=facts)))
                return
            except Conflict:
                await asyncio.sleep(0)

    await asyncio.gather(*[one_more() for _ in range(100)])
    listing = await nouns.listings.get("alice", "mls-1")
    assert listing is not None
    assert (listing.version, listing.facts.bedrooms) == (101, 100)


async def test_photos_and_facts_are_written_past_each_other(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing(photos=(a_photo("m1"),)))
    await nouns.runs.save(a_run())
    fence = await a_fence(nouns, IntentKind.PHOTOS, "mls-1")
    photos = [a_photo("m1", attempts=1), a_photo("m2")]
    with_photos = await nouns.listings.save_photos(
        saved,
        PhotoSet(tuple(photos), (a_photo("m0", removed_at=AT),)),
        run_id="R1",
        counters=RunCounters(photos_stored=1, photos_failed=1),
        errors=[an_error("e1")],
        ask=[Ask(IntentKind.ERASE, "alice", "mls-1")],
        fence=fence,
    )
    assert (with_photos.photos, with_photos.photos_version) == (tuple(photos), 2)
    assert await nouns.intents.get(IntentKind.ERASE, "mls-1") is not None

    sold = await nouns.listings.update(ListingSave(listing=replace(saved, status=ListingStatus.SOLD)))
    assert sold.version == 2
    now = await nouns.listings.get("alice", "mls-1")
    assert now is not None
    assert now.removed_photos == (a_photo("m0", removed_at=AT),)
    assert (now.photos, now.status, now.version, now.photos_version) == (
        tuple(photos),
        ListingStatus.SOLD,
        2,
        2,
    )
    run = await nouns.runs.get("alice", "R1")
    assert run is not None
    assert (run.counters, run.sequence, run.version) == (
        RunCounters(photos_stored=1, photos_failed=1),
        2,
        1,
    )

    with pytest.raises(Conflict):
        await nouns.listings.save_photos(saved, PhotoSet(()), fence=fence)
    with pytest.raises(Conflict):
        await nouns.listings.update(ListingSave(listing=replace(now, photos_version=1), with_photos=True))
    with pytest.raises(Overtaken):
        await nouns.listings.save_photos(now, PhotoSet(()), run_id="R1", fence=passed(fence))


async def test_photos_of_a_run_that_has_vanished_are_kept(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing())
    fence = await a_fence(nouns, IntentKind.PHOTOS, "mls-1")
    counters = RunCounters(photos_stored=1)
    await nouns.listings.save_photos(
        saved, PhotoSet((a_photo("m1"),)), run_id="R9", counters=counters, fence=fence
    )
    assert await nouns.runs.get("alice", "R9") is None
    found = await nouns.listings.get("alice", "mls-1")
    assert found is not None
    assert len(found.photos) == 1


async def test_more_errors_than_a_transaction_takes(nouns: Repositories) -> None:
    (saved,) = await created(nouns, a_listing())
    await nouns.runs.save(a_run())
    fence = await a_fence(nouns, IntentKind.PHOTOS, "mls-1")
    errors = [an_error(f"e{n:03d}") for n in range(190)]
    await nouns.listings.save_photos(saved, PhotoSet(()), run_id="R1", errors=errors, fence=fence)
    first = await nouns.runs.errors("alice", PageRequest(first=100), run_id="R1")
    rest = await nouns.runs.errors("alice", PageRequest(first=100, after=first.end), run_id="R1")
    assert [*first.items, *rest.items] == errors[::-1]


async def test_a_number_finds_the_users_own_by_status(nouns: Repositories) -> None:
    mine, _, relisted = await created(
        nouns,
        a_listing("mls-1", mls_number="77#1"),
        a_listing("mls-1b", "bob", mls_number="77#1"),
        a_listing("mls-2", mls_number="77#1", status=ListingStatus.EXPIRED),
    )
    await created(
        nouns, a_listing("mls-3", mls_number="77"), a_listing("o-1", mls_provider="other", mls_number="77#1")
    )
    found = await nouns.listings.by_mls_number("alice", "mls", "77#1")
    assert sorted(found, key=lambda one: one.id) == [mine, relisted]
    assert await nouns.listings.by_mls_number("alice", "mls", "77#1", ListingStatus.EXPIRED) == [relisted]
    assert await nouns.listings.by_mls_number("alice", "mls", "77#1", ListingStatus.SOLD) == []
    assert await nouns.listings.by_mls_number("alice", "mls", "") == []
    sold = replace(mine, status=ListingStatus.SOLD, facts=replace(mine.facts, mls_number="78"))
    await nouns.listings.update(ListingSave(listing=sold))
    assert await nouns.listings.by_mls_number("alice", "mls", "77#1") == [relisted]
    assert [one.id for one in await nouns.listings.by_mls_number("alice", "mls", "78")] == ["mls-1"]


async def test_keys_find_the_listings_of_their_connection(nouns: Repositories) -> None:
    one, two, *_ = await created(
        nouns,
        a_listing("mls-1", listing_key="k#1"),
        a_listing("mls-2", listing_key="k#1"),
        a_listing("mls-3", listing_key="k"),
        a_listing("mls-4", listing_key="k#1", connection_id="c2"),
        a_listing("mls-5", listing_key=None, mls_number="k#1"),
        a_listing("mls-6", "bob", listing_key="k#1"),
    )
    found = await nouns.listings.of_keys("alice", "c1", ["k#1", "absent", "", "-", "k#1"])
    assert sorted(found, key=lambda listing: listing.id) == [one, two]
    assert await nouns.listings.of_keys("alice", "c1", []) == []
    assert await nouns.listings.of_keys("alice", "absent", ["k"]) == []


async def test_listings_of_others_are_as_if_they_were_absent(nouns: Repositories) -> None:
    (hers,) = await created(nouns, a_listing("mls-1", "bob", connection_id="c-bob"))
    assert await nouns.listings.get("alice", "mls-1") is None
    assert await nouns.listings.get_many("alice", ["mls-1"]) == [None]
    assert await ids(nouns) == []
    assert await nouns.listings.by_mls_number("alice", "mls", "n-mls-1") == []
    nothing = await nouns.listings.of_connection("alice", "absent", PageRequest(first=1))
    assert await nouns.listings.of_connection("alice", "c-bob", PageRequest(first=1)) == nothing
    assert await nouns.listings.of_keys("alice", "c-bob", ["k-mls-1"]) == []
    for user_id in ("bob#", "bo", "alice#LISTINGS", "%62ob"):
        assert await nouns.listings.get(user_id, "mls-1") is None
    with pytest.raises(Conflict):
        await nouns.listings.update(ListingSave(listing=replace(hers, user_id="alice")))


async def test_listings_of_a_connection_come_by_pages(nouns: Repositories) -> None:
    await created(nouns, *[a_listing(f"h{n}", listing_key=f"k{n}") for n in range(5)])
    await created(nouns, a_listing("x", connection_id=None))
    first = await nouns.listings.of_connection("alice", "c1", PageRequest(first=3))
    rest = await nouns.listings.of_connection("alice", "c1", PageRequest(first=3, after=first.end))
    assert [one.id for one in (*first.items, *rest.items)] == ["h0", "h1", "h2", "h3", "h4"]
    assert (first.more, rest.more) == (True, False)


async def test_a_listing_that_is_too_large_is_trimmed_in_order(nouns: Repositories, table: Table) -> None:
    extras = {"E": "e" * 150_000}
    (saved,) = await created(nouns, a_listing(extras=extras, description="d" * 30_000, features=("f",)))
    assert (saved.facts.extras, len(saved.facts.description or "")) == ({}, 30_000)
    larger = replace(saved.facts, description="é" * 200_000, features=("f" * 300,))
    saved = await nouns.listings.update(ListingSave(listing=replace(saved, facts=larger)))
    assert (len(saved.facts.description or ""), saved.facts.features) == (20_000, ("f" * 300,))
    many = tuple(
        replace(photo := a_photo(f"m{n}"), media=replace(photo.media, url="u" * 2_000, caption="c" * 500))
        for n in range(150)
    )
    gone = tuple(replace(photo, removed_at=AT) for photo in many[:20])
    full = replace(saved, photos=many, removed_photos=gone)
    saved = await nouns.listings.update(ListingSave(listing=full, with_photos=True))
    kept = saved.removed_photos
    assert len(kept) < len(gone)
    assert kept == gone[len(gone) - len(kept) :], "the oldest go first"
    assert 40 < len(saved.photos) <= 100
    assert saved.photos[0].media.caption is None
    assert await nouns.listings.get("alice", "mls-1") == saved
    item = await table.get(keys.listing("alice", "mls-1"))
    assert item is not None
    assert sum(len(name) + len(str(value).encode()) for name, value in item.items()) < 300 * 1024


async def test_text_that_is_no_unicode_is_rejected(nouns: Repositories) -> None:
    with pytest.raises(Rejected):
        await created(nouns, a_listing(description="half \ud83d"))
    assert await nouns.listings.get("alice", "mls-1") is None


async def test_every_item_says_what_it_is(nouns: Repositories, table: Table, now: Now) -> None:
    (saved,) = await created(nouns, a_rich_listing())
    item = await table.get(keys.listing("alice", "mls-1"))
    assert item is not None
    flat = {name: value for name, value in item.items() if name not in ("Data", "Photos")}
    assert {name: value for name, value in flat.items() if not name.startswith("GSI")} == {
        "PK": "USER#alice",
        "SK": "LISTING#mls-1",
        "EntityType": "Listing",
        "CreatedAt": keys.millis(saved.created_at),
        "UpdatedAt": keys.millis(now()),
        "version": 1,
        "photosVersion": 1,
        "status": "ACTIVE",
        "publishable": 1,
        "takedown": 0,
        "price": 52500000,
        "bedrooms": 3,
        "bathrooms": 2,
        "squareFeet": 185050,
        "propertyType": "residential",
        "city": "austin",
        "zipCode": "78701",
        "latitude": 30267153,
        "longitude": -97743057,
        "listDate": "2026-09-01",
        "searchText": "12 oak lane 4#b austin tx 78701 n-mls-1 residential sunny 🏡  home\nwith a garden",
        "connection": "c1",
        "mlsModifiedAt": 1790812799999,
        "contentHash": "ab" * 32,
    }
