"""Public tokens, visitors that stay unknown, and how often they may come."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote

from adapters.budgets import Budget, Budgets
from domain.entities.listing import Listing
from domain.entities.tracking import Tracked
from domain.rules.redirects import is_address
from domain.rules.tracking_tokens import token_of, tracked_of

OF_A_VISITOR = (Budget(120, 60), Budget(1_200, 3_600))
"""What of a visitor is counted: who comes more often is no person, or a whole office behind one address."""

ONCE = (Budget(1, 1_800),)
"""A page that is loaded again within half an hour is the same visit, as web statistics have it."""

PLACEHOLDERS = ("id", "mlsNumber", "mlsProvider")
"""What the address of a listing's page may hold, in braces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingSettings:
    """How an installation counts from outside.

    Attributes:
        keys: the first signs, all verify.
        page_url: of a listing's page, with `PLACEHOLDERS`; None where there are no such pages.
        links_in_posts: whether proposed texts of posts end with a short link.
    """

    keys: tuple[bytes, ...]
    page_url: str | None = None
    links_in_posts: bool = False

    def __repr__(self) -> str:
        return f"TrackingSettings({self.page_url!r}, {self.links_in_posts})"


class SignedTracking:
    """`domain.ports.tracking.Tracking`; keeps nothing but budgets, which leave Redis an hour after a visitor's last visit.

    Args:
        public_id: the id under which frontends know a listing.
    """

    def __init__(
        self,
        settings: TrackingSettings,
        budgets: Budgets,
        *,
        now: Callable[[], datetime],
        public_id: Callable[[Listing], str],
    ) -> None:
        self._settings = settings
        self._budgets = budgets
        self._now = now
        self._public_id = public_id

    @property
    def links_in_posts(self) -> bool:
        return self._settings.links_in_posts

    def token(self, tracked: Tracked) -> str:
        return token_of(tracked, self._settings.keys[0])

    def read(self, token: str) -> Tracked | None:
        return tracked_of(token, self._settings.keys)

    def page_of(self, listing: Listing) -> str | None:
        """The page of the settings; else, or if it asks for what is not known, the tour of the home."""
        values = (self._public_id(listing), listing.facts.mls_number, listing.mls_provider)
        page = self._settings.page_url
        if page is not None:
            page = filled(page, values)
        if page is None:
            page = listing.facts.virtual_tour_url
        return page if page is not None and is_address(page) else None

    def visitor(self, address: str, agent: str) -> str:
        """The salt is another one each UTC day, and the key is secret, so that nobody can try addresses."""
        salt = hmac.digest(self._settings.keys[0], f"visitor {self._now():%Y-%m-%d}".encode(), "sha256")
        return hmac.new(salt, f"{_place(address)}\n{agent}".encode(), "sha256").hexdigest()[:32]

    async def admits(self, visitor: str) -> bool:
        return await self._budgets.take(f"visitor {visitor}", OF_A_VISITOR) == 0

    async def is_new(self, visitor: str, what: str) -> bool:
        # In one process's own account a name stands as it is given: what somebody has chosen may be long.
        digest = sha256(what.encode()).hexdigest()[:32]
        return await self._budgets.take(f"seen {visitor} {digest}", ONCE) == 0


def filled(page_url: str, values: Sequence[str | None]) -> str | None:
    """The address with values for the `PLACEHOLDERS`; None if it asks for one that there is not."""
    for name, value in zip(PLACEHOLDERS, values, strict=True):
        if f"{{{name}}}" in page_url:
            if not value:
                return None
            page_url = page_url.replace(f"{{{name}}}", quote(value, safe=""))
    return page_url


def _place(address: str) -> str:
    """An address as far as it is one household's: in IPv6 a /64, within which everybody changes theirs."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or found.packed[:8].hex())
    return str(found)
