"""Steps of scenarios over RETS: the sandboxes with a RETS server, connecting it, what its photos are."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from domain.entities.listing import Listing, PhotoState
from domain.entities.mls_connection import MlsConnection
from domain.use_cases.connections import connect_mls
from sandbox.rets.server import create_app
from sandbox.serving import serve
from sandbox.social import facebook
from tests.contracts.mls.rets_case import rets_source
from tests.world import World
from tests.world.fixtures import FEW
from tests.world.world import USER, Clock, Sandboxes


@contextmanager
def rets_sandboxes(folder: Path, **habits: Any) -> Iterator[Sandboxes]:
    """A RETS server of a few homes and a sandbox Facebook while the block runs."""
    with ExitStack() as stack:
        mls = stack.enter_context(serve(create_app(folder / "mls", homes=FEW, **habits)))
        clocks = [Clock()]
        platform = facebook.create_app(folder / "facebook", now=lambda: clocks[-1].now().timestamp())
        pages = stack.enter_context(serve(platform))
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        yield Sandboxes(mls, pages, http, clocks)


async def connect_rets(
    world: World, user_agent_password: str | None = None, **settings: Any
) -> MlsConnection:
    """Connect the sandbox RETS server."""
    source = rets_source(world.sandboxes.mls, **settings)
    return await connect_mls(
        world.ports,
        user_id=USER,
        provider="sandbox",
        protocol="rets",
        vendor=source.vendor,
        url=source.url,
        label=None,
        credentials=replace(source.credentials, user_agent_password=user_agent_password),
        settings=source.settings,
    )


async def has_its_photos(world: World, listing: Listing) -> bool:
    """Whether a listing's stored photos are the files of its home's public photos, in their order."""
    http, base = world.sandboxes.http, world.sandboxes.mls
    home = http.get(f"{base}/_control/homes/{listing.facts.listing_key}").raise_for_status().json()
    shown = [
        row for row in home["Media"] if row["MediaCategory"] == "Photo" and row["Permission"] == ["Public"]
    ]
    wanted = [http.get(row["MediaURL"]).raise_for_status().content for row in shown]
    stored = [photo for photo in listing.photos if photo.state is PhotoState.STORED]
    files = [await world.files.get(photo.original_key or "") for photo in stored]
    return len(stored) == len(listing.photos) and [file.data for file in files] == wanted


def logins(world: World) -> int:
    """How often somebody logged in since the log was cleared."""
    log = world.sandboxes.http.get(f"{world.sandboxes.mls}/_control/log", params={"kind": "rets"})
    entries = log.raise_for_status().json()["requests"]
    return sum(entry["path"] == "/rets/login" and entry["status"] == 200 for entry in entries)
