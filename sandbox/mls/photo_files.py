"""Serves the photo files of a sandbox's homes, below `/photos`, to anybody who knows their addresses."""

import asyncio
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.mls.photos import Photo, Scene, photo
from sandbox.mls.state import State


def photo_route(state: State, enter: Callable[[Request], None] | None = None) -> Route:
    """The route of `/photos/{key}/{number}.jpg`; `enter` raises Refused for requests it does not let pass."""

    async def photos(request: Request) -> Response:
        file = await photo_file(state, request.path_params["key"], request.path_params["number"])
        if file is None:
            raise HTTPException(404, "there is no such photo")
        if enter is not None:
            enter(request)
        headers = {"ETag": file.etag, "Cache-Control": "max-age=60"}
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        return Response(file.data, headers=headers, media_type="image/jpeg")

    return Route("/photos/{key}/{number:int}.jpg", photos)


async def photo_file(state: State, key: str, number: int) -> Photo | None:
    """The file of photo `number` (the last part of its MediaURL) of a home; None if there is no such photo."""
    scene = _scene(state, key, number)
    # Drawing takes some milliseconds, which nobody else should wait for.
    return None if scene is None else await asyncio.to_thread(photo, scene)


def _scene(state: State, key: str, number: int) -> Scene | None:
    home = state.get(key)
    if home is None:
        return None
    for row in home.media:
        if str(row.get("MediaURL")).endswith(f"/photos/{key}/{number}.jpg"):
            version = home.versions.get(number, 0)
            return Scene(state.seed, key, number, version, str(row.get("ImageOf")), state.for_load)
    return None
