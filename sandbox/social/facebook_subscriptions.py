"""The sandbox Facebook's edge by which an app asks to be told what happens on a Page."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.facebook_pages import acting_page
from sandbox.social.facebook_site import APP_ID, APP_NAME, site_of
from sandbox.social.graph import GraphError, invalid, parameters


async def subscribed_apps(request: Request) -> Response:
    """`/{version}/{page}/subscribed_apps`: GET shows the app if it listens, POST and DELETE change that."""
    params, site = await parameters(request), site_of(request)
    page = acting_page(site, request, params)
    if site.lacks("pages_manage_metadata"):
        raise GraphError(200, "(#200) Requires pages_manage_metadata permission to manage the object")
    if request.method == "GET":
        fields = site.webhooks.fields_of(page.id)
        apps = [{"id": APP_ID, "name": APP_NAME, "subscribed_fields": fields}] if fields else []
        return JSONResponse({"data": apps})
    fields = [name for name in params.text("subscribed_fields").split(",") if name]
    if request.method == "POST" and fields != ["feed"]:
        raise invalid("Param subscribed_fields must be one of {feed}")
    site.webhooks.subscribe(page.id, fields if request.method == "POST" else [])
    return JSONResponse({"success": True})
