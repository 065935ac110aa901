"""Posts to users' webhooks, signed as the Standard Webhooks specification says.

Source: https://github.com/standard-webhooks/standard-webhooks, the specification's headers `webhook-id`,
`webhook-timestamp` and `webhook-signature`.
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from adapters.http import WebClient, retry_after
from domain.errors import Rejected, Unavailable

ANSWER_BYTES = 100_000
SECONDS = 15.0


class SignedDeliveries:
    """Implements `domain.ports.Deliveries` over the one client for untrusted URLs."""

    def __init__(self, web: WebClient, *, now: Callable[[], datetime]) -> None:
        self._web = web
        self._now = now

    async def check(self, url: str) -> None:
        """See the port; a host without an address at present is `Unavailable`."""
        await self._web.check(url)

    async def post(self, url: str, secret: str, *, id: str, at: datetime, body: bytes) -> None:
        """See the port; redirects are not followed, because the signature is meant for this address."""
        signature = Webhook(secret).sign(id, at, body.decode())
        reply = await self._web.send(
            "POST",
            url,
            headers={
                "Content-Type": "application/json",
                "webhook-id": id,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": signature,
            },
            content=body,
            max_bytes=ANSWER_BYTES,
            seconds=SECONDS,
            redirects=0,
        )
        if 200 <= reply.status < 300:
            return
        host = urlsplit(url).hostname
        if reply.status == 410:
            raise Rejected(f"{host} wants no deliveries any more (410).")
        raise Unavailable(
            f"{host} did not take the delivery: it answered {reply.status}.",
            retry_after=retry_after(reply, self._now()),
        )
