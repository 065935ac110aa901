"""Asks plain web addresses on behalf of an account: within its budget, and again a little before giving up."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import httpx

from adapters.budgets import Budget
from adapters.http import Reply, retry_after
from adapters.mls.answers import Expected
from adapters.mls.aside import aside
from adapters.mls.odata import PAGE_BYTES, SECONDS
from adapters.mls.tools import Tools
from adapters.mls.turns import attempts, turn

T = TypeVar("T")


class Attempts:
    """Gets what is behind an address, in up to `ATTEMPTS` attempts a call."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def get(
        self,
        url: str,
        read: Callable[[Reply, Expected], T],
        *,
        account: str,
        budgets: Sequence[Budget],
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        secrets: Sequence[str] = (),
        redirects: int = 0,
    ) -> T:
        """What `read` makes of the answer; it runs in a thread, since an answer may have megabytes.

        Args:
            account: what the budgets are kept by.
            secrets: what must not appear in an error.
            redirects: how many are followed; the credentials do not go along to another origin.

        Raises:
            Unavailable: nobody answered, or the budget has no room within `PATIENCE` seconds.
            YardsignError: what `read` raises; after `Unavailable` it is tried again.
        """

        async def attempt() -> T:
            await turn(self._tools, account, budgets)
            reply = await self._tools.web.send(
                "GET",
                url,
                headers=headers,
                auth=auth,
                max_bytes=PAGE_BYTES,
                seconds=SECONDS,
                redirects=redirects,
            )
            await self._tools.budgets.spend(account, budgets, len(reply.body))
            wait = retry_after(reply, self._tools.now()) if reply.status >= 400 else None
            if wait:
                # Whoever else uses the account waits too.
                await self._tools.budgets.pause(account, wait)
            return await aside(len(reply.body), read, reply, Expected(wait=wait, secrets=secrets))

        return await attempts(self._tools)(attempt)
