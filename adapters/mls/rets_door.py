"""Lets the requests of one RETS session in: Digest or Basic, its cookies, and the user agent's authorization.

Sources: RETS 1.7.2, sections 3.4 and 4.1 (headers, authentication); RFC 7616 and 7617.
"""

from collections.abc import Generator
from hashlib import md5

import httpx

from adapters.mls.rets_settings import Account
from domain.errors import Rejected

_SESSION_ID = "rets-session-id"
_LONGEST = 4096

Flow = Generator[httpx.Request, httpx.Response, None]


class Door(httpx.Auth):
    """One session's authentication; it sees every answer, the challenges among them.

    The cookies are kept here, because one web client serves all accounts and keeps none.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._digest = httpx.DigestAuth(account.username, account.password)
        self._basic = httpx.BasicAuth(account.username, account.password)
        self._by_basic = False
        self._cookies: dict[str, str] = {}
        self._session_id = ""

    def auth_flow(self, request: httpx.Request) -> Flow:
        """Httpx's hook: the request, and once more with credentials where the server asks for them."""
        flow = self._with_credentials(request)
        try:
            request = next(flow)
            while True:
                self._dress(request)
                response = yield request
                self._note(response)
                request = flow.send(response)
        except StopIteration:
            return

    def _with_credentials(self, request: httpx.Request) -> Flow:
        if not self._by_basic:
            digest = self._digest.auth_flow(request)
            response = yield next(digest)
            if response.status_code != 401:
                return
            if _offers(response, "digest"):
                yield _answered(digest, response)
                return
            if not _offers(response, "basic"):
                return
            self._by_basic = True
        yield from self._basic.auth_flow(request)

    def _dress(self, request: httpx.Request) -> None:
        if self._cookies:
            request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if self._account.user_agent_password:
            request.headers["RETS-UA-Authorization"] = self._user_agent_authorization()

    def _note(self, response: httpx.Response) -> None:
        for header in response.headers.get_list("set-cookie"):
            name, equals, value = header.partition(";")[0].strip().partition("=")
            if not equals or not name or len(header) > _LONGEST:
                continue
            if value:
                self._cookies[name] = value
            else:
                self._cookies.pop(name, None)
            if name.casefold() == _SESSION_ID:
                self._session_id = value
        self._session_id = response.headers.get(_SESSION_ID) or self._session_id

    def _user_agent_authorization(self) -> str:
        """The digest that vouches for the program; we send no RETS-Request-ID, so its part stays empty."""
        account = self._account
        program = _md5(f"{account.user_agent}:{account.user_agent_password}")
        return f"Digest {_md5(f'{program}::{self._session_id}:{account.version}')}"


def _offers(response: httpx.Response, scheme: str) -> bool:
    offered = response.headers.get_list("www-authenticate")
    return any(header.lower().startswith(scheme) for header in offered)


def _answered(digest: Flow, challenge: httpx.Response) -> httpx.Request:
    try:
        return digest.send(challenge)
    except (KeyError, ValueError, NotImplementedError, StopIteration):
        raise Rejected("The MLS asks for a kind of Digest authentication that is not supported.") from None


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
