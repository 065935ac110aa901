"""A proxy before an S3 server that remembers requests and does to them what befalls requests on their way."""

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from aiohttp import ClientSession, web
from multidict import CIMultiDict
from yarl import URL

_OF_THE_CONNECTION = {"connection", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Answer:
    """What is answered in the server's stead; without a code there is no body, as for every HEAD."""

    status: int
    code: str = ""
    more: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lost:
    """The server carries the request out, and nobody hears of it."""


@dataclass(frozen=True)
class Refused:
    """The connection ends before the server sees the request."""


@dataclass(frozen=True)
class CutOff:
    """The first half of the answer's body comes, and the connection ends."""


@dataclass(frozen=True)
class Altered:
    """One bit of the answer's body is another one than that of which S3 names the checksum."""


Fault = Answer | Lost | Refused | CutOff | Altered


class S3Proxy:
    """Runs on loopback while entered.

    Attributes:
        url: where it listens.
        requests: what came, oldest first.
        faults: what befalls the next requests, one each; None lets one pass.
        always: what befalls all others.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self.url = ""
        self.requests: list[web.Request] = []
        self.faults: deque[Fault | None] = deque()
        self.always: Fault | None = None

    async def __aenter__(self) -> "S3Proxy":
        self._session = ClientSession()
        application = web.Application(client_max_size=0)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    def methods(self) -> list[str]:
        """Of the requests that came."""
        return [request.method for request in self.requests]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append(request)
        fault = self.faults.popleft() if self.faults else self.always
        if isinstance(fault, Answer):
            return _answer(fault)
        if isinstance(fault, Refused):
            return _hang_up(request)
        status, headers, content = await self._pass_on(request, body)
        if isinstance(fault, Lost):
            return _hang_up(request)
        if isinstance(fault, Altered):
            if request.headers.get("x-amz-checksum-mode") == "ENABLED":
                headers["x-amz-checksum-sha256"] = b64encode(sha256(content).digest()).decode()
            content = bytes([content[0] ^ 1]) + content[1:]
        if isinstance(fault, CutOff):
            return await _half(request, status, headers, content)
        return web.Response(status=status, headers=headers, body=content)

    async def _pass_on(self, request: web.Request, body: bytes) -> tuple[int, CIMultiDict[str], bytes]:
        url = URL(self._server + request.raw_path, encoded=True)
        # The proxy has the whole body already: it need not ask whether to send it.
        sent_on = {name: value for name, value in request.headers.items() if name.lower() != "expect"}
        sent = self._session.request(request.method, url, headers=sent_on, data=body, allow_redirects=False)
        async with sent as reply:
            kept = [item for item in reply.headers.items() if item[0].lower() not in _OF_THE_CONNECTION]
            return reply.status, CIMultiDict(kept), await reply.read()


def _answer(answer: Answer) -> web.Response:
    if not answer.code:
        return web.Response(status=answer.status, headers=answer.headers)
    text = f"<Error><Code>{answer.code}</Code><Message>No.</Message>{answer.more}</Error>"
    return web.Response(
        status=answer.status, headers=answer.headers, text=text, content_type="application/xml"
    )


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(
    request: web.Request, status: int, headers: CIMultiDict[str], content: bytes
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.close()
    return response
