"""Control calls that every sandbox platform has, under `/_control`: faults, the log, and a new beginning."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.social.faults import Fault, Faults
from sandbox.social.state import Document


class Refused(Exception):
    """A control call that makes no sense; answered as 400 {"detail": …}."""


async def refused(request: Request, error: Exception) -> Response:
    """Answer for a control call that makes no sense."""
    return JSONResponse({"detail": str(error)}, status_code=400)


async def body_of(request: Request) -> Document:
    """The body of a control call, an object; raises Refused."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Refused("the body must be JSON") from None
    if not isinstance(body, dict):
        raise Refused("the body must be a JSON object")
    return body


def routes(faults: Faults, log: deque[dict[str, Any]], forget: Callable[[], None]) -> list[Route]:
    """The routes over these faults and this log; `forget` brings the platform back to its beginning."""

    async def armed(request: Request) -> Response:
        if request.method == "DELETE":
            faults.armed.clear()
        elif request.method == "POST":
            try:
                faults.armed.append(Fault.model_validate(await body_of(request)))
            except ValidationError as error:
                raise Refused(
                    "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}" for e in error.errors())
                ) from None
        return JSONResponse({"faults": [fault.model_dump() for fault in faults.armed]})

    async def logged(request: Request) -> Response:
        return JSONResponse({"requests": list(log)})

    async def reset(request: Request) -> Response:
        faults.armed.clear()
        log.clear()
        forget()
        return JSONResponse({"reset": True})

    return [
        Route("/_control/faults", armed, methods=["GET", "POST", "DELETE"]),
        Route("/_control/log", logged),
        Route("/_control/reset", reset, methods=["POST"]),
    ]
