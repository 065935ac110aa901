"""Leads the requests that come most often past the router."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Straight:
    """ASGI middleware: a POST to one path goes straight to its endpoint, which answers its own errors.

    Args:
        path: just so, without parameters.
        to: the endpoint, which the router has too for all other methods.
    """

    def __init__(self, app: ASGIApp, *, path: str, to: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._to = to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Past the router, or to it."""
        straight = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == self._path
        await (self._to if straight else self._app)(scope, receive, send)
