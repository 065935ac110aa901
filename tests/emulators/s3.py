"""A server that speaks S3 on loopback: moto's, in a process of its own."""

import functools
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import aioboto3
import pytest
from aiobotocore.session import AioSession

from tests.redis_server import free_port

SETTINGS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""With these, AWS's tools find credentials and a region, and ask no machine for any."""

PAGE = 10
"""Keys that the server lists at once instead of a thousand, so that every listing of more has pages."""

_START_SECONDS = 60


@contextmanager
def running_s3() -> Iterator[str]:
    """The URL of a new server that holds nothing; all is lost when it ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)}
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
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


@functools.cache
def s3_session() -> aioboto3.Session:
    """One with the credentials and the region of `SETTINGS`, for all tests that are not about these: to make a
    session and to load certificates, of which plain HTTP needs none, takes longer than most of them."""
    session = AioSession()
    session.set_credentials(SETTINGS["AWS_ACCESS_KEY_ID"], SETTINGS["AWS_SECRET_ACCESS_KEY"])
    create = session.create_client
    session.create_client = lambda *given, **options: create(*given, **{**options, "verify": False})
    return aioboto3.Session(botocore_session=session, region_name=SETTINGS["AWS_DEFAULT_REGION"])


@pytest.fixture
def aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and a region as AWS's tools read them, and nothing of what this machine may have."""
    set_aws(monkeypatch)


def set_aws(environment: pytest.MonkeyPatch, **settings: str) -> None:
    """Put `SETTINGS` and `settings` in the place of all AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
        environment.delenv(name)
    for name, value in {**SETTINGS, **settings}.items():
        environment.setenv(name, value)


def _wait_for(server: "subprocess.Popen[bytes]", url: str) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy reaches loopback
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            with direct.open(f"{url}/moto-api/", timeout=5):
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                raise
        time.sleep(0.05)
