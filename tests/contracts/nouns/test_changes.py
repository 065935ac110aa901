"""What is promised of a user's changes in the order in which they were written."""

from datetime import timedelta

import pytest

from adapters.tables.repositories import Repositories
from domain.entities.common import PageRequest
from domain.errors import Invalid
from domain.ports import ListingSave
from tests.contracts.nouns import make
from tests.contracts.nouns.conftest import Now

USER = "alice"


async def write(
    nouns: Repositories, *ids: str, listing: str = "mls-1", user: str = USER, **more: object
) -> None:
    """A new listing with these changes."""
    changes = tuple(make.a_change(id, listing, user, **more) for id in ids)
    await nouns.listings.create(ListingSave(listing=make.a_listing(listing, user_id=user), changes=changes))


class TestChangesSince:
    async def test_those_of_all_listings_in_the_order_of_writing(self, nouns: Repositories, now: Now) -> None:
        begin = now()
        await write(nouns, "c9", listing="mls-1")
        now.pass_by(seconds=1)
        await write(nouns, "c1", "c2", listing="mls-2", at=make.AT - timedelta(days=9))
        found = await nouns.changes.since(USER, begin, PageRequest(10))
        assert [(one.id, one.listing_id) for one in found.items] == [
            ("c9", "mls-1"),
            ("c1", "mls-2"),
            ("c2", "mls-2"),
        ]
        assert [one.written_at for one in found.items] == [begin, now(), now()]

    async def test_from_the_moment_on_and_none_before(self, nouns: Repositories, now: Now) -> None:
        await write(nouns, "c1", listing="mls-1")
        now.pass_by(milliseconds=1)
        await write(nouns, "c2", listing="mls-2")
        found = await nouns.changes.since(USER, now(), PageRequest(10))
        assert [one.id for one in found.items] == ["c2"]
        assert (
            await nouns.changes.since(USER, now() + timedelta(milliseconds=1), PageRequest(10))
        ).items == []

    async def test_page_by_page(self, nouns: Repositories, now: Now) -> None:
        begin = now()
        await write(nouns, *(f"c{number}" for number in range(5)))
        seen: list[str] = []
        page = await nouns.changes.since(USER, begin, PageRequest(2))
        while True:
            seen += [one.id for one in page.items]
            if page.end is None:
                break
            page = await nouns.changes.since(USER, begin, PageRequest(2, page.end))
        assert seen == ["c0", "c1", "c2", "c3", "c4"]

    async def test_those_of_others_are_not_there(self, nouns: Repositories, now: Now) -> None:
        begin = now()
        await write(nouns, "c1", user="bob")
        assert (await nouns.changes.since(USER, begin, PageRequest(10))).items == []

    async def test_a_forged_cursor(self, nouns: Repositories, now: Now) -> None:
        with pytest.raises(Invalid):
            await nouns.changes.since(USER, now(), PageRequest(10, "nonsense"))
