"""The queues on Redis: which work goes where, the broker, and the bell that rings the workers.

A message says only that an intent may be due. The store knows what is owed, so that a message that is lost,
late or repeated does no harm, and dramatiq's own retries and delays are not used.
"""

import asyncio

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from domain.entities.intent import LANES, IntentKind

QUEUES = {kind: lane.value for kind, lane in LANES.items()}
"""Each lane has a queue, so that each can have workers of its own."""

SHORT = 1_000
"""Messages in a queue, beyond which the clock adds none."""

RING_SECONDS = 1.0
ANSWER_SECONDS = 2.0

log = structlog.get_logger(__name__)


def make_broker(redis_url: str) -> RedisBroker:
    """A broker that gives the messages of a killed worker to the others within seconds.

    `maintenance_chance` and `heartbeat_timeout`: by default a requeue is rolled at 0.1 % per command behind
    a minute's heartbeat, which on a quiet queue means never.
    """
    # Given as a client: beside a URL the broker ignores every other parameter of the connection.
    client = redis.Redis.from_url(
        redis_url,
        socket_connect_timeout=RING_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 1),
    )
    broker = RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq leaves it unannotated
        client=client, middleware=[], maintenance_chance=1_000_000, heartbeat_timeout=15_000
    )
    for queue in sorted(set(QUEUES.values())):
        broker.declare_queue(queue)
    return broker


class QueueBell:
    """Rings by a message on the queue of the intent's kind."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker

    async def ring(self, kind: IntentKind, target: str) -> None:
        """Enqueue in a thread, a second at most; a bell that cannot be rung is logged, never raised."""
        try:
            await asyncio.wait_for(asyncio.to_thread(self._enqueue, kind, target), RING_SECONDS)
        except (TimeoutError, dramatiq.errors.DramatiqError, redis.RedisError, OSError) as error:
            log.warning("bell.not_rung", rung_for=kind.value, error=type(error).__name__)

    async def room(self, queue: str) -> int:
        """How many messages the queue still takes; none while Redis does not answer."""
        name = f"{self._broker.namespace}:{queue}"
        try:
            length = await asyncio.wait_for(asyncio.to_thread(self._broker.client.llen, name), RING_SECONDS)
        except (TimeoutError, redis.RedisError, OSError):
            return 0
        return max(0, SHORT - int(length))

    def _enqueue(self, kind: IntentKind, target: str) -> None:
        queue = QUEUES[kind]
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue, actor_name=queue, args=(kind.value, target), kwargs={}, options={}
        )
        self._broker.enqueue(message)
