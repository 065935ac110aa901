"""Serves the photos of the local file store under their signed URLs, or to anybody if they are public."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from adapters.files.local import LocalFiles
from domain.errors import NotFound, Unavailable

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_FOREVER = "public, max-age=31536000, immutable"


def media_endpoint(
    files: LocalFiles, now: Callable[[], datetime]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of `/media/{key}`: 403 without a good signature unless the key is public, 404 for what is
    not stored; parts of a file by `Range` (RFC 9110, section 14)."""

    async def endpoint(request: Request) -> Response:
        key = request.path_params["key"]
        expires = request.query_params.get("expires", "")
        if files.is_public(key):
            caching = _FOREVER
        elif files.verify(key, expires, request.query_params.get("signature", "")):
            caching = f"private, max-age={max(0, int(expires) - int(now().timestamp()))}, immutable"
        else:
            return PlainTextResponse("This link is not valid, or not any more.", 403)
        try:
            file = await files.locate(key)
        except NotFound:
            return PlainTextResponse("There is no such file.", 404)
        except Unavailable as error:
            return PlainTextResponse(error.message, 503)
        # What is stored under a key never changes.
        tag = f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'
        headers = {**_SAFE, "ETag": tag, "Cache-Control": caching}
        if is_held(tag, request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        return FileResponse(file.path, headers=headers, media_type=file.content_type, stat_result=file.status)

    return endpoint


def is_held(tag: str, held: str) -> bool:
    """Whether `If-None-Match` names this ETag (RFC 9110, section 13.1.2)."""
    return held.strip() == "*" or tag in (entry.strip().removeprefix("W/") for entry in held.split(","))
