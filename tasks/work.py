"""Carrying out one intent: take it, keep the lease while working, write down how it ended."""

import asyncio
from datetime import timedelta

import structlog

from domain.entities.intent import Dead, Intent, IntentKind, Later, Outcome
from domain.errors import Conflict, Overtaken, Unavailable
from domain.ports import Ports
from domain.rules.schedule import after, backoff
from domain.use_cases.work import WORK

LEASE_SECONDS = 20.0
RENEW_SECONDS = 5.0
SLICE = timedelta(seconds=60)
"""After so long the work stops at its next checkpoint and rings again."""

BROKEN_OFF_SECONDS = 240.0
"""Work that passes no checkpoint for so long hangs: it is broken off and tried again."""

MOST_ATTEMPTS = 12
"""Failures in a row that nobody foresaw, after which work is put where people see it."""

log = structlog.get_logger(__name__)


async def carry_out(ports: Ports, kind: IntentKind, target: str) -> None:
    """Do a slice of the work that is owed, if it is due and nobody else holds it.

    A second message for the same intent finds it held or gone and does nothing, so that a message may come
    any number of times.
    """
    intent = await ports.intents.take(kind, target, ports.new_id(), LEASE_SECONDS)
    if intent is None:
        return
    try:
        outcome = await _leased(ports, intent)
        await ports.intents.settle(intent, outcome)
    except Overtaken:
        log.info("work.overtaken", kind=kind, target=target)
        return
    except Unavailable as error:  # not even the outcome could be written: the lease's end brings it back
        log.warning("work.store_unavailable", kind=kind, target=target, error=error.message)
        return
    if isinstance(outcome, Later) and outcome.due <= ports.now():
        await ports.bell.ring(kind, target)


async def _leased(ports: Ports, intent: Intent) -> Outcome:
    """Work while a second task moves the lease's end; losing the lease breaks the work off."""
    work = asyncio.create_task(_work(ports, intent))
    renewal = asyncio.create_task(_renew(ports, intent))
    try:
        await asyncio.wait({work, renewal}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await renewal  # raises why the lease is lost
        return await work
    finally:
        work.cancel()
        renewal.cancel()
        await asyncio.gather(work, renewal, return_exceptions=True)


async def _renew(ports: Ports, intent: Intent) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await ports.intents.renew(intent.as_fence, LEASE_SECONDS)
        except Unavailable as error:  # the next renewal may still come in time
            log.warning("work.renewal_failed", kind=intent.kind, error=error.message)


async def _work(ports: Ports, intent: Intent) -> Outcome:
    try:
        async with asyncio.timeout(BROKEN_OFF_SECONDS):
            return await WORK[intent.kind](ports, intent=intent, until=ports.now() + SLICE)
    except Overtaken:
        raise
    except (Unavailable, Conflict) as error:
        return _again(ports, intent, error.message)
    except Exception as error:
        log.exception("work.failed", kind=intent.kind, target=intent.target, attempts=intent.attempts)
        why = f"An unforeseen failure: {type(error).__name__}."
        if intent.attempts >= MOST_ATTEMPTS and intent.kind is not IntentKind.SYNC:
            return Dead(why)
        return _again(ports, intent, why)


def _again(ports: Ports, intent: Intent, why: str) -> Later:
    wait = backoff(max(intent.attempts, 1), ports.random())
    return Later(after(ports.now(), wait.total_seconds()), failure=why)
