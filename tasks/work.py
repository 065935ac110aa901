"""Carrying out one intent: take it, keep the lease while working, write down how it ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from domain.entities.intent import STANDING, Dead, Done, Intent, IntentKind, Later, Outcome
from domain.errors import Conflict, Overtaken, Unavailable
from domain.ports import Ports
from domain.ports.meters import Worked
from domain.rules.schedule import after, backoff
from domain.use_cases.work import WORK, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long work may take, and how often it may fail.

    Attributes:
        slice: after so long the work stops at its next checkpoint and rings again.
        hang_seconds: work that passes no checkpoint for so long is broken off and tried again.
        most_attempts: failures in a row that nobody foresaw, after which work is put where people see it.
    """

    lease_seconds: float = 20.0
    renew_seconds: float = 5.0
    slice: timedelta = timedelta(seconds=60)
    hang_seconds: float = 240.0
    most_attempts: int = 12

    @classmethod
    def of_lease(cls, seconds: float) -> "Limits":
        """With leases of so many seconds, renewed four times in each."""
        return cls(lease_seconds=seconds, renew_seconds=seconds / 4)


LIMITS = Limits()

log = structlog.get_logger(__name__)


async def carry_out(
    ports: Ports,
    kind: IntentKind,
    target: str,
    *,
    work: Mapping[IntentKind, Work] = WORK,
    limits: Limits = LIMITS,
) -> None:
    """Do a slice of the work that is owed, if it is due and nobody else holds it.

    A second message for the same intent finds it held or gone and does nothing, so that a message may come
    any number of times. Whoever cancels this gives the work back, due at once.
    """
    intent = await ports.intents.take(kind, target, ports.new_id(), limits.lease_seconds)
    if intent is None:
        return
    with ports.marks.work(intent):
        try:
            outcome = await _leased(ports, intent, work[kind], limits)
        except asyncio.CancelledError:
            await _settle(ports, intent, Later(ports.now()), "given_back")
            raise
        except Overtaken:
            log.info("work.overtaken")
            ports.meter.worked(kind, "overtaken")
        else:
            await _settle(ports, intent, outcome, _called(outcome))


def _called(outcome: Outcome) -> Worked:
    match outcome:
        case Done():
            return "done"
        case Dead():
            return "dead"
        case Later(failure=failure):
            return "later" if failure is None else "failed"


async def _settle(ports: Ports, intent: Intent, outcome: Outcome, called: Worked) -> None:
    try:
        is_due = await ports.intents.settle(intent, outcome)
    except Overtaken:
        log.info("work.overtaken")
        ports.meter.worked(intent.kind, "overtaken")
    except Unavailable as error:  # not even the outcome could be written: the lease's end brings it back
        log.warning("work.store_unavailable", error=error.message)
        ports.meter.worked(intent.kind, "failed")
    else:
        ports.meter.worked(intent.kind, called)
        if is_due:  # whoever wished for it meanwhile rang in vain, because it was held
            await ports.bell.ring(intent.kind, intent.target)


async def _leased(ports: Ports, intent: Intent, work: Work, limits: Limits) -> Outcome:
    """Work while a second task moves the lease's end; losing the lease breaks the work off."""
    working = asyncio.create_task(_work(ports, intent, work, limits))
    renewal = asyncio.create_task(_renew(ports, intent, limits))
    try:
        await asyncio.wait({working, renewal}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await renewal  # raises why the lease is lost
        return await working
    finally:
        working.cancel()
        renewal.cancel()
        await asyncio.gather(working, renewal, return_exceptions=True)


async def _renew(ports: Ports, intent: Intent, limits: Limits) -> None:
    while True:
        await asyncio.sleep(limits.renew_seconds)
        try:
            await ports.intents.renew(intent.as_fence, limits.lease_seconds)
        except Unavailable as error:  # the next renewal may still come in time
            log.warning("work.renewal_failed", error=error.message)


async def _work(ports: Ports, intent: Intent, work: Work, limits: Limits) -> Outcome:
    try:
        async with asyncio.timeout(limits.hang_seconds):
            return await work(ports, intent=intent, until=ports.now() + limits.slice)
    except Overtaken:
        raise
    except (Unavailable, Conflict) as error:
        return _again(ports, intent, error.message)
    except Exception as error:
        log.exception("work.failed", attempts=intent.attempts)
        why = f"An unforeseen failure: {type(error).__name__}."
        if intent.attempts >= limits.most_attempts and intent.kind not in STANDING:
            return Dead(why)
        return _again(ports, intent, why)


def _again(ports: Ports, intent: Intent, why: str) -> Later:
    wait = backoff(max(intent.attempts, 1), ports.random())
    return Later(after(ports.now(), wait.total_seconds()), failure=why)
