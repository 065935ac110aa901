"""All users' connections, page by page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.tables.repositories import Repositories
from domain.entities.common import PageRequest
from domain.entities.mls_connection import MlsConnection
from domain.errors import Invalid
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import CREDENTIALS, a_connection

Names = list[tuple[str, str]]


async def all_of(nouns: Repositories, first: int, **wanted: bool) -> Names:
    """Page by page to the end; no page is longer than asked for."""
    found: list[MlsConnection] = []
    after: str | None = None
    while True:
        page = await nouns.mls_connections.page_of_all(PageRequest(first, after), **wanted)
        assert len(page.items) == len(page.cursors) <= first
        found += page.items
        if not page.more:
            return [(one.user_id, one.id) for one in found]
        assert page.end not in (None, after)
        after = page.end


async def stored(nouns: Repositories, count: int) -> Names:
    names = [(f"user-{n % 7}", f"c{n}") for n in range(count)]
    for user_id, id in names:
        await nouns.mls_connections.create(a_connection(id, user_id), CREDENTIALS)
    return names


@pytest.mark.parametrize("first", [1, 3, 20, 100])
async def test_each_comes_once_whatever_the_page(nouns: Repositories, first: int) -> None:
    assert await all_of(nouns, first) == []
    names = await stored(nouns, 40)
    found = await all_of(nouns, first)
    assert sorted(found) == sorted(names)


async def test_every_cursor_leads_behind_its_connection(nouns: Repositories) -> None:
    await stored(nouns, 30)
    whole = await nouns.mls_connections.page_of_all(PageRequest(100))
    for place, cursor in enumerate(whole.cursors):
        rest = await nouns.mls_connections.page_of_all(PageRequest(100, cursor))
        assert rest.items == whole.items[place + 1 :]


async def test_what_is_wanted_is_found_on_the_connections_as_they_are(nouns: Repositories, now: Now) -> None:
    fresh, since = now(), now() - timedelta(hours=2)
    kinds: dict[str, dict[str, Any]] = {
        "fine": {"last_synced_at": fresh},
        "off": {"last_synced_at": since, "enabled": False},
        "stuck": {"last_synced_at": fresh, "needs_action": "Log in again."},
        "stale": {"last_synced_at": since},
    }
    for n, (id, more) in enumerate(kinds.items()):
        await nouns.mls_connections.create(a_connection(id, f"user-{n}", **more), CREDENTIALS)

    async def found(**wanted: bool) -> set[str]:
        return {id for _, id in await all_of(nouns, 1, **wanted)}

    assert await found(enabled=False) == {"off"}
    assert await found(enabled=True) == {"fine", "stuck", "stale"}
    assert await found(needs_action=True) == {"stuck"}
    assert await found(stale=True) == {"stale"}
    assert await found(stale=False, enabled=True, needs_action=False) == {"fine"}
    stale = await nouns.mls_connections.get("user-3", "stale")
    assert stale is not None
    await nouns.mls_connections.save(replace(stale, last_synced_at=fresh))
    assert await found(stale=True) == set()


async def test_a_page_of_few_among_many_may_be_short_but_goes_on(nouns: Repositories) -> None:
    names = await stored(nouns, 60)
    user_id, id = names[-1]
    last = await nouns.mls_connections.get(user_id, id)
    assert last is not None
    await nouns.mls_connections.save(replace(last, enabled=False))
    assert await all_of(nouns, 5, enabled=False) == [(user_id, id)]


async def test_a_cursor_that_was_forged_or_is_of_another_list_is_refused(nouns: Repositories) -> None:
    await stored(nouns, 20)
    page = await nouns.mls_connections.page_of_all(PageRequest(5))
    assert page.end is not None
    shard, _, rest = page.end.partition(".")
    forged = (
        "",
        "nonsense",
        "16.",
        "-1.",
        f"٠١.{rest}",
        f"{(int(shard) + 1) % 16:02d}.{rest}",
        f"{shard}.x.y",
    )
    for cursor in forged:
        with pytest.raises(Invalid):
            await nouns.mls_connections.page_of_all(PageRequest(5, cursor))
    with pytest.raises(Invalid):
        await nouns.mls_connections.page_of_all(PageRequest(5, page.end), enabled=True)
