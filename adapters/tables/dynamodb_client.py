"""The one client of a process: making a session takes 150 ms and a client 35, so both are kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError

from adapters.tables.dynamodb_errors import explain
from adapters.tables.dynamodb_parser import OrjsonParserFactory

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
"""The longest silence on a connection; a lost reply is asked for again by `dynamodb_calls`."""

CONNECTIONS = 64


def new_session(*, orjson_parser: bool = True) -> AioSession:
    """A session with the usual chain of credentials, for any number of clients.

    Args:
        orjson_parser: parse answers with orjson instead of botocore's parser.
    """
    session = AioSession()
    if orjson_parser:
        session.register_component("response_parser_factory", OrjsonParserFactory())
    return session


@asynccontextmanager
async def open_client(
    *, region: str | None = None, endpoint_url: str | None = None, session: AioSession | None = None
) -> AsyncIterator[Any]:
    """A low-level DynamoDB client that does not retry by itself.

    Args:
        region: the AWS region; the usual chain (AWS_REGION, profile) if it is None.
        endpoint_url: where an emulator listens; the usual chain (AWS_ENDPOINT_URL) if it is None.

    Raises:
        Rejected: there is no region, or the configuration is broken.
    """
    config = AioConfig(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
        # `checks` has looked at everything, and botocore would put its own name together for each request anew:
        # together an eighth of a call's processor time.
        parameter_validation=False,
        user_agent="Yardsign/0.1",
    )
    try:
        made = aioboto3.Session(botocore_session=session or new_session()).client(
            "dynamodb", region_name=region, endpoint_url=endpoint_url, config=config
        )
        client = await made.__aenter__()
    except (BotoCoreError, ValueError) as error:
        raise explain(error, "", region or "") from error
    try:
        yield client
    finally:
        await client.close()
