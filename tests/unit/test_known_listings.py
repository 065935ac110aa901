"""Listings that were decoded and shown once: the same again, and never a stale one."""

import weakref
from dataclasses import replace

from adapters.remembered import Companions
from adapters.tables.codec import Codec
from adapters.tables.listing_items import listing_item, listing_of
from domain.entities.post import Post, PostState
from schema.listings import Listing
from tests.contracts.nouns.make import AT, a_photo, a_rich_listing


def test_a_stored_listing_is_decoded_once_until_anything_of_it_changes() -> None:
    stored = replace(a_rich_listing(), version=3, photos_version=2)
    first = listing_of(listing_item(stored, AT))
    assert first == stored
    assert listing_of(listing_item(stored, AT)) is first
    changes = (
        replace(stored, version=4),
        replace(stored, photos_version=3),
        replace(stored, photos=(a_photo("m1", attempts=1),)),
        replace(stored, facts=replace(stored.facts, bedrooms=4)),
        replace(stored, removed_photos=(a_photo("m9", removed_at=AT),)),
    )
    for changed in changes:
        assert listing_of(listing_item(changed, AT)) == changed


def test_what_the_graph_shows_is_made_once_for_an_entity() -> None:
    listing = a_rich_listing()
    shown = Listing.of(listing)
    assert Listing.of(listing) is shown
    cheaper = Listing.of(replace(listing, facts=replace(listing.facts, price=None)))
    assert (shown.price is None, cheaper.price) == (False, None)
    assert Listing.of(replace(listing, user_id="bob")).owner == "bob"


def test_what_the_graph_shows_goes_with_the_entity() -> None:
    made = Companions[Listing, object]()
    shown = [weakref.ref(Listing.of(replace(a_rich_listing(), id=str(number)))) for number in range(10)]
    assert [one() for one in shown] == [None] * 10
    listing = Listing.of(a_rich_listing())
    made.put(listing, "shown")
    assert (made.get(listing), made.get(replace(listing)), len(made)) == ("shown", None, 1)
    del listing
    assert len(made) == 0


def test_what_lies_apart_from_the_text_tells_entities_apart() -> None:
    codec = Codec(Post, apart={"version"}, remembered=10_000)
    post = Post(
        id="p",
        user_id="alice",
        listing_id="l",
        account_id="a",
        platform="facebook",
        state=PostState.PENDING,
        text="Sunny",
        created_at=AT,
        updated_at=AT,
    )
    text = codec.encode(post)
    first = codec.decode(text, version=1)
    assert codec.decode(text, version=1) is first
    assert codec.decode(text, version=2) == replace(post, version=2)
