"""What is promised of the place where the comparison of files with listings keeps how far it is."""

from dataclasses import replace

import pytest

from adapters.tables.repositories import Repositories
from domain.entities.file_sweep import FileSweep
from domain.entities.intent import IntentKind
from domain.errors import Conflict, Overtaken
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import a_fence, passed


async def test_how_far_it_is_comes_back_and_only_its_holder_moves_it(nouns: Repositories, now: Now) -> None:
    fence = await a_fence(nouns, IntentKind.FILES, "photos")
    assert await nouns.file_sweeps.get() is None
    begun = await nouns.file_sweeps.save(FileSweep(begun_at=now()), fence=fence)
    assert await nouns.file_sweeps.get() == begun == FileSweep(begun_at=now(), version=1)
    moved = replace(
        begun, after="listings/u/l/large/1.webp", listings_after="c", unnamed=3, missing=2, finished_at=now()
    )
    assert await nouns.file_sweeps.save(moved, fence=fence) == replace(moved, version=2)
    with pytest.raises(Conflict):
        await nouns.file_sweeps.save(moved, fence=fence)
    with pytest.raises(Overtaken):
        await nouns.file_sweeps.save(replace(moved, version=2), fence=passed(fence))
    assert await nouns.file_sweeps.get() == replace(moved, version=2)
