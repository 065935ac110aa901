"""Calls to DynamoDB, repeated for a bounded time while an error passes, with what became of a lost reply."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from adapters.tables.dynamodb_errors import (
    CONDITION_FAILED,
    CONFLICTS,
    THROTTLES,
    code_of,
    explain,
    may_have_happened,
    passing,
    reasons_of,
)
from adapters.tables.dynamodb_values import Stored
from adapters.traces import span
from domain.errors import Unavailable

A = TypeVar("A")
T = TypeVar("T")

FIRST_WAIT = 0.025
LONGEST_WAIT = 1.0
"""Seconds: waits are random, from nothing to a bound that doubles from the first to the longest ("Exponential
Backoff And Jitter", AWS Architecture Blog, calls it full jitter)."""


class ConditionFailed(Exception):
    """A condition did not hold.

    Attributes:
        item: the item as it was; empty if there was none.
        unsure: an earlier try of the same call may have taken effect.
    """

    def __init__(self, item: Stored, unsure: bool) -> None:
        super().__init__("a condition did not hold")
        self.item = item
        self.unsure = unsure


class Cancelled(Exception):
    """A transaction did not happen; a reason per write."""

    def __init__(self, reasons: list[Mapping[str, Any]]) -> None:
        super().__init__("the transaction was cancelled")
        self.reasons = reasons


class Unsure(Exception):
    """The call may have taken effect, and must not be repeated."""


@dataclass(frozen=True, slots=True)
class Time:
    """How long to try, and by which clock; seconds."""

    patience: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic


class Patience:
    """The waits of one call; `wait` raises `Unavailable` when its time is over."""

    def __init__(self, times: Time) -> None:
        self._times = times
        self.refresh()

    def refresh(self) -> None:
        """Begin anew, after some progress."""
        self._end = self._times.monotonic() + self._times.patience
        self._longest = FIRST_WAIT

    async def wait(self, sentence: str, *, unsure: bool) -> None:
        pause = random.uniform(0, self._longest)  # noqa: S311 - spreads callers, guards nothing
        if self._times.monotonic() + pause > self._end:
            raise Unavailable(sentence, retry_after=LONGEST_WAIT, outcome_unknown=unsure)
        self._longest = min(2 * self._longest, LONGEST_WAIT)
        await self._times.sleep(pause)


class Calls:
    """The operations of one table through one client.

    Args:
        client: a DynamoDB client that does not retry by itself.
    """

    def __init__(self, client: Any, table: str, times: Time) -> None:
        self._client = client
        self.table = table
        self.times = times

    async def do(self, operation: str, *, repeat: bool = True, **request: Any) -> dict[str, Any]:
        """The answer of an operation, such as `put_item`.

        Args:
            repeat: whether a try that may have taken effect may be followed by another; throttled ones always
                are.

        Raises:
            ConditionFailed, Cancelled, Unsure: see there.
            Unavailable: it did not work in the time there is.
            Rejected: credentials, region, table or index are not right.
            Unfit: DynamoDB finds a limit broken.
        """
        call: Callable[..., Awaitable[dict[str, Any]]] = getattr(self._client, operation)
        patience = Patience(self.times)
        unsure = False
        while True:
            try:
                with span(f"DynamoDB {operation}", db__system__name="aws.dynamodb"):
                    return await call(**request)
            except (ClientError, BotoCoreError) as error:
                sentence = self._passing(error, request, unsure)
                unsure = unsure or may_have_happened(error)
                if unsure and not repeat:
                    raise Unsure from error
            await patience.wait(sentence, unsure=unsure)

    def _passing(self, error: ClientError | BotoCoreError, request: Mapping[str, Any], unsure: bool) -> str:
        """What to say if the error lasts; raises what the caller gets if it is not one that passes."""
        if isinstance(error, ClientError):
            code = code_of(error)
            if code in CONDITION_FAILED:
                item: Any = error.response.get("Item", {})
                raise ConditionFailed(item, unsure) from error
            if code == "TransactionCanceledException":
                return self._cancelled(error, request)
            if code in THROTTLES:
                return "DynamoDB is throttling this table."
            if code in CONFLICTS:
                return "Too many write to the same items of the table at once."
        if not passing(error):
            raise explain(error, self.table, self._client.meta.region_name) from error
        return "DynamoDB does not answer." if isinstance(error, BotoCoreError) else "DynamoDB is failing."

    def _cancelled(self, error: ClientError, request: Mapping[str, Any]) -> str:
        """Conflicts and throttling are worth another try.

        Beside a condition that failed they are too, if they hide whether another condition holds: a caller
        takes every other reason for one that did not fail.
        """
        reasons = reasons_of(error)
        codes = [str(reason.get("Code")) for reason in reasons]
        conditional = [
            "ConditionExpression" in write for entry in request["TransactItems"] for write in entry.values()
        ]
        busy = [code in CONFLICTS | THROTTLES for code in codes]
        failed = not CONDITION_FAILED.isdisjoint(codes)
        hidden = any(one and also for one, also in zip(busy, conditional, strict=False))
        if "ValidationError" in codes or not any(busy) or (failed and not hidden):
            raise Cancelled(reasons) from error
        return "Too many write to the same items of the table at once."


async def together(call: Callable[[A], Awaitable[T]], arguments: Iterable[A], most: int) -> list[T]:
    """The answers to a call for each argument, so many at a time; the first error is raised when all ended."""
    gate = asyncio.Semaphore(most)

    async def one(argument: A) -> T:
        async with gate:
            return await call(argument)

    answers = await asyncio.gather(*map(one, arguments), return_exceptions=True)
    found: list[T] = []
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        found.append(answer)
    return found
