"""What a sandbox of Meta's tells an app by itself: signed, to one address, and again on demand."""

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urlencode

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.social.control import Refused, body_of
from sandbox.social.state import Document, Store

_SECONDS = 10.0
_DELIVERY, _SUBSCRIPTION, _ADDRESS = "delivery", "subscription", "callback"
_FORM = "application/x-www-form-urlencoded"


class Webhooks:
    """The address an app has registered, the Pages it listens to, and what was told.

    Args:
        app_secret: signs all of it.
    """

    def __init__(self, store: Store, now: Callable[[], float], app_secret: str) -> None:
        self._store = store
        self._now = now
        self._secret = app_secret.encode()

    def fields_of(self, page_id: str) -> list[str]:
        """What of a Page the app is told."""
        found = self._store.get(_SUBSCRIPTION, page_id)
        return list(found["fields"]) if found else []

    def subscribe(self, page_id: str, fields: list[str]) -> None:
        """Tell the app these things of a Page from now on."""
        self._store.put(_SUBSCRIPTION, page_id, {"fields": fields})

    async def tell_of_removal(self, post_id: str) -> None:
        """A post is removed from its Page, by whomever."""
        page_id = post_id.partition("_")[0]
        if "feed" in self.fields_of(page_id):
            value = {"item": "post", "verb": "remove", "post_id": post_id, "created_time": int(self._now())}
            changes = [{"field": "feed", "value": value}]
            entry = {"id": page_id, "time": int(self._now()), "changes": changes}
            body = json.dumps({"object": "page", "entry": [entry]})
            digest = hmac.new(self._secret, body.encode(), sha256).hexdigest()
            await self._deliver(body, "application/json", {"X-Hub-Signature-256": f"sha256={digest}"})

    async def tell_of_deauthorization(self, user_id: str) -> None:
        """A person removes the app: a `signed_request` in a form."""
        told = {"algorithm": "HMAC-SHA256", "issued_at": int(self._now()), "user_id": user_id}
        payload = _encoded(json.dumps(told).encode())
        signature = _encoded(hmac.new(self._secret, payload.encode(), sha256).digest())
        await self._deliver(urlencode({"signed_request": f"{signature}.{payload}"}), _FORM, {})

    def routes(self) -> list[Route]:
        """The control calls.

        `/_control/webhook`: POST {"url", "verify_token"} registers the address, which has to answer the
        challenge; GET shows it with what was told, also before there was an address, and how that was answered. `/_control/webhook/redeliver` says
        all of it again.
        """
        return [
            Route("/_control/webhook", self._address, methods=["GET", "POST"]),
            Route("/_control/webhook/redeliver", self._redeliver, methods=["POST"]),
        ]

    async def _address(self, request: Request) -> Response:
        if request.method == "POST":
            body = await body_of(request)
            url, token = body.get("url"), body.get("verify_token")
            if not isinstance(url, str) or not isinstance(token, str):
                raise Refused('say {"url": "…", "verify_token": "…"}')
            await self._check(url, token)
            self._store.put(_ADDRESS, _ADDRESS, {"url": url})
        address = self._store.get(_ADDRESS, _ADDRESS)
        return JSONResponse(
            {"url": address["url"] if address else None, "deliveries": self._store.all(_DELIVERY)}
        )

    async def _check(self, url: str, token: str) -> None:
        challenge = secrets.token_hex(16)
        params = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as client:
                answer = await client.get(url, params=params)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Refused(f"the callback URL could not be validated: {error}") from None
        if answer.status_code != httpx.codes.OK or answer.text != challenge:
            raise Refused(f"the callback URL could not be validated: it answered {answer.status_code}")

    async def _redeliver(self, request: Request) -> Response:
        told = self._store.all(_DELIVERY)
        for delivery in told:
            await self._send(delivery)
        return JSONResponse({"redelivered": len(told)})

    async def _deliver(self, body: str, content_type: str, headers: dict[str, str]) -> None:
        number = str(self._store.next_number(_DELIVERY))
        headers = headers | {"Content-Type": content_type}
        await self._send({"number": number, "body": body, "headers": headers, "answers": []})

    async def _send(self, delivery: Document) -> None:
        address = self._store.get(_ADDRESS, _ADDRESS)
        if address is not None:
            answers = [*delivery["answers"], await self._answer(address["url"], delivery)]
            delivery = delivery | {"answers": answers}
        self._store.put(_DELIVERY, delivery["number"], delivery)

    async def _answer(self, url: str, delivery: Document) -> int | str:
        """The status of the answer, or what kept it away."""
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as client:
                answer = await client.post(url, content=delivery["body"], headers=delivery["headers"])
        except httpx.HTTPError as error:
            return type(error).__name__
        return answer.status_code


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
