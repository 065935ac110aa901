"""What Meta tells by itself: who may say so, and what of it matters here.

One address takes both what Webhooks send and Meta's call after a person removed the app. Sources:
https://developers.facebook.com/docs/graph-api/webhooks/getting-started,
https://developers.facebook.com/docs/graph-api/webhooks/reference/page#feed and
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow#deauth-callback
"""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from domain.entities.engagement import NewsKind, PlatformNews
from domain.errors import Rejected

_POSTS = frozenset({"post", "status", "photo", "album", "share", "link"})
"""What Meta calls a post, by what is in it; comments and reactions are told in the same way."""


class MetaWebhooks:
    """Reads what is signed with an app's secret.

    Args:
        app_secret: signs everything.
        verify_token: what whoever registers the address at Meta has to know; empty closes the registration.
    """

    def __init__(self, *, app_secret: str, verify_token: str) -> None:
        self._secret = app_secret.encode()
        self._verify_token = verify_token.encode()

    def challenge(self, params: Mapping[str, str]) -> str | None:
        """What Meta wants to hear when the address is registered; None for who does not know the token."""
        offered = params.get("hub.verify_token", "").encode()
        # Compared first and always, so that the time says nothing.
        knows = hmac.compare_digest(offered, self._verify_token) and bool(self._verify_token)
        return params.get("hub.challenge") if knows and params.get("hub.mode") == "subscribe" else None

    def news(self, headers: Mapping[str, str], body: bytes) -> list[PlatformNews]:
        """What matters here of a signed body; raises `Rejected` for one that is not signed as it must be.

        Args:
            headers: with names in lower case, or a mapping that does not mind the case.
        """
        if signature := headers.get("x-hub-signature-256", ""):
            offered = signature.removeprefix("sha256=").encode("utf-8", "replace")
            if not hmac.compare_digest(offered, hmac.new(self._secret, body, sha256).hexdigest().encode()):
                raise _not_signed()
            return list(_removals(_json(body)))
        return [_deauthorization(self._request(body))]

    def _request(self, body: bytes) -> Any:
        """The payload of a `signed_request`: `base64url(HMAC of the payload's text).base64url(JSON)`."""
        fields = parse_qs(body.decode("utf-8", "replace"))
        signature, _, payload = fields.get("signed_request", [""])[0].partition(".")
        made = hmac.new(self._secret, payload.encode("utf-8", "replace"), sha256).digest()
        if not hmac.compare_digest(_decoded(signature), made) or not payload:
            raise _not_signed()
        return _json(_decoded(payload))


def _removals(body: Any) -> Iterator[PlatformNews]:
    """The posts of Pages that are told to be removed; all else is nothing to us."""
    if not isinstance(body, dict) or body.get("object") != "page":
        return
    for entry in _objects(body.get("entry")):
        for change in _objects(entry.get("changes")):
            value = change.get("value")
            if change.get("field") != "feed" or not isinstance(value, dict):
                continue
            page, post = entry.get("id"), value.get("post_id")
            if value.get("verb") != "remove" or value.get("item") not in _POSTS:
                continue
            if isinstance(page, str) and isinstance(post, str):
                yield PlatformNews(kind=NewsKind.POST_REMOVED, account_id=page, platform_post_id=post)


def _deauthorization(payload: Any) -> PlatformNews:
    """Raises `Rejected` for a signed request that is another one, such as one of a login."""
    user = payload.get("user_id") if isinstance(payload, dict) else None
    issued = payload.get("issued_at") if isinstance(payload, dict) else None
    if not isinstance(user, str | int) or not isinstance(issued, int) or not 0 <= issued < 10**11:
        raise _not_signed()
    at = datetime.fromtimestamp(issued, UTC)
    return PlatformNews(kind=NewsKind.DEAUTHORIZED, login_id=str(user), at=at)


def _objects(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _not_signed() -> Rejected:
    return Rejected("Not allowed.")
