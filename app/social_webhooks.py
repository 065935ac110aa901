"""Takes what a platform tells by itself: `/webhooks/social/{platform}`."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain.errors import NotFound, Unavailable
from domain.ports import Ports
from domain.use_cases.hearing import hear

_log = structlog.get_logger(__name__)


def social_webhook(ports: Ports) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint: GET answers the challenge of who registers it, POST takes what is signed.

    200 for what was taken, now or before, whether or not anything follows from it; 401 for whoever does not know
    the token, for what is not signed as it must be, and for a platform that there is not; 503 with Retry-After.
    """

    async def endpoint(request: Request) -> Response:
        platform = request.path_params["platform"]
        if request.method != "POST":
            adapter = ports.social.get(platform)
            answer = adapter.challenge(request.query_params) if adapter else None
            return _refusal(platform) if answer is None else PlainTextResponse(answer, headers=_PLAIN)
        try:
            work = await hear(ports, platform=platform, headers=request.headers, body=await request.body())
        except NotFound:
            return _refusal(platform)
        except Unavailable as error:
            headers = {"Retry-After": str(int(error.retry_after or 60))}
            return PlainTextResponse(error.message, 503, headers=headers)
        _log.info("news_taken", platform=platform, work=work)
        return PlainTextResponse("ok")

    return endpoint


_PLAIN = {"X-Content-Type-Options": "nosniff"}


def _refusal(platform: str) -> Response:
    _log.info("news_refused", platform=platform[:200])
    return PlainTextResponse("Not allowed.", 401)
