"""A full import with photos, beside decoding and encoding the same photos and nothing else."""

import asyncio
import io
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from PIL import Image
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.images import PillowImages
from app.settings import Settings
from benchmarks.children import child, redis
from benchmarks.figures import Line, Report, Round, measured, share
from benchmarks.installations import ENGINES, USER, Installation, installation
from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.listing import ListingFilter, ListingOrder
from domain.entities.sync_run import TERMINAL, SyncRun
from domain.use_cases.runs import import_mls_listings
from sandbox.mls import reso
from sandbox.mls.drawing import picture
from sandbox.serving import serve
from tasks.clock import run_clock
from tasks.queue import QUEUES, SHORT
from tasks.work import carry_out

_PHOTOS = 10
_HOMES, _FEW_HOMES = 500, 6
_RENDERED, _FEW_RENDERED = 200, 20
_SIZE = (2_048, 1_536)
_SCENES = ("Front of Structure", "Living Room", "Kitchen", "Bedroom")
_LOOK_SECONDS = 0.5
"""Between two looks at the run: so seldom that looking costs nothing beside what is measured."""


def run(*, small: bool = False) -> Report:
    """Measure, on each engine; also in seconds of our process's processor time for each photo, which say more
    than the clock on a machine that others use too."""
    homes = _FEW_HOMES if small else _HOMES
    with (
        TemporaryDirectory() as folder,
        child(mls_with_photos, Path(folder) / "mls", homes) as url,
        redis() as redis_url,
    ):
        found = asyncio.run(_round(url, redis_url, Path(folder), _FEW_RENDERED if small else _RENDERED))
    lines: list[Line] = []
    for engine, name in ENGINES.items():
        whole, parts = measured(f"{engine} whole"), measured(f"{engine} parts")
        whole_cpu, parts_cpu = measured(f"{engine} whole cpu"), measured(f"{engine} parts cpu")
        lines += [
            Line(f"{name}: full import with photos", whole, "photos/s"),
            Line("  decoding and encoding alone", parts, "photos/s"),
            Line("  the import, of decoding and encoding", share(whole, parts), "%"),
            Line("  the same by processor time", share(parts_cpu, whole_cpu), "%"),
        ]
    size, stored = len(_jpegs()[0]) // 1000, int(found["photos"])
    what = f"{homes:,} homes, {stored:,} photos of {_SIZE[0]} × {_SIZE[1]} and {size} kB"
    return Report(f"Full import with photos: {what}", lines, [found])


def mls_with_photos(pipe: Connection, folder: Path, homes: int) -> None:
    """Serve a sandbox MLS whose homes have ten photos each, which cost their server next to nothing."""
    mls = reso.create_app(folder, homes=homes, photos=(_PHOTOS, _PHOTOS))
    with serve(_photographed(mls)) as url:
        pipe.send(url)
        pipe.poll(None)  # until the other end is closed


def _photographed(mls: ASGIApp) -> ASGIApp:
    replies = [Response(jpeg, media_type="image/jpeg") for jpeg in _jpegs()]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/photos/"):
            await replies[hash(scope["path"]) % len(replies)](scope, receive, send)
        else:
            await mls(scope, receive, send)

    return app


@cache
def _jpegs() -> list[bytes]:
    """A photo of each scene, as large as MLSs keep them."""
    found = []
    for seed, scene in enumerate(_SCENES):
        drawn = picture(Random(seed), scene)
        buffer = io.BytesIO()
        drawn.resize(_SIZE, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
        found.append(buffer.getvalue())
    return found


async def _round(url: str, redis: str, folder: Path, rendered: int) -> Round:
    found: dict[str, float] = {}
    for engine in ENGINES:
        parts, parts_cpu = await _rendering(rendered)
        bell = _Heard()
        async with installation(engine, url, redis, bell, folder / engine) as system:
            begin, begin_cpu = time.perf_counter(), time.process_time()
            photos = await _import(system, bell)
            whole = photos / (time.perf_counter() - begin)
            whole_cpu = (time.process_time() - begin_cpu) / photos
        # Before and after: on a machine that others use too, its speed may change in between.
        after, after_cpu = await _rendering(rendered)
        found |= {
            "photos": photos,
            f"{engine} whole": whole,
            f"{engine} parts": (parts + after) / 2,
            f"{engine} whole cpu": whole_cpu,
            f"{engine} parts cpu": (parts_cpu + after_cpu) / 2,
        }
    return found


async def _rendering(count: int) -> tuple[float, float]:
    """Photos a second and seconds of processor time for each, by the same adapter with everything at hand."""
    images, jpegs = PillowImages(), _jpegs()
    begin, begin_cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(images.render(jpegs[number % len(jpegs)]) for number in range(count)))
    seconds, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    await images.close()
    return count / seconds, cpu / count


class _Heard:
    """A bell that is heard in this process, by as many workers as a worker process has threads."""

    def __init__(self) -> None:
        self._rung: asyncio.Queue[tuple[IntentKind, str]] = asyncio.Queue()
        self._waiting: Counter[str] = Counter()  # by lane

    async def ring(self, kind: IntentKind, target: str) -> None:
        """Wake a worker."""
        self._rung.put_nowait((kind, target))
        self._waiting[QUEUES[kind]] += 1

    @asynccontextmanager
    async def working(self, system: Installation) -> AsyncIterator[None]:
        """Carry out what is rung for while the block runs."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._work(system)) for _ in range(Settings().worker_threads)]
            tasks.append(group.create_task(run_clock(system.ports, room=self._room, tidy=_nothing)))
            yield
            for task in tasks:
                task.cancel()

    async def _work(self, system: Installation) -> None:
        while True:
            kind, target = await self._rung.get()
            self._waiting[QUEUES[kind]] -= 1
            await carry_out(system.ports, kind, target)

    async def _room(self, queue: str) -> int:
        return max(0, SHORT - self._waiting[queue])


async def _nothing() -> None:
    return


async def _import(system: Installation, bell: _Heard) -> int:
    """From the user's wish to the last photo; how many photos there were."""
    ports, connection = system.ports, system.connection
    async with bell.working(system):
        run = await import_mls_listings(ports, user_id=USER, connection_id=connection.id)
        while run.state not in TERMINAL:
            await asyncio.sleep(_LOOK_SECONDS)
            run = await _now(system, run)
        wanted = await _photos(system)
        while (run := await _now(system, run)).counters.photos_stored < wanted:
            if run.counters.photos_failed:
                raise RuntimeError(f"photos failed: {run}")
            await asyncio.sleep(_LOOK_SECONDS)
    return wanted


async def _now(system: Installation, run: SyncRun) -> SyncRun:
    return await system.ports.runs.get(USER, run.id) or run


async def _photos(system: Installation) -> int:
    """How many the imported listings have, stored or still to be fetched."""
    found, after = 0, None
    while True:
        request = PageRequest(100, after)
        page = await system.ports.listings.page(USER, ListingFilter(), ListingOrder(), request)
        found += sum(len(listing.photos) for listing in page.items)
        if page.end is None:
            return found
        after = page.end
