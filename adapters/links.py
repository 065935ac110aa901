"""Signed URLs of limited life, for what mail programs and pages load without a login."""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlencode

DAY = 86_400
LIFE = 30
"""How many days a URL opens at least; at most it opens one more."""

_SIGNATURE = "&signature="


class SignedLinks:
    """`domain.ports.links.Links` by HMAC-SHA-256 over the path and the whole query.

    Args:
        key: the secret that signs, for this alone.
        public_url: the URL at which the world reaches a path.
        now: the time, in UTC.
    """

    def __init__(self, key: bytes, *, public_url: Callable[[str], str], now: Callable[[], datetime]) -> None:
        self._key = key
        self._public_url = public_url
        self._now = now

    def url(self, path: str, query: Mapping[str, str]) -> str:
        today = int(self._now().timestamp()) // DAY
        text = urlencode({**query, "expires": str((today + LIFE + 1) * DAY)})
        return self._public_url(f"{path}?{text}{_SIGNATURE}{self._signature(path, text)}")

    def opens(self, path: str, query: str) -> bool:
        text, _, signature = query.rpartition(_SIGNATURE)
        if not hmac.compare_digest(self._signature(path, text).encode(), signature.encode(errors="replace")):
            return False
        # Only what we have signed gets here.
        return self._now().timestamp() < int(parse_qs(text)["expires"][-1])

    def _signature(self, path: str, text: str) -> str:
        digest = hmac.digest(self._key, f"{path}?{text}".encode(errors="replace"), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
