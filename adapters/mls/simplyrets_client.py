"""Asks SimplyRETS for listings, and finds its errors and its links to further pages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import orjson

from adapters.budgets import Budget
from adapters.http import Reply
from adapters.mls.answers import Expected, Refused, bare, read_object
from adapters.mls.attempts import Attempts
from adapters.mls.simplyrets_requests import Place, feed_url, home_url, next_page, root
from adapters.mls.tools import Tools
from adapters.mls.values import Values
from domain.entities.mls_connection import MlsSource
from domain.errors import ActionRequired, Rejected

BUDGETS = (Budget(300, 60),)
"""A choice: SimplyRETS answers 429 to too many requests, and publishes no number."""

_LARGEST_ID = 2**63


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered.

    Attributes:
        total: how many listings the search finds in all, if the server counts them.
        updated: when the feed was last refreshed, as the server writes it.
        linked: whether there was a Link header at all.
    """

    rows: list[Any]
    next: str | None = None
    total: int | None = None
    updated: str | None = None
    linked: bool = False


class Client:
    """Gets pages of the feed and single homes; raises `ActionRequired`, `Rejected` or `Unavailable`."""

    def __init__(self, tools: Tools) -> None:
        self._attempts = Attempts(tools)

    async def look(self, source: MlsSource) -> Answer:
        """One listing at most, and the headers beside it."""
        _, answer = await self._get(source, Place(), lambda place: feed_url(source, place, limit=1))
        return answer

    async def page(self, source: MlsSource, place: Place) -> tuple[Answer, Place | None]:
        """The feed's page at a place, and where to go on; None behind the last one."""
        place, answer = await self._get(source, place, lambda place: feed_url(source, place))
        last = max(map(_id, answer.rows), default=0)
        if not answer.rows or _is_last(place, answer, last):
            return answer, None
        if last <= place.last:
            # The order is that of mlsId, so that every page leads beyond those before it.
            raise Rejected("The MLS serves the same pages again and again: its paging is a loop.")
        first = place.last == 0
        after = replace(
            place,
            next=answer.next,
            last=last,
            total=answer.total if first else place.total,
            updated=answer.updated if first else place.updated,
        )
        return answer, after

    async def home(self, source: MlsSource, kind: str, value: str) -> list[Any]:
        """The home with a key, or the homes that the search for a number finds; none if there is none."""
        try:
            _, answer = await self._get(source, Place(), lambda place: home_url(source, kind, value, place))
        except Refused as failure:
            if kind != "key" or failure.status != 404:
                raise
            return []
        return answer.rows

    async def _get(
        self, source: MlsSource, place: Place, url: Callable[[Place], str]
    ) -> tuple[Place, Answer]:
        """The answer; a server that refuses to show homes off the market is asked for the others."""
        try:
            return place, await self._ask(source, url(place))
        except Refused as failure:
            narrow = replace(place, narrow=True)
            if failure.status != 400 or url(narrow) == url(place):
                raise
            try:
                return narrow, await self._ask(source, url(narrow))
            except Refused:
                # The first refusal is the telling one.
                raise failure from None

    async def _ask(self, source: MlsSource, url: str) -> Answer:
        username, password = _account(source)

        def read(reply: Reply, expected: Expected) -> Answer:
            return _answer(read_object(_as_page(reply), expected), reply, url, source)

        return await self._attempts.get(
            url,
            read,
            account=f"simplyrets {root(source)} {username}",
            budgets=BUDGETS,
            headers={"Accept": "application/json"},
            auth=httpx.BasicAuth(username, password),
            secrets=(password,),
        )


def _is_last(place: Place, answer: Answer, last: int) -> bool:
    """Without a link to a next page: on a server that links its pages, or that has no ids to go on with.

    One that does not link is asked for what is behind the last id, until nothing is.
    """
    if answer.next is not None:
        return False
    return answer.linked or place.next is not None or last == place.last == 0


def _as_page(reply: Reply) -> Reply:
    """The answer as OData would word it, so that errors are found by the same code.

    SimplyRETS sends lists, single listings, and `{"error": 400, "message": "…"}`.
    """
    try:
        body = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        # Damaged, or with values that only a lenient parser reads.
        text = reply.body.lstrip(b"\xef\xbb\xbf \t\r\n")
        return replace(reply, body=b'{"value":' + text + b"}") if text.startswith(b"[") else reply
    if isinstance(body, dict) and "error" in body:
        error = body["error"]
        told = error if isinstance(error, dict) else {"code": str(error), "message": body.get("message")}
        return replace(reply, body=orjson.dumps({"error": told}))
    rows = [body] if isinstance(body, dict) and reply.status == 200 else body
    return replace(reply, body=orjson.dumps({"value": rows}))


def _answer(body: dict[str, Any], reply: Reply, url: str, source: MlsSource) -> Answer:
    rows = body.get("value")
    if not isinstance(rows, list):
        raise Rejected(f"The MLS answered without a list of listings ({bare(url)}). Is the address right?")
    count = reply.headers.get("x-total-count", "")
    link = reply.headers.get("link")
    return Answer(
        rows=rows,
        next=next_page(link, url, source),
        total=int(count) if count.isdecimal() and len(count) < 10 else None,
        updated=reply.headers.get("x-simplyrets-lastupdate") or reply.headers.get("x-simplyrets-last-update"),
        linked=link is not None,
    )


def _account(source: MlsSource) -> tuple[str, str]:
    username, password = source.credentials.username, source.credentials.password
    if not username or not password:
        raise ActionRequired("SimplyRETS needs an API key and an API secret: its user name and password.")
    return username, password


def _id(row: Any) -> int:
    return Values(row).whole("mlsId", high=_LARGEST_ID) or 0 if isinstance(row, dict) else 0
