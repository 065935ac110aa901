"""A worker process: dramatiq's threads for some queues, and one event loop on which the work itself runs."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import dramatiq
import redis.asyncio
import structlog
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.brokers.redis import RedisBroker

from domain.entities.intent import IntentKind
from domain.ports import Ports
from tasks.heartbeat import beat
from tasks.queue import QUEUES, make_broker
from tasks.work import carry_out

PortsFactory = Callable[[RedisBroker], AbstractAsyncContextManager[Ports]]
STOP_MILLISECONDS = 8_000

log = structlog.get_logger(__name__)


def run_worker(redis_url: str, queues: set[str], threads: int, open_ports: PortsFactory) -> None:
    """Work on the queues until SIGTERM or SIGINT; what is under way then gets some seconds to end.

    Whatever does not end in time is broken off: its lease runs out and another worker goes on from the last
    checkpoint.

    Args:
        threads: how many intents are worked on at a time; each waits in a thread for its coroutine.
        open_ports: opens the ports on the event loop of the work and closes them behind it.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    broker = make_broker(redis_url)
    runtime = _Runtime(broker, redis_url, queues, open_ports)
    for queue in sorted(queues):
        dramatiq.actor(broker=broker, actor_name=queue, queue_name=queue)(runtime.work)
    broker.emit_after("process_boot")  # dramatiq's own command line does this; time limits depend on it
    worker = dramatiq.Worker(broker, queues=queues, worker_timeout=100, worker_threads=threads)
    worker.start()
    runtime.call(runtime.open())
    log.info("worker.started", queues=sorted(queues), threads=threads)
    stop.wait()
    log.info("worker.stopping")
    worker.pause()
    runtime.call(runtime.close())
    worker.stop(timeout=STOP_MILLISECONDS)
    broker.close()


class _Runtime:
    """The ports on the worker's event loop, opened once."""

    def __init__(
        self, broker: RedisBroker, redis_url: str, queues: set[str], open_ports: PortsFactory
    ) -> None:
        self._broker = broker
        self._redis_url = redis_url
        self._queues = queues
        self._open_ports = open_ports
        self._stack = AsyncExitStack()
        self._ports: Ports | None = None
        self._opened = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def call(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run on the worker's event loop and wait."""
        thread = get_event_loop_thread()
        if thread is None:
            raise RuntimeError("The worker's event loop is not running.")
        thread.run_coroutine(coroutine)

    async def open(self) -> None:
        """Open the ports and begin to show life."""
        self._ports = await self._stack.enter_async_context(self._open_ports(self._broker))
        client = redis.asyncio.Redis.from_url(self._redis_url)
        self._stack.push_async_callback(client.aclose)
        for queue in self._queues:
            beating = asyncio.create_task(beat(client, f"worker:{queue}"))
            self._stack.callback(beating.cancel)
        self._opened.set()

    async def close(self) -> None:
        """Wait for what is under way, break off the rest, close the ports."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=STOP_MILLISECONDS / 1000)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._ports = None
        await self._stack.aclose()

    async def work(self, kind: str, target: str) -> None:
        """The actor of every queue."""
        await self._opened.wait()
        if self._ports is None:
            return  # closing: the clock rings again
        task = asyncio.create_task(carry_out(self._ports, IntentKind(kind), target))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await task


ALL_QUEUES = set(QUEUES.values())
