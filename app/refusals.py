"""What requests beside the graph are told when they are not carried out."""

from starlette.responses import JSONResponse, Response

from domain.entities.viewer import Unauthenticated
from domain.errors import LimitExceeded, NotFound, Unavailable, YardsignError

_STATUS = {NotFound: 404, LimitExceeded: 429, Unavailable: 503}
_WAIT_SECONDS = 10


def refusal(error: YardsignError | Unauthenticated) -> Response:
    """401, 404 for what is not yours, 429 and 503 for later, 400 for what is wrong; the reason as JSON."""
    if isinstance(error, Unauthenticated):
        return refused(401, str(error), {"WWW-Authenticate": "Bearer"})
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return refused(status, error.message, {"Retry-After": str(_WAIT_SECONDS)} if status in (429, 503) else {})


def refused(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """One of them, which nobody may keep."""
    return JSONResponse({"error": message}, status, headers={"Cache-Control": "no-store", **(headers or {})})
