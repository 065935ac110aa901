"""Serves the photos of the local file store under their signed URLs."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from adapters.files.local import LocalFiles
from domain.errors import NotFound, Unavailable

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def media_endpoint(
    files: LocalFiles, now: Callable[[], datetime]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of `/media/{key}`: 403 without a good signature, 404 for what is not stored."""

    async def endpoint(request: Request) -> Response:
        key = request.path_params["key"]
        expires = request.query_params.get("expires", "")
        if not files.verify(key, expires, request.query_params.get("signature", "")):
            return PlainTextResponse("This link is not valid, or not any more.", 403)
        # What is stored under a key never changes.
        tag = f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'
        seconds = max(0, int(expires) - int(now().timestamp()))
        headers = {**_SAFE, "ETag": tag, "Cache-Control": f"private, max-age={seconds}, immutable"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        try:
            file = await files.get(key)
        except NotFound:
            return PlainTextResponse("There is no such file.", 404)
        except Unavailable as error:
            return PlainTextResponse(error.message, 503)
        return Response(file.data, headers=headers, media_type=file.content_type)

    return endpoint
