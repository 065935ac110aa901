"""Takes files that users send: `PUT /uploads/mls/{connection}`, a CSV file for a connection whose url is `upload:`."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import IO

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from adapters.identity import Identity
from domain.entities.viewer import Unauthenticated
from domain.errors import Conflict, Invalid, NotFound, Unavailable, YardsignError
from domain.ports import Ports
from domain.use_cases.uploading import awaits_upload, upload_feed
from schema.ids import required_key, to_id

UPLOADS = "/uploads/"

LARGEST_UPLOAD = 50_000_000
"""In bytes, as for a page of an MLS."""

UPLOAD_SECONDS = 300.0
_DRAINED = 8_000_000
_IN_MEMORY = 1_000_000
_AT_ONCE = 2
"""Files that are in memory as a whole, because the store takes them so."""

_STATUS = {NotFound: 404, Conflict: 409, Invalid: 400, Unavailable: 503}


class _TooLarge(Exception):
    """The body is larger than it may be."""


def mls_upload(ports: Ports, identity: Identity) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint: 202 and the run that reads the file; 401, 404 for what is not yours, 409 for a connection
    whose feed is fetched, 413, 415 and 408."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def endpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                return await take(request)
        except TimeoutError:
            return _refusal(408, "The file took too long to arrive.")
        except ClientDisconnect:
            return Response(status_code=400)

    async def take(request: Request) -> Response:
        pieces = request.stream()
        try:
            viewer = await identity.viewer(request.headers.get("authorization"))
            user_id, id = viewer.user_id, request.path_params["id"]
            connection_id = required_key(id, "MlsConnection", user_id, "connectionId")
            await awaits_upload(ports, user_id=user_id, connection_id=connection_id)
            if request.headers.get("content-encoding", "identity") != "identity":
                return await _late_refusal(pieces, 415, "Send the file as it is, not compressed.")
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
                await _read(pieces, file)
                async with room:
                    file.seek(0)
                    data = await asyncio.to_thread(file.read)
                    run = await upload_feed(ports, user_id=user_id, connection_id=connection_id, data=data)
        except Unauthenticated as error:
            return await _late_refusal(pieces, 401, str(error))
        except _TooLarge:
            return await _late_refusal(pieces, 413, f"A file may have {LARGEST_UPLOAD} bytes.")
        except YardsignError as error:
            status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
            return await _late_refusal(pieces, status, error.message)
        return JSONResponse({"syncRun": to_id("SyncRun", user_id, run.id)}, 202)

    return endpoint


async def _read(pieces: AsyncIterator[bytes], file: IO[bytes]) -> None:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > LARGEST_UPLOAD:
            raise _TooLarge
        await asyncio.to_thread(file.write, piece)


async def _late_refusal(pieces: AsyncIterator[bytes], status: int, message: str) -> Response:
    """A client that is still sending would not see the answer: some more is read and thrown away."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > _DRAINED:
            break
    return _refusal(status, message)


def _refusal(status: int, message: str) -> Response:
    headers = {"Connection": "close"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse({"error": message}, status, headers=headers)
