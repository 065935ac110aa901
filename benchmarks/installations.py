"""A new installation on either engine, connected to a sandbox MLS, with nothing imported."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from app.aws import create_table
from app.settings import Settings
from app.wiring import wire
from domain.entities.intent import IntentKind
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.ports import Bell, Ports
from domain.use_cases.connections import connect_mls
from sandbox.mls.reso import TOKEN
from tests.emulators.dynamodb import ministack_url
from tests.emulators.s3 import SETTINGS

USER = "benchmark"
ENGINES = {"sqlite": "SQLite", "dynamodb": "DynamoDB (ministack)"}


class Silence:
    """A bell that nobody hears: the benchmark carries out itself what is owed."""

    async def ring(self, kind: IntentKind, target: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is measured."""

    ports: Ports
    connection: MlsConnection


@asynccontextmanager
async def installation(
    engine: str, mls: str, redis: str, bell: Bell, folder: Path
) -> AsyncIterator[Installation]:
    """One on an engine of `ENGINES`, with its photos and SQLite's file in a new folder, which stays.

    Whoever measures again keeps it until all is measured: file systems make new files more slowly for a minute
    behind the removal of many.

    Args:
        mls: the base URL of a sandbox MLS.
        redis: the URL of a Redis-compatible server.
    """
    with _engine(engine) as choice:
        settings = Settings.model_validate(
            {"yardsign_env": "development", "yardsign_data": folder, "redis_url": redis, **choice}
        )
        if engine == "dynamodb":
            await asyncio.to_thread(create_table, settings)
        async with wire(settings, bell) as wired:
            yield Installation(wired.ports, await _connected(wired.ports, mls))


async def _connected(ports: Ports, mls: str) -> MlsConnection:
    return await connect_mls(
        ports,
        user_id=USER,
        provider="sandbox",
        protocol="reso-web-api",
        vendor="generic",
        url=f"{mls}/odata",
        label=None,
        credentials=MlsCredentials(token=TOKEN),
        settings={},
    )


@contextmanager
def _engine(name: str) -> Iterator[Mapping[str, str]]:
    """What chooses the engine; AWS's tools read the rest from the environment."""
    if name == "sqlite":
        yield {}
        return
    url = ministack_url()
    before = dict(os.environ)
    os.environ.update(SETTINGS, AWS_ENDPOINT_URL=url)
    try:
        yield {
            "yardsign_table": "dynamodb",
            "yardsign_dynamodb_table": f"benchmark-{uuid4().hex[:12]}",
            "aws_endpoint_url": url,
        }
    finally:
        os.environ.clear()
        os.environ.update(before)
