"""The bucket of the tests, and a way to it on which things go wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.files.s3_bucket import create_bucket
from tests.contracts.files.s3_proxy import S3Proxy
from tests.emulators.s3 import aws_settings, s3_url, set_aws

__all__ = ["aws_settings", "s3_url"]

S3_BUCKET = "yardsign-photos"


@pytest.fixture(scope="session")
def s3_with_bucket(s3_url: str) -> str:
    """The URL of the server with the bucket in it."""
    with pytest.MonkeyPatch.context() as environment:
        set_aws(environment)
        asyncio.run(create_bucket(S3_BUCKET, endpoint_url=s3_url))
    return s3_url


@pytest.fixture
def s3_bucket(s3_with_bucket: str, aws_settings: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket that all tests share, each under a prefix of its own; the environment leads to it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_with_bucket)
    return S3_BUCKET


@pytest.fixture
async def proxy(s3_url: str, s3_bucket: str) -> AsyncIterator[S3Proxy]:
    """Between the client and the server; does nothing by itself but remember."""
    async with S3Proxy(s3_url) as running:
        yield running
