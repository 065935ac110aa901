"""Marks on what is logged and traced: variables of the present task, which every line of the log shows."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from structlog.contextvars import bind_contextvars, bound_contextvars

from adapters.remembered import Remembered
from adapters.traces import Traces
from domain.entities.intent import Intent, IntentKind

_OPAQUE = frozenset(
    {
        IntentKind.SYNC,
        IntentKind.RESTORE,
        IntentKind.PHOTOS,
        IntentKind.ERASE,
        IntentKind.PUBLISH,
        IntentKind.TAKEDOWN,
        IntentKind.UNPUBLISH,
        IntentKind.ENGAGEMENT,
    }
)
"""Kinds whose targets are ids of our own making; those of others may hold a user's."""


class LoggedMarks:
    """`domain.ports.Marks` as variables of structlog's, and as spans where traces are on.

    Args:
        key: of the users' hashes; whoever has it can tell which hash is a certain user's.
    """

    def __init__(self, key: bytes, traces: Traces | None = None) -> None:
        self._key = key
        self._pseudonyms: Remembered[str, str] = Remembered(10_000)
        self.traces = traces

    def pseudonym(self, name: str) -> str:
        """Sixteen hexadecimal digits, the same for the same name."""
        known = self._pseudonyms.get(name)
        if known is None:
            known = hmac.digest(self._key, name.encode(errors="replace"), "sha256")[:8].hex()
            self._pseudonyms.put(name, known)
        return known

    def user(self, user_id: str) -> None:
        bind_contextvars(user=self.pseudonym(user_id))

    def run(self, run_id: str) -> None:
        bind_contextvars(run=run_id)

    @contextmanager
    def work(self, intent: Intent) -> Iterator[None]:
        kind, target, run = intent.kind, intent.target, intent.payload.get("run")
        marks = {"kind": kind.value, "user": self.pseudonym(intent.user_id)}
        marks["target"] = target if kind in _OPAQUE else self.pseudonym(target)
        marks |= {"run": str(run)} if run else {}
        marks |= {"connection": target} if kind is IntentKind.SYNC else {}
        around = (
            self.traces.begin(f"work {kind.value}", "consumer", intent.trace, attempts=intent.attempts)
            if self.traces is not None
            else nullcontext()
        )
        with bound_contextvars(**marks), around:
            yield
