"""A server that speaks S3 on loopback: moto's, in a process of its own."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.redis_server import free_port

_START_SECONDS = 60


@contextmanager
def running_s3() -> Iterator[str]:
    """The URL of a new server that holds nothing; all is lost when it ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment()
    )
    try:
        _wait_for(server, url)
        yield url
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """One server for the whole run; tests keep apart by the names of their buckets."""
    with running_s3() as url:
        yield url


def _environment() -> dict[str, str]:
    # The server asks AWS for nothing, and would send what it is told to, through a proxy.
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _wait_for(server: "subprocess.Popen[bytes]", url: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/moto-api/", timeout=5):
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                raise
        time.sleep(0.05)
