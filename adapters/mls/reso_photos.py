"""Gets photos by a vendor's rules: with their rows or apart from them, and their bytes."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from adapters.budgets import Budget, Unit
from adapters.mls.answers import Forbidden
from adapters.mls.logins import sendable
from adapters.mls.reso_account import Account
from adapters.mls.reso_keys import key_of
from adapters.mls.reso_pages import Pages
from adapters.mls.reso_requests import media_plan
from adapters.mls.tools import Tools
from adapters.mls.turns import turn
from adapters.mls.values import Values
from domain.entities.listing import Media
from domain.errors import ActionRequired, Rejected

_MOST_PAGES = 500
"""Pages of photos for one page of rows."""


async def with_media(pages: Pages, account: Account, rows: Sequence[Any]) -> list[Any] | None:
    """The rows with their photos from the resource Media; None if this server does not give it.

    A row whose photos came with it stays as it is.
    """
    lacking = {
        key: row
        for row in rows
        if isinstance(row, dict) and "Media" not in row
        for key in [key_of(row, account.field_map)]
        if key is not None
    }
    try:
        media = await pages.all(account, media_plan(account, list(lacking)), _MOST_PAGES)
    except (Rejected, Forbidden):
        return None
    found: dict[str, list[Any]] = {key: [] for key in lacking}
    for item in media:
        if isinstance(item, Mapping) and item.get("ResourceName") in (None, "", "Property"):
            found.get(Values(item).text("ResourceRecordKey") or "", []).append(item)
    of_row = {id(row): found[key] for key, row in lacking.items()}
    return [{**row, "Media": of_row[id(row)]} if id(row) in of_row else row for row in rows]


class PhotoFiles:
    """Fetches what MediaURLs name, within the account's budgets for photos."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def get(self, account: Account, media: Media) -> bytes:
        """The bytes.

        Raises:
            Rejected: no such photo, not allowed, too large, or no URL.
            ActionRequired: the vendor wants to see a token, and there is none.
            Unavailable: it may work later; `OverBudget` if it was not asked for at all.
        """
        headers = self._headers(account, media)
        async with self._tools.downloads.visit(media.url):
            await self._turns(account, media)
            data = await self._tools.downloads.fetch(media.url, headers=headers)
        await self._tools.budgets.spend(account.budget, account.profile.budgets, len(data))
        return data

    async def _turns(self, account: Account, media: Media) -> None:
        rules = account.profile.photos
        # A pause that the MLS asked for, and its budget of bytes, are for photos too.
        of_bytes = [budget for budget in account.profile.budgets if budget.unit is Unit.BYTES]
        await turn(self._tools, account.budget, of_bytes)
        if rules.budgets:
            await turn(self._tools, f"{account.budget} photos", rules.budgets)
        if rules.once_in:
            await turn(self._tools, f"{account.budget} {media.url}", [Budget(1, rules.once_in)])

    def _headers(self, account: Account, media: Media) -> dict[str, str]:
        rules = account.profile.photos
        host, own = _host(media.url), _host(account.root)
        if not rules.shows_token or not any(
            host == name or host.endswith(f".{name}") for name in (own, *rules.hosts)
        ):
            return {}
        if not account.credentials.token:
            raise ActionRequired(f"{account.profile.vendor.title} needs the access token to give photos.")
        return {"User-Agent": sendable(account.credentials.token)}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        raise Rejected("The photo's address is none.") from None
