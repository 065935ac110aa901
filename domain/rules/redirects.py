"""Where a platform may send a user's browser back to after consent."""

from collections.abc import Collection
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST = 2_000


def may_return_to(uri: str, known: Collection[str], *, loopback: bool) -> bool:
    """Whether the address is one of the known ones, to the letter.

    A platform checks what was registered with it, but registers patterns too: whoever could name any address
    here might have the code sent to a page of their own. https://www.rfc-editor.org/rfc/rfc9700#section-4.1

    Args:
        loopback: take any address on this machine too, as a frontend in development has one.
    """
    return uri in known or (loopback and is_address(uri) and urlsplit(uri).hostname in _LOOPBACK)


def is_address(uri: str) -> bool:
    """Whether it is an absolute address of the web, and nothing beside: no password, no fragment."""
    if len(uri) > _LONGEST or any(character <= " " or character in '\\"<>`{}' for character in uri):
        return False
    try:
        parts = urlsplit(uri)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and parts.username is None
            and "#" not in uri
        )
    except ValueError:
        return False
