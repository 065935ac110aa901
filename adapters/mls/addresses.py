"""Web addresses of MLSs: which are any, and whether a link stays at the origin that the user named."""

from urllib.parse import SplitResult, urlsplit

from adapters.mls.answers import bare
from domain.errors import Rejected

_PORTS = {"http": 80, "https": 443}


def web_address(url: str) -> SplitResult:
    """The parts of a web address. Raises `ValueError` if it is none or names a user."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or parts.port == 0:
        raise ValueError("no web address, or one with a user")
    return parts


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a web address. Raises `ValueError` as `web_address` does."""
    parts = web_address(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def check_address(url: str) -> None:
    """Raises `Rejected` if a connection's address is none or names a user."""
    try:
        web_address(url)
    except ValueError:
        message = "The address of the MLS must begin with https:// or http:// and hold no user name."
        raise Rejected(message) from None


def own_link(link: str, root: str) -> str:
    """The link to a next page, if it leads to the origin of `root`: credentials go nowhere else.

    Raises `Rejected` if it leads elsewhere.
    """
    try:
        own = origin(link) == origin(root)
    except ValueError:
        own = False
    if not own:
        raise Rejected(
            f"The MLS's link to the next page leads elsewhere ({bare(link)}); it was not followed."
        )
    return link
