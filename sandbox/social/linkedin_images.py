"""The sandbox LinkedIn's images: a place to upload to, the bytes, and who may use them.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
"""

import asyncio
import io
import json
import secrets

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.linkedin_site import RestError, Site, site_of
from sandbox.social.state import Document

MAX_PIXELS = 36_152_320
_FORMATS = ("JPEG", "PNG", "GIF")


async def initialize(request: Request) -> Response:
    """`POST /rest/images?action=initializeUpload`: a URN and the address for its bytes."""
    if request.query_params.get("action") != "initializeUpload":
        raise RestError(400, "BAD_REQUEST", "The action is not one that is offered")
    site, body = site_of(request), await json_body(request)
    asked = body.get("initializeUploadRequest")
    owner = site.author(request, asked.get("owner") if isinstance(asked, dict) else None)
    urn = f"urn:li:image:C4{secrets.token_urlsafe(10)}"
    site.store.put("image", urn, {"id": urn, "owner": owner, "uploaded": False, "post_id": None, "bytes": 0})
    value = {
        "uploadUrlExpiresAt": int((site.now() + 86_400) * 1_000),
        "uploadUrl": f"{site.address(request)}/dms-uploads/{urn}/uploaded-image/0?ca=vector_feedshare",
        "image": urn,
    }
    return JSONResponse({"value": value})


async def upload(request: Request) -> Response:
    """`PUT /dms-uploads/…`: the bytes of an image, which must be a JPEG, PNG or GIF."""
    site, urn = site_of(request), request.path_params["urn"]
    site.caller(request)
    image = site.store.get("image", urn)
    if image is None:
        raise RestError(404, "NOT_FOUND", "There is no such upload")
    raw = await request.body()
    if not await asyncio.to_thread(_is_image, raw):
        raise RestError(400, "BAD_REQUEST", "The upload is not an image of a format that is taken")
    site.store.save_file(file_name(urn), raw)
    site.store.put("image", urn, image | {"uploaded": True, "bytes": len(raw)})
    return Response(status_code=201)


def usable(site: Site, urn: object, owner: str) -> Document:
    """The image if its bytes are there and the author owns it; raises RestError."""
    image = site.store.get("image", str(urn))
    if image is None or not image["uploaded"]:
        raise RestError(400, "BAD_REQUEST", f"{str(urn)[:80]} is not an image that was uploaded")
    if image["owner"] != owner:
        raise RestError(403, "ACCESS_DENIED", f"{urn} is not owned by the author", service=100)
    return image


def file_name(urn: str) -> str:
    """Where the bytes of an image are."""
    return urn.rpartition(":")[2]


async def json_body(request: Request) -> Document:
    """The body, a JSON object; raises RestError."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RestError(400, "BAD_REQUEST", "The body must be a JSON object")
    return body


def _is_image(raw: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(raw), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return False
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True
