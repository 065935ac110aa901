"""Which addresses users may give, and what of them is kept."""

from urllib.parse import urlsplit, urlunsplit

from domain.errors import Invalid


def check_web_address(url: str) -> None:
    """Raises `Invalid`, naming the field `url`, for what can be no address of a service."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Invalid("A URL begins with https:// and names a host.", field=("url",))
    if parts.username or parts.password:
        raise Invalid("Credentials do not belong into the URL.", field=("url",))


def page_address(url: str) -> str | None:
    """A page's address without login, query and fragment, which may hold what is personal; None if it is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    place = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, place if port is None else f"{place}:{port}", parts.path, "", ""))
