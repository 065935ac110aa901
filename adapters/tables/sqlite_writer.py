"""The one thread of a process that writes to the SQLite file, many units of work in one commit.

A commit waits for the disk, and the disk takes about as long for five hundred units as for one. So the
thread takes whatever is queued, does it in one transaction, and answers everybody after the commit.
"""

import asyncio
import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from adapters.tables import sqlite_sql as sql
from adapters.tables.table import Refused, Unfit
from domain.errors import Unavailable

T = TypeVar("T")

GROUP = 500
"""The most units in one commit."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """Work to be done wholly or not at all.

    `work` computes everything before its first statement that writes, and raises `Refused` or `Unfit` only
    before it: a unit that says no leaves nothing behind in the transaction it shares.
    """

    work: Callable[[sqlite3.Connection], Any]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]
    own_transaction: bool


class Writer:
    """Carries out units one after the other; several processes may each have one on the same file.

    Args:
        patience: seconds a caller waits for an answer before it is told `Unavailable`.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        self._patience = patience
        self._lock_path = path.with_name(path.name + ".lock")
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._open = True
        self._entrance = threading.Lock()
        with sql.unavailable():
            self._lock_file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                with self._alone_among_processes():
                    sql.create(path)
                # Half of it, so that a caller hears that the database is locked rather than nothing.
                self._connection = sql.connect(path, busy_seconds=patience / 2)
            except BaseException:
                os.close(self._lock_file)
                raise
        # A daemon, so that a process that forgot to close can end; what was answered is on the disk.
        self._thread = threading.Thread(target=self._run, name=f"writer of {path.name}", daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[sqlite3.Connection], T], *, own_transaction: bool = True) -> T:
        """Carry out the work and answer what it answers, once that is on the disk.

        Whoever is cancelled while waiting may find the work done or not. Raises what `work` raises, and
        `Unavailable`. With `own_transaction=False` the work runs outside of any transaction.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        with self._entrance:
            if not self._open:
                raise Unavailable("The database is closed.")
            self._queue.put(_Unit(work, loop, answer, own_transaction))
        try:
            async with asyncio.timeout(self._patience):
                return await answer
        except TimeoutError:
            raise Unavailable("The database did not answer in time.", outcome_unknown=True) from None

    def close(self) -> None:
        """Finish what is queued and let the file go; blocks, `patience` seconds at most."""
        with self._entrance:
            if self._open:
                self._open = False
                self._queue.put(None)
        self._thread.join(self._patience)

    def _run(self) -> None:
        try:
            while (unit := self._queue.get()) is not None:
                units, last = self._gathered(unit)
                self._carry_out(units)
                if last:
                    break
        finally:
            self._connection.close()
            os.close(self._lock_file)

    def _gathered(self, first: _Unit) -> tuple[list[_Unit], bool]:
        """What is queued by now, and whether the end of the queue is in it."""
        units = [first]
        while len(units) < GROUP:
            try:
                unit = self._queue.get_nowait()
            except queue.Empty:
                return units, False
            if unit is None:
                return units, True
            units.append(unit)
        return units, False

    def _carry_out(self, units: list[_Unit]) -> None:
        waited_for = [unit for unit in units if not unit.answer.cancelled()]
        shared = [unit for unit in waited_for if unit.own_transaction]
        outcomes = self._outcomes(shared, self._commit) if shared else []
        _answer(shared, outcomes)
        for unit in waited_for:
            if not unit.own_transaction:
                _answer([unit], self._outcomes([unit], self._each))

    def _outcomes(self, units: list[_Unit], way: Callable[[list[_Unit]], list[Any]]) -> list[Any]:
        """An answer or an exception per unit; if they fail together, each gets a chance of its own."""
        try:
            with self._alone_among_processes():
                return way(units)
        except Exception as error:
            if len(units) == 1 or sql.is_locked(error):
                return [_explained(error) for _ in units]
        return [outcome for unit in units for outcome in self._outcomes([unit], way)]

    def _commit(self, units: list[_Unit]) -> list[Any]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = self._each(units)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return outcomes

    def _each(self, units: list[_Unit]) -> list[Any]:
        outcomes: list[Any] = []
        for unit in units:
            try:
                outcomes.append(unit.work(self._connection))
            except (Refused, Unfit) as verdict:
                outcomes.append(verdict)
        return outcomes

    @contextmanager
    def _alone_among_processes(self) -> Iterator[None]:
        # SQLite's own lock is polled with sleeps: among three processes one waited for a second.
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)


def _explained(error: Exception) -> Exception:
    return sql.explain(error) if isinstance(error, sqlite3.Error | OSError) else error


def _answer(units: list[_Unit], outcomes: list[Any]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for unit, outcome in zip(units, outcomes, strict=True):
        by_loop.setdefault(unit.loop, []).append((unit.answer, outcome))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_hand_over, answers)
        except RuntimeError:
            # The loop is closed: nobody waits there any more.
            continue


def _hand_over(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for answer, outcome in answers:
        if answer.done():
            continue
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)
