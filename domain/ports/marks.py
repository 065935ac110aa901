"""What is logged and traced meanwhile, told apart by what it belongs to."""

from contextlib import AbstractContextManager
from typing import Protocol

from domain.entities.intent import Intent


class Marks(Protocol):
    """Marks what is logged, and what is traced, in the present task and those it starts; names nobody.

    Users are told apart by a keyed hash. Nothing here raises, nor takes longer than some microseconds.
    """

    def user(self, user_id: str) -> None:
        """From here on it is for this user."""
        ...

    def run(self, run_id: str) -> None:
        """From here on it belongs to this run."""
        ...

    def work(self, intent: Intent) -> AbstractContextManager[None]:
        """Within, it belongs to the work on this intent, and to the trace that the wish for it came from."""
        ...
