"""Stages on each kind of storage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.stage import Stage
from tests.world import Sandboxes
from tests.world.fixtures import stand_ins
from tests.world.media import served_storage
from tests.world.storage import EMBEDDED, Storage


@pytest.fixture
def stage(tmp_path: Path, smallest_sandboxes: Sandboxes, storage: Storage) -> Stage:
    """On the engines that the environment asks for."""
    return Stage(tmp_path / "world", smallest_sandboxes, storage, keeps=storage == EMBEDDED)


@pytest.fixture
def stage_within_reach(tmp_path: Path, smallest_sandboxes: Sandboxes) -> Iterator[Stage]:
    """On the embedded engines, its photos served to platforms that fetch them."""
    with served_storage() as storage:
        yield Stage(tmp_path / "world", smallest_sandboxes, storage, keeps=True)


@pytest.fixture
def stage_on_aws(tmp_path: Path, smallest_sandboxes: Sandboxes, request: pytest.FixtureRequest) -> Stage:
    """On stand-ins of DynamoDB and S3; what is disturbed there ends as on the embedded engines."""
    storage = stand_ins(request, table=True, files=True)
    embedded = Stage(tmp_path / "embedded", smallest_sandboxes, EMBEDDED)
    return Stage(tmp_path / "world", smallest_sandboxes, storage, model=embedded)
