"""Fixtures: the sandboxes, served once for a session, and worlds over them."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.mls import reso
from sandbox.serving import serve
from sandbox.social import facebook, linkedin
from tests.canaries import look
from tests.emulators.dynamodb import ministack_url
from tests.world.storage import EMBEDDED, Storage, dynamodb, late, s3
from tests.world.world import Clock, Sandboxes, World

FEW, FEWEST = 6, 4
PHOTOS, FEW_PHOTOS = (3, 5), (2, 2)


@contextmanager
def _served(folder: Path, homes: int, photos: tuple[int, int] | None = None) -> Iterator[Sandboxes]:
    with ExitStack() as stack:
        app = reso.create_app(folder / "mls", homes=homes, photos=photos, page_default=1, page_max=2)
        mls = stack.enter_context(serve(app))
        clocks = [Clock()]

        def now() -> float:
            return clocks[-1].now().timestamp()

        pages = stack.enter_context(serve(facebook.create_app(folder / "facebook", now=now)))
        members = stack.enter_context(serve(linkedin.create_app(folder / "linkedin", now=now)))
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        yield Sandboxes(mls, pages, http, clocks, folder, members)


@pytest.fixture(scope="session")
def served_sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    """A sandbox MLS of a few homes and the sandbox platforms, on loopback."""
    with _served(tmp_path_factory.mktemp("sandbox"), FEW, PHOTOS) as served:
        yield served


@pytest.fixture(scope="session")
def smallest_sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    """The same with so few homes and photos that hundreds of repetitions are cheap."""
    with _served(tmp_path_factory.mktemp("smallest"), FEWEST, FEW_PHOTOS) as served:
        yield served


@pytest.fixture
def sandboxes(served_sandboxes: Sandboxes) -> Sandboxes:
    """The sandboxes as they were at the beginning."""
    served_sandboxes.reset()
    return served_sandboxes


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Storage:
    """What the environment asks for, as `make run` does: `YARDSIGN_TABLE=dynamodb`, `YARDSIGN_FILES=s3`."""
    on_aws = (os.environ.get("YARDSIGN_TABLE") == "dynamodb", os.environ.get("YARDSIGN_FILES") == "s3")
    return stand_ins(request, *on_aws)


def stand_ins(request: pytest.FixtureRequest, table: bool, files: bool) -> Storage:
    """Stand-ins of DynamoDB for the table and of S3 for the files, where these are wanted."""
    if files:
        request.getfixturevalue("aws_settings")
    return Storage(
        dynamodb(ministack_url()) if table else EMBEDDED.table,
        s3(request.getfixturevalue("s3_url")) if files else EMBEDDED.files,
    )


@pytest.fixture(params=["embedded", "aws, late"])
def storage_on_both(request: pytest.FixtureRequest) -> Storage:
    """For modules whose every test runs on both engines; the indexes of one are late, as they may be."""
    return _storage_at(request)


def _storage_at(request: pytest.FixtureRequest) -> Storage:
    where, _, when = request.param.partition(", ")
    storage = stand_ins(request, table=where == "aws", files=where == "aws")
    return late(storage) if when else storage


@pytest.fixture
async def world(tmp_path: Path, sandboxes: Sandboxes, storage: Storage) -> AsyncIterator[World]:
    """A new installation."""
    made = World(tmp_path, sandboxes, storage)
    await made.start()
    yield made
    await made.stop()
    look("the metrics", made.meter.exposition()[0].decode())
