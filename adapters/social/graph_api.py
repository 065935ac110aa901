"""Calls Meta's Graph API: address, token, proof and errors."""

import copy
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from adapters.social.meta_errors import GraphFault, Kind, fault_of
from adapters.social.meta_usage import Usage
from adapters.social.tools import Tools
from domain.errors import Unavailable

_MAX_BYTES = 5_000_000
_SECONDS = 30.0
_UPLOAD_SECONDS = 60.0
_READ_ATTEMPTS = 3
_LIMITS_OF_APP, _LIMITS_OF_TOKEN = frozenset({4, 341}), frozenset({17, 32, 613, *range(80_000, 80_015)})
"""Codes of throttling, by what is throttled."""

Json = dict[str, Any]


class GraphApi:
    """The Graph API of one app.

    Tokens travel in the Authorization header and the app's secret in bodies, never in a URL, because URLs end
    up in logs. Every call proves that it knows the app's secret:
    https://developers.facebook.com/docs/graph-api/guides/secure-requests

    Args:
        name: what messages call it.

    All calls raise `GraphFault` for what the API refuses, and `Rejected` or `Unavailable` as `WebClient` does. They
    are refused here, as throttled, while the limits of the app or the token are nearly used up.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        app_id: str,
        app_secret: str,
        graph_url: str,
        version: str,
        name: str = "Facebook",
    ) -> None:
        self._web = tools.web
        self._app_id = app_id
        self._app_secret = app_secret
        self.name = name
        self._usage = Usage(tools.budgets, app_id=app_id, name=name)
        self._urgent = False
        self._root = f"{graph_url.rstrip('/')}/{version}"
        self._reading = AsyncRetrying(
            sleep=tools.sleep,
            stop=stop_after_attempt(_READ_ATTEMPTS),
            wait=wait_exponential(min=1) + wait_random(0, 1),
            retry=retry_if_exception(_is_passing),
            reraise=True,
        )

    def urgently(self) -> "GraphApi":
        """The same for calls that go on until the limits are used up, such as removals."""
        urgent = copy.copy(self)
        urgent._urgent = True
        return urgent

    async def get(self, path: str, token: str, **params: str) -> Json:
        """Read; up to three attempts while faults are passing ones."""
        return await self._reading(self._send, "GET", path, token, params=params)

    async def pages(self, path: str, token: str, *, most: int, **params: str) -> AsyncIterator[Json]:
        """The items of a paged list, of at most `most` pages of 100."""
        after: str | None = None
        for _ in range(most):
            position = {"after": after} if after else {}
            answer = await self.get(path, token, limit="100", **params, **position)
            for item in _list_of(answer.get("data")):
                yield item
            paging = _object(answer.get("paging"))
            # The next link itself is not followed: it is a URL of somebody else's making.
            after = _object(paging.get("cursors")).get("after") if "next" in paging else None
            if not after:
                return

    async def post(self, path: str, token: str, form: Mapping[str, str]) -> Json:
        """Change something, once."""
        return await self._send("POST", path, token, form=form)

    async def upload(self, path: str, token: str, form: Mapping[str, str], photo: bytes) -> Json:
        """Send a JPEG as the field `source`, once."""
        files = {"source": ("photo.jpg", photo, "image/jpeg")}
        return await self._send("POST", path, token, form=form, files=files)

    async def delete(self, path: str, token: str) -> Json:
        """Remove something, once."""
        return await self._send("DELETE", path, token)

    async def new_token(self, **form: str) -> str:
        """Get a user token for a code, or a long-lived one for a short one."""
        form = {"client_id": self._app_id, "client_secret": self._app_secret} | form
        answer = await self._send("POST", "oauth/access_token", None, form=form)
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise GraphFault(Kind.TRANSIENT, f"{self.name} gave no token.")
        return token

    async def _send(
        self,
        method: str,
        path: str,
        token: str | None,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Json:
        if wait := await self._usage.wait(token, urgent=self._urgent):
            text = f"{self.name} lets us make hardly any more calls for a while."
            raise GraphFault(Kind.THROTTLED, text, retry_after=wait)
        headers, proof = {}, {}
        if token is not None:
            headers = {"Authorization": f"Bearer {token}"}
            digest = hmac.new(self._app_secret.encode(), token.encode(), hashlib.sha256)
            proof = {"appsecret_proof": digest.hexdigest()}
        is_post = method == "POST"
        reply = await self._web.send(
            method,
            f"{self._root}/{quote(path)}",
            headers=headers,
            params=None if is_post else {**(params or {}), **proof},
            form={**(form or {}), **proof} if is_post else None,
            files=files,
            max_bytes=_MAX_BYTES,
            seconds=_UPLOAD_SECONDS if files else _SECONDS,
            redirects=0,
        )
        try:
            body = reply.json()
        except ValueError:
            body = None
        await self._usage.note(token, reply.headers)
        if fault := fault_of(reply.status, reply.headers, body, name=self.name):
            await self._note(token, fault)
            raise fault
        return dict(body)

    async def _note(self, token: str | None, fault: GraphFault) -> None:
        """Whoever else would call is refused as well: the headers do not always say that a limit is used up."""
        if fault.kind is Kind.THROTTLED and fault.code in _LIMITS_OF_APP | _LIMITS_OF_TOKEN:
            of_app = fault.code in _LIMITS_OF_APP
            await self._usage.pause(None if of_app else token, fault.retry_after or 0)


def _list_of(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, Unavailable) or (isinstance(error, GraphFault) and error.kind == Kind.TRANSIENT)
