"""Which addresses users may give."""

from urllib.parse import urlsplit

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
