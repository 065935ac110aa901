"""Local photos of worlds within the reach of platforms that fetch them, as the web process serves them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.files.local import LocalFiles
from app.media import media_endpoint
from domain.ports import Files
from sandbox.serving import serve
from tests.world.storage import EMBEDDED, Storage


@dataclass
class _Media:
    """Serves the files of the newest world under their signed URLs."""

    base_url: str = ""
    newest: tuple[LocalFiles, Callable[[], datetime]] | None = None

    async def endpoint(self, request: Request) -> Response:
        assert self.newest is not None
        return await media_endpoint(*self.newest)(request)

    @asynccontextmanager
    async def open(self, folder: Path, now: Callable[[], datetime]) -> AsyncIterator[Files]:
        made = LocalFiles(folder / "files", base_url=self.base_url, signing_key=b"k" * 32, now=now)
        self.newest = (made, now)
        yield made


@contextmanager
def served_storage() -> Iterator[Storage]:
    """The embedded engines, photos served on loopback."""
    media = _Media()
    with serve(Starlette(routes=[Route("/media/{key:path}", media.endpoint)])) as media.base_url:
        yield Storage(EMBEDDED.table, media.open)
