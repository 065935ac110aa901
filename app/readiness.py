"""Whether a mutation that is accepted now will be carried out."""

from collections.abc import Awaitable, Callable

import redis.asyncio

from adapters.tables.table import Key, Table
from domain.errors import YardsignError
from tasks.heartbeat import missing
from tasks.queue import QUEUES

WORKERS = [f"worker:{queue}" for queue in sorted(set(QUEUES.values()))]


def readiness(
    table: Table, client: "redis.asyncio.Redis", *, clock: bool = True
) -> Callable[[], Awaitable[dict[str, str]]]:
    """A check that answers what is wrong, by name; nothing if all is well.

    Args:
        clock: whether a clock process has to be there; a scheduler outside may do its work.
    """
    processes = [*WORKERS, "clock"] if clock else WORKERS

    async def ready() -> dict[str, str]:
        wrong = {}
        try:
            await table.get(Key("READY", "READY"))
        except YardsignError as error:
            wrong["store"] = error.message
        try:
            for name in await missing(client, processes):
                wrong[name] = "has shown no life lately"
        except (redis.RedisError, OSError) as error:
            wrong["redis"] = type(error).__name__
        return wrong

    return ready
