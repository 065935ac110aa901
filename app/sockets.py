"""uvicorn's WebSockets, where clients that do not read cost neither memory nor the server's end."""

import asyncio
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class Socket(WebSocketsSansIOProtocol):
    """Drops clients that do not take what they are sent.

    Whoever sends waits once some 64 KB are on the way (asyncio's high-water mark), but uvicorn waits without
    end: a client that never reads would hold its subscriptions, and the server's end, for as long as its machine
    acknowledges TCP's probes. uvicorn also answers pings without waiting, so that one who sends them and reads
    nothing would fill the memory: as long as nothing can be written, nothing is read.

    Attributes:
        stalled_seconds: after so long without taking what it is sent, a client is dropped.
        ending_seconds: what a client has at the server's end to take what it was sent before.
    """

    stalled_seconds = 20.0
    ending_seconds = 2.0
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Called by the transport when too much is on the way."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Called by the transport when most of it has gone."""
        super().resume_writing()
        self._forget_stalling()
        if not self.read_paused:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Take what came, and no more until what it led to has gone."""
        super().data_received(data)
        if not self.writable.is_set():
            self.transport.pause_reading()

    def send_keepalive_ping(self) -> None:
        """Called every 20 s; whoever was closed before and is still here takes nothing."""
        if self.close_sent or self.transport.is_closing():
            self.transport.abort()
        else:
            super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Called when a ping was not answered for 20 s."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """Called at the server's end: say goodbye, and do not wait for those who do not listen."""
        super().shutdown()
        self.loop.call_later(self.ending_seconds, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called once it is over."""
        self._forget_stalling()
        super().connection_lost(exc)

    def _forget_stalling(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


SETTINGS: Mapping[str, Any] = {"ws": Socket, "ws_max_size": 1_000_000, "ws_per_message_deflate": False}
"""For `uvicorn.Config`. Deflating takes 34 kB more of each connection (measured), for messages that are short."""
