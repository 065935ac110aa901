"""A sandbox MLS of many homes with three tiny photos each, whose requests can be counted and held up."""

import asyncio
import io
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from PIL import Image
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.mls import reso
from sandbox.serving import serve
from tests.world import Sandboxes

PHOTOS = 3
PAGE = 5


class Gate:
    """Lets requests for rows and photos pass up to a number of them, and those behind it wait.

    Attributes:
        passed: how many came in so far.
        waiting: how many stand before it.
    """

    def __init__(self) -> None:
        self.passed = 0
        self.waiting = 0
        self._until: int | None = None
        self._changed = threading.Condition()

    def open_until(self, number: int | None) -> None:
        """So many may pass in all, counted from the beginning; None for any number."""
        with self._changed:
            self._until = number
            self._changed.notify_all()

    def wait_until_full(self, seconds: float) -> bool:
        """Wait until as many have passed as may; False if they do not come."""
        with self._changed:
            return self._changed.wait_for(lambda: self.passed == self._until, seconds)

    async def enter(self) -> None:
        """Pass, as soon as that is allowed."""
        await asyncio.to_thread(self._wait_and_pass)

    def _wait_and_pass(self) -> None:
        with self._changed:
            self.waiting += 1
            self._changed.wait_for(lambda: self._until is None or self.passed < self._until)
            self.waiting -= 1
            self.passed += 1
            self._changed.notify_all()


class _Gated:
    """The sandbox behind a gate; its photos are as small as they can be, and no two are equal."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate
        self._jpeg = _tiny_jpeg()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        if not path.startswith(("/odata/Property", "/photos/")):
            await self._app(scope, receive, send)
            return
        await self._gate.enter()
        if path.startswith("/photos/"):
            await Response(_commented(self._jpeg, path), media_type="image/jpeg")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _tiny_jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (48, 36), (90, 140, 60)).save(file, "JPEG")
    return file.getvalue()


def _commented(jpeg: bytes, comment: str) -> bytes:
    """With a COM segment behind the start marker (ITU-T T.81, B.2.4.5)."""
    text = comment.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


@contextmanager
def gated_mls(folder: Path, homes: int) -> Iterator[tuple[Sandboxes, Gate]]:
    """Serve it, every home for sale; there is no platform beside it."""
    gate = Gate()
    app = reso.create_app(folder, homes=homes, photos=(PHOTOS, PHOTOS), page_default=PAGE, page_max=PAGE)
    with ExitStack() as stack:
        url = stack.enter_context(serve(_Gated(app, gate)))
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        made = Sandboxes(mls=url, facebook="", http=http, clocks=[])
        for home in made.homes():
            made.change(home["key"], StandardStatus="Active")
        try:
            yield made, gate
        finally:
            gate.open_until(None)
