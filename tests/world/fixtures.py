"""Fixtures: the sandboxes, served once for a session, and worlds over them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from sandbox.mls import reso
from sandbox.serving import serve
from sandbox.social import facebook
from tests.world.world import Sandboxes, World

FEW = 6


@pytest.fixture(scope="session")
def served_sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    """A sandbox MLS of a few homes and a sandbox Facebook, on loopback."""
    folder = tmp_path_factory.mktemp("sandbox")
    with ExitStack() as stack:
        mls = stack.enter_context(serve(reso.create_app(folder / "mls", homes=FEW, page_default=2)))
        pages = stack.enter_context(serve(facebook.create_app(folder / "facebook")))
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        yield Sandboxes(mls, pages, http)


@pytest.fixture
def sandboxes(served_sandboxes: Sandboxes) -> Sandboxes:
    """The sandboxes as they were at the beginning."""
    served_sandboxes.reset()
    return served_sandboxes


@pytest.fixture
async def world(tmp_path: Path, sandboxes: Sandboxes) -> AsyncIterator[World]:
    """A new installation."""
    made = World(tmp_path, sandboxes)
    await made.start()
    yield made
    await made.stop()
