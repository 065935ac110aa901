"""A full import with photos, beside decoding and encoding the same photos and nothing else."""

import asyncio
import io
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from PIL import Image
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.images import PillowImages
from app.garbage import collect_seldom
from app.heaps import share_heaps
from app.settings import Settings
from benchmarks.children import child, redis
from benchmarks.figures import Line, Report, Round, measured, share
from benchmarks.installations import ENGINES, USER, Installation, installation
from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.listing import ListingFilter, ListingOrder
from domain.entities.sync_run import TERMINAL, SyncRun, SyncRunState
from domain.use_cases.runs import import_mls_listings
from sandbox.mls import reso
from sandbox.mls.drawing import picture
from sandbox.serving import serve
from tasks.clock import run_clock
from tasks.queue import QUEUES, SHORT
from tasks.work import carry_out

_PHOTOS = 10
_HOMES, _FEW_HOMES = 500, 6
_TURNS, _RENDERED = 5, 120
"""How often the import stands still for decoding and encoding alone, and of how many photos."""
_SIZE = (2_048, 1_536)
_SCENES = ("Front of Structure", "Living Room", "Kitchen", "Bedroom")
_LOOK_SECONDS = 1.0
"""Between two looks at the run: so seldom that looking costs nothing beside what is measured."""


def run(*, small: bool = False) -> Report:
    """Measure, on each engine, in a process with a worker's settings; in turns, because a machine's speed changes
    within minutes. Also in seconds of our process's processor time for each photo, which say more than the clock
    on a machine that others use too."""
    share_heaps()
    collect_seldom()
    homes, turns = (_FEW_HOMES, 1) if small else (_HOMES, _TURNS)
    with (
        TemporaryDirectory() as folder,
        child(mls_with_photos, Path(folder) / "mls", homes) as url,
        redis() as redis_url,
    ):
        found = asyncio.run(_round(url, redis_url, Path(folder), turns))
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


async def _round(url: str, redis: str, folder: Path, turns: int) -> Round:
    found: dict[str, float] = {}
    for engine in ENGINES:
        bell, whole, parts = _Heard(), _Watch(), _Watch()
        async with installation(engine, url, redis, bell, folder / engine) as system, _alone(parts) as turn:
            await turn()
            async with bell.working(system):
                await _import(system, bell, whole, turn, turns)
        found |= {
            "photos": whole.photos,
            f"{engine} whole": whole.photos / whole.seconds,
            f"{engine} parts": parts.photos / parts.seconds,
            f"{engine} whole cpu": whole.cpu / whole.photos,
            f"{engine} parts cpu": parts.cpu / parts.photos,
        }
    return found


@dataclass(slots=True)
class _Watch:
    """Counts photos, and the seconds and seconds of processor time in which it runs."""

    photos: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run while the block does."""
        begin, begin_cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds += time.perf_counter() - begin
        self.cpu += time.process_time() - begin_cpu


@asynccontextmanager
async def _alone(watch: _Watch) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """What decodes and encodes some photos by the same adapter, with everything at hand."""
    images, jpegs = PillowImages(), _jpegs()

    async def turn() -> None:
        with watch.running():
            await asyncio.gather(*(images.render(jpegs[at % len(jpegs)]) for at in range(_RENDERED)))
        watch.photos += _RENDERED

    try:
        yield turn
    finally:
        await images.close()


class _Heard:
    """A bell that is heard in this process, by as many workers as a worker process has threads."""

    def __init__(self) -> None:
        self._rung: asyncio.Queue[tuple[IntentKind, str]] = asyncio.Queue()
        self._waiting: Counter[str] = Counter()  # by lane
        self._may_begin = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()

    async def ring(self, kind: IntentKind, target: str) -> None:
        """Wake a worker."""
        self._rung.put_nowait((kind, target))
        self._waiting[QUEUES[kind]] += 1

    @asynccontextmanager
    async def working(self, system: Installation) -> AsyncIterator[None]:
        """Carry out what is rung for while the block runs."""
        self._may_begin.set()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._work(system)) for _ in range(Settings().worker_threads)]
            tasks.append(group.create_task(run_clock(system.ports, room=self._room, tidy=_nothing)))
            yield
            for task in tasks:
                task.cancel()

    async def rest(self) -> None:
        """Let nothing new begin, and wait until what has begun is done."""
        self._may_begin.clear()
        while self._busy:
            await asyncio.wait(self._busy)

    async def go_on(self) -> None:
        """Behind `rest`."""
        self._may_begin.set()
        await asyncio.sleep(0)  # so that those who waited for it have begun

    async def _work(self, system: Installation) -> None:
        while True:
            kind, target = await self._rung.get()
            self._waiting[QUEUES[kind]] -= 1
            await self._may_begin.wait()
            working = asyncio.create_task(carry_out(system.ports, kind, target))
            self._busy.add(working)
            working.add_done_callback(self._busy.discard)
            await working

    async def _room(self, queue: str) -> int:
        await self._may_begin.wait()
        return max(0, SHORT - self._waiting[queue])


async def _nothing() -> None:
    return


async def _import(
    system: Installation, bell: _Heard, watch: _Watch, turn: Callable[[], Awaitable[None]], turns: int
) -> None:
    """From the user's wish to the last photo, standing still for so many turns on the way.

    What it takes to come to a stand, with one thread after the other idle, is counted as time of the import.
    """
    with watch.running():
        run = await import_mls_listings(system.ports, user_id=USER, connection_id=system.connection.id)
        run = await _at(system, run, _has_ended)
        watch.photos = await _photos(system)
    for number in range(1, turns + 1):
        mark = watch.photos * number // turns
        with watch.running():
            await bell.go_on()
            run = await _at(system, run, partial(_has_stored, mark))
            await bell.rest()
        await turn()


def _has_ended(run: SyncRun) -> bool:
    return run.state in TERMINAL


def _has_stored(photos: int, run: SyncRun) -> bool:
    return run.counters.photos_stored >= photos


async def _at(system: Installation, run: SyncRun, there: Callable[[SyncRun], bool]) -> SyncRun:
    """The run once it is there."""
    while not there(run):
        if run.counters.photos_failed or run.state in (SyncRunState.FAILED, SyncRunState.CANCELLED):
            raise RuntimeError(f"the import failed: {run}")
        await asyncio.sleep(_LOOK_SECONDS)
        run = await system.ports.runs.get(USER, run.id) or run
    return run


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
