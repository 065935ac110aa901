"""Web addresses of MLSs: which are any, and whether a link stays at the origin that the user named."""

from adapters.http.origins import origin, web_address
from adapters.mls.answers import bare
from domain.errors import Rejected


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
