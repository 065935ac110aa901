"""Counting from outside: tokens that cannot be forged, visitors who stay unknown, and where links lead."""

from typing import Protocol

from domain.entities.listing import Listing
from domain.entities.tracking import Tracked


class Tracking(Protocol):
    """Public tokens, and the limits of those who show them."""

    @property
    def links_in_posts(self) -> bool:
        """Whether proposed texts of posts end with a short link, unless the user says otherwise."""
        ...

    def token(self, tracked: Tracked) -> str:
        """The one token for this, which fits into a path of a URL."""
        ...

    def read(self, token: str) -> Tracked | None:
        """What `token` was made for; None for what we never signed."""
        ...

    def page_of(self, listing: Listing) -> str | None:
        """Where a listing's short links lead: an absolute URL of our choice; None if there is no such page."""
        ...

    def visitor(self, address: str, agent: str) -> str:
        """A name for who comes today from this IP address with this browser; neither can be told from it."""
        ...

    async def admits(self, visitor: str) -> bool:
        """Whether a visitor has not come too often of late; counts this time too, in all processes."""
        ...

    async def is_new(self, visitor: str, what: str) -> bool:
        """Whether the visitor was not seen with this within the last half hour; remembers it for so long."""
        ...
