"""Fixtures that all tests share."""

from tests.canaries import pytest_runtest_makereport
from tests.emulators.s3 import aws_settings, s3_url
from tests.garbage import pytest_collection
from tests.in_memory import keep_temporary_files_in_memory
from tests.redis_server import redis_url
from tests.world.fixtures import sandboxes, served_sandboxes, smallest_sandboxes, storage, world

__all__ = [
    "aws_settings",
    "pytest_collection",
    "pytest_runtest_makereport",
    "redis_url",
    "s3_url",
    "sandboxes",
    "served_sandboxes",
    "smallest_sandboxes",
    "storage",
    "world",
]

keep_temporary_files_in_memory()
