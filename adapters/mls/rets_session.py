"""Keeps accounts logged in to RETS servers, and asks them: within budgets, and again a little before giving up."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urljoin
from xml.etree.ElementTree import Element

from adapters.http import Reply, retry_after
from adapters.http.origins import web_address
from adapters.mls.answers import bare
from adapters.mls.aside import aside
from adapters.mls.rets_answers import SessionEnded, check_status, read_answer
from adapters.mls.rets_door import Door
from adapters.mls.rets_settings import Account
from adapters.mls.tools import Tools
from adapters.mls.turns import attempts, turn
from domain.errors import ActionRequired, Rejected, Unavailable, YardsignError

T = TypeVar("T")
Read = Callable[[Reply, Sequence[str]], T]
"""Makes something of an answer; the second argument is what its errors must not show."""

PAGE_BYTES = 50_000_000
_LOGIN_BYTES = 1_000_000
_SECONDS = 60.0
_MOST_KEPT = 1000
_SESSIONS = 5
"""So many new ones may end before a request has its answer."""
_CAPABILITY = re.compile(r"^\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(\S.*?)\s*$", re.MULTILINE)


@dataclass(slots=True)
class Session:
    """One login.

    Attributes:
        capabilities: by name in lower case, absolute.
        version: what the server speaks, for example `RETS/1.7.2`.
        has_served: it was good for at least one answer.
    """

    door: Door
    capabilities: Mapping[str, str]
    version: str
    has_served: bool = False


@dataclass(slots=True)
class Server:
    """What is known of an account's server; it outlives a login.

    Attributes:
        lock: lets one request log in while the others wait.
        again: is held by a request whose session had ended.
        takes_post: False once it refused a search by POST.
        gives_urls: whether it honours Location=1; None until a photo has shown it.
        keys_at_once: of how many homes photos may be asked for in one request.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    again: asyncio.Lock = field(default_factory=asyncio.Lock)
    session: Session | None = None
    takes_post: bool = True
    gives_urls: bool | None = None
    keys_at_once: int = 1


class Sessions:
    """The logins of this process, one for each account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._servers: dict[Account, Server] = {}

    def server(self, account: Account) -> Server:
        """What is known of the account's server."""
        return self._servers.setdefault(account, Server())

    async def ask(
        self,
        account: Account,
        capability: str,
        arguments: Mapping[str, str],
        read: Read[T],
        *,
        post: bool = False,
    ) -> T:
        """What `read` makes of the answer of a capability such as `Search`; it runs in a thread.

        A session that has ended is replaced once, and again if others have used the new one up before it was this
        request's turn. What may pass is tried again, `ATTEMPTS` times in all.

        Raises:
            ActionRequired, Rejected, Unavailable: as `read`, the login or the HTTP status say; Unavailable
                too if the budget has no room within `PATIENCE` seconds.
        """

        async def attempt() -> T:
            session = await self._session(account)
            try:
                return await self._once(account, session, capability, arguments, read, post)
            except SessionEnded:
                self._forget(account, session)
            # One by one, or those that were on their way together would end each new session for each other.
            async with self.server(account).again:
                for _ in range(_SESSIONS):
                    session = await self._session(account)
                    try:
                        return await self._once(account, session, capability, arguments, read, post)
                    except SessionEnded:
                        self._forget(account, session)
                        if not session.has_served:
                            raise
            raise Unavailable("The MLS ends its sessions faster than it answers.")

        return await attempts(self._tools)(attempt)

    async def version(self, account: Account) -> str:
        """What the server speaks, for example `RETS/1.7.2`; logs in if need be, and raises as `ask` does."""
        return (await attempts(self._tools)(self._session, account)).version

    async def _session(self, account: Account) -> Session:
        """The account's session; logs in if there is none."""
        server = self.server(account)
        async with server.lock:
            if server.session is None:
                server.session = await self._login(account)
                self._drop_some()
            return server.session

    async def close(self) -> None:
        """Log every account out; a server that does not want to hear of it is left alone."""
        held, self._servers = self._servers, {}
        await asyncio.gather(
            *(self._logout(account, server.session) for account, server in held.items() if server.session)
        )

    async def _login(self, account: Account) -> Session:
        door = Door(account)
        reply = await self._send(account, door, account.url, {}, post=False)
        try:
            check_status(reply, now=self._tools.now(), secrets=account.secrets)
            root = (await aside(len(reply.body), read_answer, reply, account.secrets)).root
        except SessionEnded as failure:
            raise ActionRequired(failure.message) from None
        found = capabilities(root, reply.url)
        if "search" not in found:
            raise Rejected(f"The MLS logs in but names no Search ({bare(reply.url)}). Is the address right?")
        return Session(door, found, reply.headers.get("rets-version", account.version).strip())

    async def _logout(self, account: Account, session: Session) -> None:
        url = session.capabilities.get("logout")
        if url is None:
            return
        try:
            await self._send(account, session.door, url, {}, post=False)
        except YardsignError:
            return

    async def _once(
        self,
        account: Account,
        session: Session,
        capability: str,
        arguments: Mapping[str, str],
        read: Read[T],
        post: bool,
    ) -> T:
        url = session.capabilities.get(capability.lower())
        if url is None:
            raise Rejected(f"The MLS offers this account no {capability}.")
        server = self.server(account)
        reply = await self._send(account, session.door, url, arguments, post=post and server.takes_post)
        if reply.status in (405, 415, 501) and post and server.takes_post:
            server.takes_post = False
            reply = await self._send(account, session.door, url, arguments, post=False)
        check_status(reply, now=self._tools.now(), secrets=account.secrets)
        answer = await aside(len(reply.body), read, reply, account.secrets)
        session.has_served = True
        return answer

    async def _send(
        self, account: Account, door: Door, url: str, arguments: Mapping[str, str], *, post: bool
    ) -> Reply:
        await turn(self._tools, account.name, account.budgets)
        # Written here: RETS wants a plus sign as %2B and a space as %20.
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in arguments.items())
        if query and not post:
            url = f"{url}{'&' if '?' in url else '?'}{query}"
        headers = {"User-Agent": account.user_agent, "RETS-Version": account.version, "Accept": "*/*"}
        if post:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        reply = await self._tools.web.send(
            "POST" if post else "GET",
            url,
            headers=headers,
            content=query.encode() if post else None,
            auth=door,
            max_bytes=PAGE_BYTES if arguments else _LOGIN_BYTES,
            seconds=_SECONDS,
            # Followed, a redirect could carry the session to a stranger.
            redirects=0,
        )
        if wait := retry_after(reply, self._tools.now()):
            # Whoever else uses the account waits too.
            await self._tools.budgets.pause(account.name, wait)
        return reply

    def _forget(self, account: Account, session: Session) -> None:
        server = self.server(account)
        # Somebody may have logged in again while our request was on its way.
        if server.session is session:
            server.session = None

    def _drop_some(self) -> None:
        """Forget the oldest: servers end a session that is not used by themselves."""
        while len(self._servers) > _MOST_KEPT:
            del self._servers[next(iter(self._servers))]


def capabilities(root: Element, url: str) -> dict[str, str]:
    """The capability URLs of a login, which stand as lines of `Name=URL`, absolute or relative.

    Those on another host are left out: credentials and cookies go to the host that the user named.
    """
    text = "\n".join(root.itertext())
    found = {}
    for name, value in _CAPABILITY.findall(text):
        try:
            target = urljoin(url, value)
            there, own = web_address(target), web_address(url)
        except ValueError:
            continue
        if there.hostname == own.hostname and there.scheme in (own.scheme, "https"):
            found[name.lower()] = target
    return found
