"""`python -m app user`: one person's things, handed out or removed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from adapters.tables import owned
from adapters.tables.whole import WholeTable
from app.settings import Settings
from app.stores import open_whole_table
from app.upkeep import takeout
from app.wiring import wire
from domain.entities.intent import IntentKind
from domain.entities.post import LIVE, Post, PostState
from domain.errors import Unavailable, YardsignError
from domain.ports import Ports
from domain.use_cases.leaving import forget_photos, posts_in, withdraw
from tasks.queue import QueueBell, make_broker
from tasks.work import carry_out

T = TypeVar("T")
Say = Callable[[str], None]

PATIENCE_SECONDS = 300.0
PASSES = 5


@dataclass(frozen=True, slots=True)
class Erasure:
    """What a removal came to.

    Attributes:
        still_up: posts that are, or may be, up: nothing but listings and connections is removed then.
        by_hand: where posts are that no program can remove.
        allowed: platforms at which the user has allowed this app something, which only the user can end there.
        items, files: how many are removed.
    """

    still_up: list[Post]
    by_hand: list[str]
    allowed: Sequence[str] = ()
    items: int = 0
    files: int = 0


async def erase(
    ports: Ports,
    table: WholeTable,
    user_id: str,
    *,
    patience: float = PATIENCE_SECONDS,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Erasure:
    """Take all posts down, then remove everything of a user; broken off anywhere, it is called again.

    Workers may help or not. Whoever still writes for the user meanwhile, such as work that had begun, is noticed
    by reading the whole table until nothing is left in it.

    Raises:
        Unavailable: something is there again and again, or lies where nobody looks for it; the message names it.
    """
    await withdraw(ports, user_id=user_id)
    end = monotonic() + patience
    while still_up := [post async for post in posts_in(ports, user_id, tuple(LIVE))]:
        if monotonic() > end:
            return Erasure(still_up, [])
        for post in still_up:
            for kind in (IntentKind.PUBLISH, IntentKind.UNPUBLISH):
                await carry_out(ports, kind, post.id)
        await sleep(1)
    stuck = [post async for post in posts_in(ports, user_id, (PostState.REMOVE_BY_HAND,))]
    by_hand = [post.platform_post_url or f"{post.platform} {post.platform_post_id}" for post in stuck]
    allowed = sorted({one.platform for one in await ports.social_accounts.of_user(user_id)})
    items = files = 0
    for _ in range(PASSES):
        files += await forget_photos(ports, user_id=user_id)
        items += await owned.remove(table, user_id)
        left = await owned.traces(table, user_id)
        if not left:
            return Erasure([], by_hand, allowed, items, files)
        await sleep(1)
    raise Unavailable(f"{len(left)} items are left, such as {left[0].pk} {left[0].sk}.")


def delete(settings: Settings, user_id: str) -> None:
    """Remove the user and say what that came to; raises SystemExit, 1 if something is left."""

    async def work(ports: Ports) -> Erasure:
        async with open_whole_table(settings) as table:
            return await erase(ports, table, user_id)

    done = _with_ports(settings, work)
    for place in done.by_hand:
        print(f"Still up, to be removed there by hand: {place}")
    if done.still_up:
        for post in done.still_up:
            why = post.failure.message if post.failure else "it is being worked on."
            print(f"Still up: {post.platform_post_url or post.id} ({post.state.value}): {why}")
        raise SystemExit(
            "yardsign: posts are not down yet; the rest is kept until they are. Try again later."
        )
    for platform in done.allowed:
        print(
            f"The tokens for {platform} are gone; what was allowed there ends in the user's settings there."
        )
    print(f"{done.items} items and {done.files} files are removed; the table names the user nowhere.")


def export(settings: Settings, user_id: str, path: Path) -> None:
    """Write the zip and say what is in it; raises SystemExit."""
    if path.exists() or not path.parent.is_dir():
        raise SystemExit(f"yardsign: {path} {'exists already' if path.exists() else 'is in no folder'}.")
    counts = _with_ports(settings, lambda ports: takeout.export(ports, user_id, path))
    print(f"{path}: {', '.join(f'{count} {name}' for name, count in counts.items() if count) or 'nothing'}")


def _with_ports(settings: Settings, work: Callable[[Ports], Awaitable[T]]) -> T:
    async def run() -> T:
        broker = make_broker(settings.broker_url)
        try:
            async with wire(settings, QueueBell(broker)) as wired:
                return await work(wired.ports)
        finally:
            broker.close()

    try:
        return asyncio.run(run())
    except YardsignError as error:
        raise SystemExit(f"yardsign: {error.message}") from error
