"""uvicorn, within processes that end by themselves."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from app import sockets
from app.connections import Connection


def config_of(app: ASGIApp, **further: Any) -> uvicorn.Config:
    """How uvicorn serves the graph; `further` is where, and for how long."""
    settings: dict[str, Any] = {
        "log_config": None,  # its lines go the way of all others
        "log_level": "warning",
        "access_log": False,  # requests are counted by the meter; uvicorn would make a line only to drop it
        "http": Connection,
        **sockets.SETTINGS,
    }
    return uvicorn.Config(app, **settings | further)


class Server(uvicorn.Server):
    """Leaves signals to its process: at the first one uvicorn would close everything at once.

    Args:
        closing: set before it waits for the requests under way, for those which would never end.
    """

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event | None = None) -> None:
        super().__init__(config)
        self._closing = closing or asyncio.Event()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is open, WebSockets with code 1012."""
        self._closing.set()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield
