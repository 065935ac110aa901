"""Serves sandbox applications on loopback from background threads, for tests and for `app up`."""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
# The key in a request's ASGI state of a callable that resets its TCP connection.
RESET = "reset_connection"
_STOP_SECONDS = 10.0


class ResettableProtocol(H11Protocol):
    """HTTP/1.1 whose requests can reset their own connection, which ASGI has no word for."""

    def connection_made(self, transport: Any) -> None:
        """Hand every request of this connection a way to reset it."""
        super().connection_made(transport)

        def reset() -> None:
            # A linger of zero seconds makes the kernel answer with RST instead of FIN.
            wire = transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

        self.app_state = {**self.app_state, RESET: reset}


class _Server(uvicorn.Server):
    """A uvicorn server that says when it has started, or that it failed to, and ends when it is told to.

    uvicorn looks ten times a second whether it is to end; tests start and end hundreds of servers.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.settled.set()

    async def main_loop(self) -> None:
        """Keep the date of the answers right until somebody says that it is over."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 1)

    def end(self) -> None:
        """Say so, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # its loop is over already
                self._loop.call_soon_threadsafe(self._told.set)


class Served:
    """One ASGI application on a loopback port, in a thread of its own.

    `port` 0 takes a free one. The port is bound on construction, so `base_url` is known before `start`.
    Raises OSError if the port is taken.
    """

    def __init__(self, app: ASGIApp, *, port: int = 0) -> None:
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self.base_url = f"http://{HOST}:{self.port}"
        config = uvicorn.Config(
            app,
            http=ResettableProtocol,
            ws="none",
            loop="asyncio",  # uvloop ends a connection that is aborted a moment later
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def start(self) -> None:
        """Start serving; returns when requests are answered. Raises RuntimeError if the start failed."""
        self._thread.start()
        self._server.settled.wait()
        if not self._server.started:
            self._thread.join()
            raise RuntimeError(f"the application on port {self.port} failed to start")

    def stop(self) -> None:
        """Stop serving and close the port; requests still open after one second are dropped."""
        self._server.end()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)
        self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._server.settled.set()


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name TCP; without it every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def serve(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve one application while the block runs; gives its base URL, without a trailing slash."""
    served = Served(app, port=port)
    try:
        served.start()
        yield served.base_url
    finally:
        served.stop()


@contextmanager
def serve_all(apps: Mapping[str, tuple[ASGIApp, int]]) -> Iterator[dict[str, str]]:
    """Serve several applications, given as name → (application, port); gives name → base URL."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve(app, port)) for name, (app, port) in apps.items()}
