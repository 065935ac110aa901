"""Web addresses by their parts: which are any, and which belong to one origin."""

from urllib.parse import SplitResult, urlsplit

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
