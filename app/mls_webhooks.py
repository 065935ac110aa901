"""Takes what an MLS pushes: `POST /webhooks/mls/{key}`."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from domain.errors import LimitExceeded, NotFound, Refusal, Unavailable
from domain.ports import Ports
from domain.use_cases.pushed import take_push
from schema.ids import from_id
from schema.mls import WEBHOOK

_NOBODY = ""
"""No user has this id, so that a key that is none takes the way of one whose connection is absent."""

_log = structlog.get_logger(__name__)


def mls_webhook(ports: Ports) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint: 202 for what was taken, now or before; 401 for whatever is not signed as it must be, and
    for what there is not; 400 and 413 for a body that is wrong; 503 with Retry-After."""

    async def endpoint(request: Request) -> Response:
        named = from_id(request.path_params["key"])
        known = named is not None and named.type_name == WEBHOOK
        try:
            listings = await take_push(
                ports,
                user_id=named.owner if named and known else _NOBODY,
                connection_id=named.key if named and known else _NOBODY,
                timestamp=request.headers.get("x-yardsign-timestamp", ""),
                signature=request.headers.get("x-yardsign-signature", ""),
                body=await request.body(),
            )
        except NotFound as error:
            _log.info("push_refused", connection=named.key if named and known else None)
            return PlainTextResponse(error.message, 401)
        except LimitExceeded as error:
            return PlainTextResponse(error.message, 413)
        except Refusal as error:
            return PlainTextResponse(error.message, 400)
        except Unavailable as error:
            headers = {"Retry-After": str(int(error.retry_after or 60))}
            return PlainTextResponse(error.message, 503, headers=headers)
        _log.info("push_taken", connection=named.key if named else None, listings=listings)
        return JSONResponse({"listings": listings}, 202)

    return endpoint
