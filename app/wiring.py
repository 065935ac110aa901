"""Which adapter stands behind which port: the one place that knows them all."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.downloads import WebDownloads
from ulid import ULID

import adapters.mls
import adapters.social
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.images import PillowImages
from adapters.progress import RedisProgress
from adapters.tables.repositories import repositories
from adapters.tables.sqlite import SqliteTable
from app.secrets import load_secrets
from app.settings import Settings
from domain.ports import Bell, Ports


@dataclass(frozen=True, slots=True)
class Wired:
    """The ports, and what only the processes themselves need beside them."""

    ports: Ports
    table: SqliteTable
    files: LocalFiles


@asynccontextmanager
async def wire(settings: Settings, bell: Bell) -> AsyncIterator[Wired]:
    """Open every adapter on this event loop, and close them all at the end."""
    secrets = load_secrets(settings)
    async with AsyncExitStack() as stack:
        table = SqliteTable(settings.yardsign_data / "table.sqlite")
        stack.push_async_callback(table.close)
        files = LocalFiles(
            settings.yardsign_data / "files",
            base_url=settings.own_url,
            signing_key=secrets.media_key,
            now=_now,
        )
        web = WebClient(allow_http=settings.allow_loopback, allow_loopback=settings.allow_loopback)
        stack.push_async_callback(web.aclose)
        images = PillowImages()
        stack.push_async_callback(images.close)
        progress = RedisProgress(settings.broker_url)
        stack.push_async_callback(progress.close)
        mls = adapters.mls.discover(web, now=_now, sleep=asyncio.sleep, random=random.random)
        social = adapters.social.discover(web, settings.platforms(), now=_now, sleep=asyncio.sleep)
        for adapter in (*mls.values(), *social.values()):
            stack.push_async_callback(adapter.close)
        nouns = repositories(table, secrets.vault, _now)
        ports = Ports(
            listings=nouns.listings,
            mls_connections=nouns.mls_connections,
            runs=nouns.runs,
            changes=nouns.changes,
            social_accounts=nouns.social_accounts,
            posts=nouns.posts,
            metrics=nouns.metrics,
            intents=nouns.intents,
            files=files,
            downloads=WebDownloads(web),
            images=images,
            mls=mls,
            social=social,
            progress=progress,
            bell=bell,
            now=_now,
            sleep=asyncio.sleep,
            new_id=lambda: str(ULID()),
            random=random.random,
            oauth_callback=lambda slug: f"{settings.own_url}/oauth/callback/{slug}",
        )
        yield Wired(ports, table, files)


def _now() -> datetime:
    return datetime.now(UTC)
