"""What is promised of the switches of the installation."""

from dataclasses import replace

import pytest

from adapters.tables import keys
from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import Item, Key, Table
from adapters.vault import Vault
from domain.entities.installation import Installation
from domain.errors import Conflict
from domain.ports.installation import RECENT_SECONDS
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.wrapped import Wrapped


@pytest.fixture
def others(table: Table, vault: Vault, now: Now) -> Repositories:
    """Those of another process."""
    return repositories(table, vault, now)


async def test_everything_is_on_at_first(nouns: Repositories) -> None:
    assert await nouns.installations.get() == Installation()
    assert await nouns.installations.recent() == Installation()


async def test_what_was_saved_comes_back(nouns: Repositories, others: Repositories, now: Now) -> None:
    off = Installation(sync_enabled=False, changed_at=now(), changed_by="root")
    saved = await nouns.installations.save(off)
    assert saved == replace(off, version=1)
    assert await nouns.installations.get() == saved
    assert await others.installations.get() == saved
    on = await others.installations.save(replace(saved, sync_enabled=True))
    assert await nouns.installations.get() == on == replace(saved, sync_enabled=True, version=2)


async def test_of_two_who_switch_one_is_told(nouns: Repositories, others: Repositories) -> None:
    seen = await nouns.installations.get()
    first = await others.installations.save(replace(seen, sync_enabled=False))
    with pytest.raises(Conflict):
        await nouns.installations.save(replace(seen, sync_enabled=True))
    assert await nouns.installations.get() == first


async def test_the_switch_is_known_here_at_once_and_elsewhere_within_seconds(
    nouns: Repositories, others: Repositories, now: Now
) -> None:
    assert (await others.installations.recent()).sync_enabled
    await nouns.installations.save(Installation(sync_enabled=False))
    assert not (await nouns.installations.recent()).sync_enabled
    now.pass_by(seconds=RECENT_SECONDS - 0.1)
    assert (await others.installations.recent()).sync_enabled
    now.pass_by(seconds=0.1)
    assert not (await others.installations.recent()).sync_enabled


async def test_asking_all_the_time_reads_once_in_seconds(table: Table, vault: Vault, now: Now) -> None:
    class Read(Wrapped):
        times = 0

        async def get(self, key: Key) -> Item | None:
            self.times += 1
            return await super().get(key)

    read = Read(table)
    installations = repositories(read, vault, now).installations
    for _ in range(3):
        for _ in range(100):
            await installations.recent()
        now.pass_by(seconds=RECENT_SECONDS)
    assert read.times == 3


async def test_a_clock_that_is_set_back_does_not_keep_what_is_old(
    nouns: Repositories, others: Repositories, now: Now
) -> None:
    await nouns.installations.recent()
    await others.installations.save(Installation(sync_enabled=False))
    now.pass_by(hours=-1)
    assert not (await nouns.installations.recent()).sync_enabled


async def test_it_is_found_under_its_key(nouns: Repositories, table: Table) -> None:
    await nouns.installations.save(Installation(sync_enabled=False))
    item = await table.get(keys.installation())
    assert item is not None
    assert item["EntityType"] == "Installation"
