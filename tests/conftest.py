"""Fixtures that all tests share."""

from tests.redis_server import redis_url
from tests.world.fixtures import sandboxes, served_sandboxes, smallest_sandboxes, world

__all__ = ["redis_url", "sandboxes", "served_sandboxes", "smallest_sandboxes", "world"]
