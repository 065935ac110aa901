"""A worker process: dramatiq's threads for some queues, and one event loop on which the work itself runs."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Set
from concurrent.futures import CancelledError
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker

from domain.entities.intent import IntentKind
from domain.ports import Ports
from tasks.heartbeat import beating
from tasks.queue import QUEUES, make_broker
from tasks.work import LIMITS, Limits, carry_out

PortsFactory = Callable[[RedisBroker], AbstractAsyncContextManager[Ports]]
ALL_QUEUES = frozenset(QUEUES.values())
STOP_SECONDS = 8.0
_THREADS_STOP_MILLISECONDS = 2_000

log = structlog.get_logger(__name__)


def run_worker(
    redis_url: str, queues: set[str], threads: int, open_ports: PortsFactory, limits: Limits = LIMITS
) -> None:
    """Work on the queues until SIGTERM or SIGINT; what is under way then gets `STOP_SECONDS` to end.

    Whatever does not end in time is broken off and given back: another worker goes on from the last
    checkpoint.

    Args:
        threads: how many intents are worked on at a time; each waits in a thread for its coroutine.
        open_ports: opens the ports on the event loop of the work and closes them behind it.
    """
    asyncio.run(_run(redis_url, queues, threads, open_ports, limits))


async def _run(
    redis_url: str, queues: set[str], threads: int, open_ports: PortsFactory, limits: Limits
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = make_broker(redis_url)
    signs = [f"worker:{queue}" for queue in queues]
    async with open_ports(broker) as ports, _working(broker, queues, threads, _Desk(ports, limits)):
        async with beating(redis_url, *signs):
            log.info("worker.started", queues=sorted(queues), threads=threads)
            await stop.wait()
        log.info("worker.stopping")
    broker.close()


@asynccontextmanager
async def _working(broker: RedisBroker, queues: set[str], threads: int, desk: "_Desk") -> AsyncIterator[None]:
    for queue in sorted(queues):
        dramatiq.actor(broker=broker, actor_name=queue, queue_name=queue)(desk.work)
    worker = dramatiq.Worker(broker, queues=queues, worker_timeout=100, worker_threads=threads)
    worker.start()
    try:
        yield
    finally:
        for consumer in worker.consumers.values():
            consumer.pause()
        for hand in worker.workers:
            hand.pause()  # `Worker.pause` would wait for all that is under way, however long
        await desk.clear()
        try:
            await asyncio.to_thread(worker.stop, _THREADS_STOP_MILLISECONDS)
        except redis.RedisError as error:  # messages not given back are rung again by the clock
            log.warning("worker.queue_unavailable", error=type(error).__name__)


class _Desk:
    """What is under way on the event loop, brought by dramatiq's threads."""

    def __init__(self, ports: Ports, limits: Limits) -> None:
        self._ports = ports
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closing = False

    def work(self, kind: str, target: str) -> None:
        """The actor of every queue; waits in its thread."""
        with suppress(CancelledError):
            asyncio.run_coroutine_threadsafe(self._work(IntentKind(kind), target), self._loop).result()

    async def _work(self, kind: IntentKind, target: str) -> None:
        if self._closing:
            return  # the clock rings again
        task = asyncio.create_task(carry_out(self._ports, kind, target, limits=self._limits))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await task

    async def clear(self) -> None:
        """Wait for what is under way and break off the rest."""
        self._closing = True
        await let_end(self._under_way, STOP_SECONDS)


async def let_end(tasks: Set["asyncio.Task[Any]"], seconds: float) -> None:
    """Wait so long for the tasks to end, and break off those that have not."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
