"""The whole system in one process for tests: real engines and real HTTP, and a clock that tests move."""

from tests.world.crashes import Crash, Died, Mode
from tests.world.world import Sandboxes, World

__all__ = ["Crash", "Died", "Mode", "Sandboxes", "World"]
