"""Servers of WebSockets in processes of their own, which say what they cost: ours, and one that does the least."""

import asyncio
import json
import resource
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server as SocketServer
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.typing import Subprotocol

from adapters.progress import RedisProgress
from app.settings import Settings
from app.web_process import web
from benchmarks.subscribers import raise_open_files
from domain.entities.news import News

_PATIENCE, _GOODBYE, _PAUSE = 120.0, 40.0, 0.1
_SHOWN = {"id": 40 * "x", "state": "RUNNING", "mode": "FULL", "sequence": 1, "processed": 1}
_NEXT = json.dumps({"id": "1", "type": "next", "payload": {"data": {"syncProgress": _SHOWN}}})

_Serve = Callable[[Connection, Mapping[str, Any], str], None]


@dataclass(frozen=True, slots=True)
class Server:
    """One that serves."""

    url: str
    pid: int
    pipe: Connection

    def usage(self) -> tuple[float, int]:
        """Seconds of processor time, and bytes resident."""
        self.pipe.send("usage")
        if not self.pipe.poll(_PATIENCE):
            raise RuntimeError("the server does not answer")
        seconds, resident = self.pipe.recv()
        return seconds, resident


@contextmanager
def serving(serve: _Serve, settings: Mapping[str, Any], topic: str) -> Iterator[Server]:
    """Start it and wait until it listens on the port of the settings."""
    with process(serve, settings, topic) as (child, pipe):
        where = ("127.0.0.1", settings["port"])
        deadline = time.monotonic() + _PATIENCE
        while not _listens(where):
            if not child.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the server does not begin to serve")
            time.sleep(_PAUSE)
        yield Server(f"http://127.0.0.1:{where[1]}", child.pid or 0, pipe)


@contextmanager
def process(target: Callable[..., None], *args: object) -> Iterator[tuple[SpawnProcess, Connection]]:
    """Call `target(pipe, *args)` in a new process; it is asked to end with the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=target, args=(theirs, *args), daemon=True)
    child.start()
    theirs.close()
    try:
        yield child, ours
    finally:
        ours.close()
        child.terminate()
        child.join(_GOODBYE)
        child.kill()


def graph(pipe: Connection, settings: Mapping[str, Any], topic: str) -> None:
    """Serve the graph, as `python -m app web` does."""
    _begin(pipe)
    web(Settings(**settings))


def plain(pipe: Connection, settings: Mapping[str, Any], topic: str) -> None:
    """Serve WebSockets that say what the protocol wants to hear, and the same to everybody at news of the topic."""
    _begin(pipe)
    asyncio.run(_plain(settings, topic))


async def _plain(settings: Mapping[str, Any], topic: str) -> None:
    progress, ending = RedisProgress(settings["redis_url"]), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    protocols = [Subprotocol("graphql-transport-ws")]
    async with (
        progress.follow(topic) as news,
        serve(_talk, "127.0.0.1", settings["port"], compression=None, subprotocols=protocols) as server,
    ):
        telling = asyncio.create_task(_tell(server, news))
        await ending.wait()
        telling.cancel()
    await progress.close()


async def _talk(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send('{"type":"connection_ack"}')
    await connection.recv()
    await connection.send(_NEXT)
    await connection.wait_closed()


async def _tell(server: SocketServer, news: AsyncIterator[News]) -> None:
    async for _ in news:
        broadcast(server.connections, _NEXT)


def _begin(pipe: Connection) -> None:
    """Open as many files as may be, and answer how much is used from a thread that otherwise sleeps."""
    raise_open_files()

    def answer() -> None:
        while True:
            try:
                pipe.recv()
            except EOFError:
                return
            pipe.send((time.process_time(), _resident()))

    threading.Thread(target=answer, daemon=True).start()


def _resident() -> int:
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _listens(where: tuple[str, int]) -> bool:
    try:
        socket.create_connection(where, timeout=1).close()
    except OSError:
        return False
    return True
