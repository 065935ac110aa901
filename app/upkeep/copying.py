"""Copying a table or a store of files to another one, proved thing by thing."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.upkeep.ends import End
from app.upkeep.ledger import Ledger, Phase

Say = Callable[[str], None]

NAMED = 20
"""How many differences a report names."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a copy came to.

    Attributes:
        source, target: how many things are there, and a SHA-256 over all of them.
        differences: a sentence on each thing that is not the same.
    """

    source: tuple[int, str]
    target: tuple[int, str]
    differences: list[str]

    def __str__(self) -> str:
        lines = [f"source: {self.source[0]}, sha256 {self.source[1]}"]
        lines.append(f"target: {self.target[0]}, sha256 {self.target[1]}")
        lines += self.differences[:NAMED]
        if len(self.differences) > NAMED:
            lines.append(f"and {len(self.differences) - NAMED} more")
        return "\n".join(lines)


async def copy(
    source: End,
    target: End,
    ledger: Ledger,
    *,
    say: Say,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    now: Callable[[], float] = time.time,
) -> Report:
    """Copy everything, read both ends again, and say what is not the same.

    The source is closed for writing first and stays so, whatever happens: else two installations would go on with
    the same posts. A target that cannot be one is refused before that. Broken off anywhere, the same call with the same ledger goes on. A target that was filled by a
    copy before, and opened to nobody since, loses what the source does not hold.

    Raises:
        Conflict: the target holds something of its own, or is a source itself.
        YardsignError: an end did not answer.
    """
    await target.examine()
    await source.forbid()
    if ledger.position(Phase.COPY) == "" and source.heed_seconds:
        say(f"The source is read-only. Waiting {source.heed_seconds:.0f} s for what is being written.")
        await sleep(source.heed_seconds)
    await target.begin(anew=ledger.is_new)
    await _pass(source, ledger, Phase.COPY, say, target)
    await _pass(source, ledger, Phase.SOURCE, say)
    await _pass(target, ledger, Phase.TARGET, say)
    for name in ledger.only_in_target():
        await target.remove([name])
        ledger.forget(name)
    report = Report(ledger.sum(Phase.SOURCE), ledger.sum(Phase.TARGET), list(ledger.differences(now())))
    ledger.close(remove=True)  # before the end, so that whoever dies here begins anew and not behind it
    if not report.differences:
        await target.finish()
    return report


async def _pass(end: End, ledger: Ledger, phase: Phase, say: Say, into: End | None = None) -> None:
    position = ledger.position(phase)
    if position is None:
        return
    done = 0
    async for things in end.slices(position):
        if into is not None:
            await into.put(things)
        ledger.advance(phase, [thing.seen for thing in things])
        done += len(things)
        if done // 10_000 != (done - len(things)) // 10_000:
            say(f"{phase.value}: {done:,}")
    ledger.end(phase)
