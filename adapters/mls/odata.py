"""Asks an OData 4 server: within the account's budgets, authorized, and again a little before giving up."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from adapters.http import Reply
from adapters.mls.answers import Expected, read_object, read_xml
from adapters.mls.aside import aside
from adapters.mls.quotas import asked_wait
from adapters.mls.reso_account import Account
from adapters.mls.tokens import Tokens
from adapters.mls.tools import Tools
from adapters.mls.turns import attempts, turn

PAGE_BYTES = 50_000_000
SECONDS = 60.0

T = TypeVar("T")


class OData:
    """Gets what is at a URL, in a few attempts a call."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._tokens = Tokens(tools.web, now=tools.now, refreshed=tools.refreshed)

    async def get(
        self, account: Account, url: str, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The JSON object at `url`; a link to the next page that stands in a header is put into it.

        Raises `ActionRequired`, `Refused`, `Rejected` or `Unavailable` as `answers.read_object` does,
        `ActionRequired` without credentials, and `Unavailable` if the account's budget is used up for longer
        than anybody waits within a call.
        """
        headers = {"Accept": "application/json", **(headers or {})}
        return await attempts(self._tools)(self._get, account, url, headers, _read_page)

    async def xml(self, account: Account, url: str) -> bytes:
        """The XML document at `url`, unread; raises as `get` does."""
        return await attempts(self._tools)(self._get, account, url, {"Accept": "application/xml"}, read_xml)

    async def _get(
        self, account: Account, url: str, headers: dict[str, str], read: Callable[[Reply, Expected], T]
    ) -> T:
        credentials, logins = account.credentials, account.profile.logins
        authorization = await self._tokens.authorization(credentials, logins)
        reply = await self._send(account, url, authorization, headers)
        if reply.status == 401 and self._tokens.forget(credentials, authorization):
            # The server may have ended it before its time; a fresh one shows whether we are welcome.
            authorization = await self._tokens.authorization(credentials, logins)
            reply = await self._send(account, url, authorization, headers)
        secrets = (authorization.partition(" ")[2], credentials.client_secret, credentials.password)
        expected = Expected(
            wait=asked_wait(reply, account.profile.quotas, self._tools.now()),
            secrets=[secret for secret in secrets if secret],
            troubles=account.profile.troubles,
        )
        return await aside(len(reply.body), read, reply, expected)

    async def _send(self, account: Account, url: str, authorization: str, headers: dict[str, str]) -> Reply:
        budgets, profile = self._tools.budgets, account.profile
        await turn(self._tools, account.budget, profile.budgets)
        reply = await self._tools.web.send(
            "GET",
            url,
            headers={**profile.headers, **headers, "Authorization": authorization},
            max_bytes=PAGE_BYTES,
            seconds=SECONDS,
            # Followed, a redirect could carry the token to a stranger.
            redirects=0,
        )
        await budgets.spend(account.budget, profile.budgets, len(reply.body))
        wait = asked_wait(reply, profile.quotas, self._tools.now())
        if wait:
            # Whoever else uses the token waits too.
            await budgets.pause(account.budget, wait)
        return reply


def _read_page(reply: Reply, expected: Expected) -> dict[str, Any]:
    body = read_object(reply, expected)
    # Bridge's replication links to the next page by a header (RFC 8288).
    link = re.search(r'<([^<>]*)>\s*;[^,]*\brel="?next\b', reply.headers.get("link", ""))
    if link and not body.get("@odata.nextLink"):
        body["@odata.nextLink"] = link[1]
    return body
