"""Lets requests for data in as the vendor's server does: host, token, limits, compression."""

import gzip

from starlette.requests import Request
from starlette.responses import Response

from sandbox.mls.errors import Refused, bad
from sandbox.mls.flavours import Flavour
from sandbox.mls.limits import Limiter
from sandbox.mls.tokens import TOKEN, Tokens


class Door:
    """What stands before every view of the OData service, and before the photos."""

    def __init__(self, flavour: Flavour, tokens: Tokens, limiter: Limiter) -> None:
        self._flavour = flavour
        self._tokens = tokens
        self._limiter = limiter

    def enter(self, request: Request) -> str:
        """The token the request came with. Raises Refused: 400, 401, 403 or 429."""
        if self._flavour.host not in (None, request.url.hostname):
            raise Refused(403, f"this token's requests go to the host {self._flavour.host}")
        token = self._tokens.check(request)
        self._limiter.take(token)
        if self._flavour.gzip and "gzip" not in request.headers.get("accept-encoding", ""):
            raise bad("requests must accept gzip (Accept-Encoding: gzip)")
        if request.headers.get("odata-maxversion", "4.0") < "4.0":
            raise bad("this server speaks OData 4.0")
        return token

    def leave(self, token: str, answer: Response) -> Response:
        """The answer as it goes out: compressed and counted, with what it tells of the quota."""
        if self._flavour.gzip:
            answer = _compressed(answer)
        self._limiter.spend(token, len(answer.body))
        answer.headers.update(self._limiter.headers(token))
        return answer

    def enter_photos(self, request: Request) -> None:
        """Let a request for a photo that there is pass. Raises Refused: 403 or 429."""
        self._limiter.take_photo()
        if self._flavour.media_once:
            self._limiter.take_photo_once(request, TOKEN)

    def suspend(self) -> None:
        """Suspend the long-lived token."""
        self._limiter.suspend(TOKEN)

    def revoke(self) -> None:
        """Make issued tokens invalid, and reinstate suspended ones with nothing used."""
        self._tokens.revoke()
        self._limiter.clear()


def _compressed(answer: Response) -> Response:
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
    return Response(gzip.compress(answer.body, 5, mtime=0), answer.status_code, headers)
