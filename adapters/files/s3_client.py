"""The long-lived client for S3: how it is opened, how it keeps its credentials fresh, how it tries again."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import NoCredentialsError

from adapters.files.presigned import Credentials
from adapters.files.s3_errors import S3_ERRORS, in_domain_words, is_passing, no_region, other_region
from adapters.traces import span

_log = logging.getLogger(__name__)

T = TypeVar("T")

Client = Any
"""aioboto3 makes its methods at run time and has no types."""

CONNECTIONS = 64

# Trying again is ours alone: botocore counts tries, we count seconds.
_CONFIG = AioConfig(
    signature_version="s3v4",
    s3={"us_east_1_regional_endpoint": "regional"},
    retries={"total_max_attempts": 1, "mode": "standard"},
    connect_timeout=3,
    read_timeout=10,
    max_pool_connections=CONNECTIONS,
    user_agent="Yardsign/0.1",  # botocore would put its own together for each request
)
_LONGEST_WAIT = 5.0
_REFRESH_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds a request is tried again, with full jitter up to 0.1 · 2^n and 5 seconds.

    Attributes:
        seconds: within which the last try begins.
        seconds_a_try: after which a try is given up. aiohttp itself would wait for ever where a server never
            says `100 Continue`.
    """

    seconds: float = 20.0
    seconds_a_try: float = 30.0
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random

    async def call(self, attempt: Callable[[], Awaitable[T]], bucket: str, name: str = "call") -> T:
        """Carry out what may be carried out twice; raises the domain's errors.

        Args:
            name: what traces call it.
        """
        end = self.monotonic() + self.seconds
        tries = 0
        while True:
            try:
                with span(f"S3 {name}"):
                    async with asyncio.timeout(self.seconds_a_try):
                        return await attempt()
            except S3_ERRORS as error:
                # 2^6 is past the longest wait, and an endless exponent is past what a float holds.
                wait = self.random() * min(_LONGEST_WAIT, 0.1 * 2 ** min(tries, 6))
                if not is_passing(error) or self.monotonic() + wait > end:
                    raise in_domain_words(error, bucket) from error
            await self.sleep(wait)
            tries += 1


class FreshCredentials:
    """The credentials as they are now, for what must be signed without waiting."""

    def __init__(self, source: Client) -> None:
        self._source = source
        self.current = Credentials("", "")

    async def fetch(self) -> None:
        """Take them over from the client, which renews them where they end; raises `S3_ERRORS`."""
        if self._source is None:
            raise NoCredentialsError
        found = await self._source.get_frozen_credentials()
        self.current = Credentials(found.access_key, found.secret_key, found.token)

    async def keep_fresh(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Ask for them each minute, for ever: those of roles are renewed 15 minutes before they end."""
        while True:
            await sleep(_REFRESH_EVERY)
            try:
                await self.fetch()
            except Exception as error:  # the old ones live on for minutes, and the next time may do
                _log.warning("The AWS credentials could not be renewed: %s", type(error).__name__)


@dataclass(frozen=True, slots=True)
class OpenClient:
    """A client for one bucket, with what its URLs are signed with.

    Attributes:
        address: of the bucket, as browsers reach it.
    """

    client: Client
    credentials: FreshCredentials
    region: str
    address: str


@asynccontextmanager
async def open_client(
    bucket: str,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    session: aioboto3.Session | None = None,
) -> AsyncIterator[OpenClient]:
    """Open a client by AWS's usual chain of settings; asks nothing of S3.

    Args:
        region, endpoint_url: instead of what AWS_DEFAULT_REGION, AWS_ENDPOINT_URL and the like say.
        session: one that is there already; to make one takes a fifth of a second.

    Raises:
        ActionRequired: credentials or the region are missing.
        Unavailable: the credentials could not be fetched.
    """
    async with AsyncExitStack() as stack:
        try:
            session = session or aioboto3.Session()
            credentials = FreshCredentials(await session.get_credentials())
            await credentials.fetch()
            opening = session.client("s3", region_name=region, endpoint_url=endpoint_url, config=_CONFIG)
            client = await stack.enter_async_context(opening)
        except S3_ERRORS as error:
            raise in_domain_words(error, bucket) from error
        name = client.meta.region_name
        if name in (None, "aws-global"):
            raise no_region()
        client.meta.events.register_first("needs-retry.s3", _stay_in(bucket, name))
        keeping = asyncio.create_task(credentials.keep_fresh())
        stack.callback(keeping.cancel)
        yield OpenClient(client, credentials, name, _address(bucket, client.meta.endpoint_url))


def _address(bucket: str, endpoint: str) -> str:
    """By the bucket's own host on AWS, as it wants it; a name with dots does not fit its certificate, and
    other servers know paths only."""
    scheme, _, host = endpoint.rstrip("/").partition("://")
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) and "." not in bucket:
        return f"{scheme}://{bucket}.{host}"
    return f"{scheme}://{host}/{bucket}"


def _stay_in(bucket: str, region: str) -> Callable[..., None]:
    """Refuses a bucket of another region. botocore would follow it there, with every request going two ways,
    while the URLs we sign for the wrong region would show nothing."""

    def look(response: tuple[Any, Mapping[str, Any]] | None, **_: object) -> None:
        answer = response[1] if response else {}
        about = answer.get("ResponseMetadata", {})
        status = about.get("HTTPStatusCode")
        if status not in (301, 400):
            return
        theirs = about.get("HTTPHeaders", {}).get("x-amz-bucket-region") or answer["Error"].get("Region")
        if status == 301 or theirs not in (None, region):
            raise other_region(bucket, region, theirs)

    return look
