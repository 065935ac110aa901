"""Sends requests to addresses others chose, within limits of place, size and time."""

import asyncio
import copy
import re
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpcore
import httpx
import orjson

from adapters.http.addresses import CheckedNetwork, Resolve, resolve_by_system
from adapters.http.bodies import ENCODINGS, read_body
from adapters.http.pool import Pool
from adapters.traces import span
from domain.errors import Rejected, Unavailable

Measure = Callable[[str, str, float], None]
"""Takes the class of a request's host, the status of its answer or why there was none, and its seconds."""

_CONNECT_SECONDS = 10.0
_IDLE_SECONDS = 20.0
_REDIRECTS = (301, 302, 303, 307, 308)
_HOST = re.compile(rb"[0-9a-z._:-]+")
# What goes along to another origin: nothing that could be a credential, which MLS Grid has in User-Agent.
_HARMLESS = ("accept", "accept-language", "accept-encoding")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status; `body` is unpacked, `url` the address that gave it in the end."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str

    def json(self) -> Any:
        """The body as JSON; raises ValueError if it is none."""
        return orjson.loads(self.body)


@dataclass(slots=True)
class _Exchange:
    """One `send` on its way: what it may cost, what it carries, how far it got."""

    max_bytes: int
    seconds: float
    redirects: int
    headers: dict[str, str] = field(repr=False)
    auth: httpx.Auth | None = field(repr=False)
    host: str = "The server"
    sent: bool = False

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Httpcore's trace hook: from the first byte on, the other side may have acted."""
        if event.endswith("send_request_headers.started"):
            self.sent = True

    def unavailable(self, what: str) -> Unavailable:
        """The error for an exchange that was cut short."""
        return Unavailable(f"{self.host} {what}.", outcome_unknown=self.sent)


class WebClient:
    """The one client for untrusted URLs; one per event loop, shared by all callers.

    Only https (with `allow_http` http too), no user or password in the URL, public addresses only (with
    `allow_loopback` loopback and private ones too), each host resolved once and every address checked, no
    proxies or certificates from the environment, no cookies kept.

    Args:
        connections: how many may be open at once.
        resolve: gives the addresses of a host; the system's resolver unless given.
        tls: whom to trust; the certificate authorities of the package certifi unless given.
        network: connects to the addresses that passed the check; the machine's network unless given.
    """

    def __init__(
        self,
        *,
        allow_http: bool = False,
        allow_loopback: bool = False,
        user_agent: str = "Yardsign/0.1",
        connections: int = 64,
        resolve: Resolve = resolve_by_system,
        tls: ssl.SSLContext | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._schemes = ("https", "http") if allow_http else ("https",)
        self._network = CheckedNetwork(
            resolve, network or httpcore.AnyIOBackend(), allow_loopback=allow_loopback
        )
        # httpx's own client would read each redirect, keep cookies and know the environment.
        self._transport = _Transport(self._network, tls or _authorities(), connections)
        self._headers = {
            "Accept": "*/*",
            "Accept-Encoding": ENCODINGS,
            "Connection": "keep-alive",
            "User-Agent": user_agent,
        }
        self._host_class = "other"
        self._measure: Measure = _unmeasured

    def counted_as(self, host_class: str, measure: Measure | None = None) -> "WebClient":
        """The same client, over the same connections, whose requests are measured as those to such hosts.

        Args:
            measure: instead of what measures those of this client, if anything does.
        """
        named = copy.copy(self)
        named._host_class, named._measure = host_class, measure or self._measure
        return named

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        content: bytes | None = None,
        auth: httpx.Auth | None = None,
        max_bytes: int,
        seconds: float,
        identity: bool = False,
        redirects: int = 3,
    ) -> Reply:
        """Send a request and read the whole answer; a status of 400 and more is an answer like any other.

        Args:
            params: added to the query of the URL.
            form, files: form fields, and files as name → (file name, bytes, content type).
            auth: an httpx.Auth that does not need to read bodies; it never goes along to another origin.
            max_bytes: of the answer's body, packed as well as unpacked.
            seconds: for everything together: look-up, connection, redirects, body.
            identity: ask for an answer that is not packed, as photos should not be.
            redirects: how many a GET follows; 0 returns the redirect. Others never follow.

        Raises:
            Rejected: the URL or a redirect is not allowed, the answer is too large, too many redirects.
            Unavailable: no connection, no answer in time, or a broken one; `outcome_unknown` if the request
                may have been sent.
        """
        given = dict(headers or {}) | ({"Accept-Encoding": "identity"} if identity else {})
        exchange = _Exchange(max_bytes, seconds, redirects if method.upper() == "GET" else 0, given, auth)
        body = {"json": json, "data": form, "files": files, "content": content}
        began, code = time.monotonic(), "cancelled"
        try:
            with span(f"HTTP {method}", host_class=self._host_class, http__request__method=method) as traced:
                reply = await self._sent(exchange, method, url, params, body)
                traced.note(http__response__status_code=reply.status)
            code = str(reply.status)
            return reply
        except (Rejected, Unavailable) as error:
            code = "rejected" if isinstance(error, Rejected) else "unavailable"
            raise
        finally:
            self._measure(self._host_class, code, time.monotonic() - began)

    async def _sent(
        self,
        exchange: _Exchange,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any],
    ) -> Reply:
        seconds = exchange.seconds
        try:
            async with asyncio.timeout(seconds):
                target = self._allowed(url)
                # Merging writes the whole query anew, which would spoil the signature of a signed URL.
                target = target.copy_merge_params(params) if params else target
                return await self._carried_out(exchange, self._request(exchange, method, target, **body))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise exchange.unavailable(f"did not answer within {seconds:g} seconds") from error
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise Rejected(f"This is not a request that can be sent to {exchange.host}.") from error
        except httpx.HTTPError as error:
            what = "gave no whole answer" if exchange.sent else "could not be reached"
            raise exchange.unavailable(what) from error

    async def check(self, url: str) -> None:
        """Look where a URL leads without sending anything.

        Raises:
            Rejected: `send` would refuse it.
            Unavailable: its host has no address at present.
        """
        target = self._allowed(url)
        try:
            await self._network.check(target.host, target.port or 443)
        except httpcore.ConnectError as error:
            raise Unavailable(f"{target.host} has no address.") from error

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _carried_out(self, exchange: _Exchange, request: httpx.Request) -> Reply:
        for hop in range(exchange.redirects + 1):
            response = await self._responded(exchange, request)
            async with aclosing(response):
                location = response.headers.get("location")
                redirected = response.status_code in _REDIRECTS and location and exchange.redirects
                if not redirected:
                    body = await read_body(response, exchange.max_bytes)
                    return Reply(response.status_code, response.headers, body, str(response.url))
                if hop < exchange.redirects:
                    request = self._next_request(exchange, request.url, location)
        raise Rejected(f"{exchange.host} redirected more than {exchange.redirects} times.")

    async def _responded(self, exchange: _Exchange, request: httpx.Request) -> httpx.Response:
        """The answer with its body unread. httpx would read the bodies in an auth flow without a limit."""
        if exchange.auth is None:
            return await self._answered(request)
        if exchange.auth.requires_response_body:
            raise TypeError("an auth that reads bodies is not supported")
        async with aclosing(exchange.auth.async_auth_flow(request)) as flow:
            request = await anext(flow)
            while True:
                response = await self._answered(request)
                try:
                    request = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                except BaseException:
                    await response.aclose()
                    raise
                await response.aclose()

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        response.request = request
        return response

    def _next_request(self, exchange: _Exchange, before: httpx.URL, location: str) -> httpx.Request:
        target = self._allowed(location, before)
        if _origin(target) != _origin(before):
            exchange.auth = None
            exchange.headers = {k: v for k, v in exchange.headers.items() if k.lower() in _HARMLESS}
        return self._request(exchange, "GET", target)

    def _request(self, exchange: _Exchange, method: str, url: httpx.URL, **body: Any) -> httpx.Request:
        exchange.host = url.host
        timeout = httpx.Timeout(exchange.seconds, connect=min(exchange.seconds, _CONNECT_SECONDS))
        headers = httpx.Headers(self._headers)
        headers.update(exchange.headers)
        extensions = {"timeout": timeout.as_dict(), "trace": exchange.trace}
        return httpx.Request(method, url, headers=headers, extensions=extensions, **body)

    def _allowed(self, text: str, base: httpx.URL | None = None) -> httpx.URL:
        # The URL itself may hold a token, so no message shows it.
        try:
            url = base.join(text) if base else httpx.URL(text)
            host = url.host  # decodes punycode, which may be none
        except (httpx.InvalidURL, ValueError):
            raise Rejected("This is not a URL.") from None
        if url.scheme not in self._schemes:
            raise Rejected(
                f"The URL has to begin with {' or '.join(self._schemes)}, not “{url.scheme[:20]}”."
            )
        if not _HOST.fullmatch(url.raw_host) or not 0 < (url.port or 443) < 65_536:
            raise Rejected("The URL names no host and port there could be.")
        if url.userinfo:
            raise Rejected(f"The URL for {host} holds a user name or a password, which is not allowed.")
        return url


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's transport over a network of ours; httpx has no argument for one, so the pool is replaced."""

    def __init__(self, network: CheckedNetwork, tls: ssl.SSLContext, connections: int) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = Pool(
            ssl_context=tls, connections=connections, idle_seconds=_IDLE_SECONDS, network=network
        )


@cache
def _authorities() -> ssl.SSLContext:
    """One for all clients of the process: reading the authorities takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


def _unmeasured(host_class: str, code: str, seconds: float) -> None:
    """For whoever does not want to know."""


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or {"http": 80}.get(url.scheme, 443)
