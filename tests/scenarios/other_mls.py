"""A world whose MLS is another server than the usual one, with the same homes and control calls."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from domain.entities.listing import Listing
from sandbox.serving import serve
from sandbox.social import facebook
from tests.world import World
from tests.world.world import Clock, Sandboxes


@contextmanager
def sandboxes_with(folder: Path, mls: ASGIApp) -> Iterator[Sandboxes]:
    """The sandboxes with this application in place of the MLS."""
    with ExitStack() as stack:
        clocks = [Clock()]
        platform = facebook.create_app(folder / "facebook", now=lambda: clocks[-1].now().timestamp())
        served = [stack.enter_context(serve(app)) for app in (mls, platform)]
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        yield Sandboxes(served[0], served[1], http, clocks)


def control_key(world: World, listing: Listing) -> str:
    """What control calls know a home by, told by its number."""
    number = listing.facts.mls_number
    return next(str(home["key"]) for home in world.sandboxes.homes() if home["number"] == number)


def drop(world: World, listing: Listing) -> None:
    """Drop a home out of the feed."""
    http, base = world.sandboxes.http, world.sandboxes.mls
    http.delete(f"{base}/_control/homes/{control_key(world, listing)}").raise_for_status()


def requests_to(world: World, path: str) -> int:
    """How many requests there were since the log was cleared, for what begins with the path."""
    log = world.sandboxes.http.get(f"{world.sandboxes.mls}/_control/log").raise_for_status().json()
    return sum(entry["path"].startswith(path) for entry in log["requests"])
