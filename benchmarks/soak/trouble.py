"""What goes wrong around the system all the time: faults of the MLS and the platforms, and processes that die."""

import asyncio
import os
import signal

import httpx

from benchmarks.soak.diary import Diary
from benchmarks.soak.graph import Json
from benchmarks.soak.outside import Outside
from benchmarks.soak.plan import Plan
from benchmarks.soak.scene import Scene
from tests.processes.system import System

_SETTLED_SECONDS = 5.0
_AGAIN_SECONDS = 0.2

MLS: tuple[Json, ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "times": 2},
    {"kind": "status", "status": 429, "retry_after": 2},
    {"kind": "status", "status": 429},
    {"kind": "timeout", "seconds": 5},
    {"kind": "reset"},
    {"kind": "garbage"},
    {"kind": "truncate"},
    {"kind": "html"},
    {"kind": "error200"},
    {"kind": "slow", "seconds": 2},
    {"match": "photos", "kind": "status", "status": 500},
    {"match": "photos", "kind": "truncate"},
    {"match": "photos", "kind": "reset"},
    {"match": "token", "kind": "status", "status": 500},
)
"""Of the sandbox MLS (`sandbox.mls.faults.Fault`)."""

PLATFORMS: tuple[Json, ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "match": "delete"},
    {"kind": "timeout", "seconds": 5},
    {"kind": "slow", "seconds": 2},
    {"kind": "reset"},
    {"kind": "reset", "match": "delete"},
    {"kind": "lost_before", "method": "POST"},
    {"kind": "lost_after", "method": "POST"},
    {"kind": "lost_after", "match": "delete"},
    {"kind": "error_after", "method": "POST"},
)
"""Of the sandbox platforms (`sandbox.social.faults.Fault`): lost answers above all."""


async def misbehave(scene: Scene) -> None:
    """Arm one fault somewhere."""
    server = scene.chance.choice(("sandboxMls", "sandboxFacebook", "sandboxLinkedIn"))
    fault = scene.chance.choice(MLS if server == "sandboxMls" else PLATFORMS)
    await scene.outside.misbehave(server, fault)
    scene.diary.count("faults")


async def kill_workers(scene: Scene, system: System) -> None:
    """Kill processes at the times of the plan, as the kernel does when memory runs out."""
    for part, name in scene.plan.violence:
        await asyncio.sleep(max(0.0, part * scene.plan.seconds - scene.diary.age))
        os.kill(system.pid_of(name), signal.SIGKILL)
        scene.diary.count("processes killed")


async def kill_redis(scene: Scene, system: System) -> None:
    """Kill Redis once; nobody visits until it is back, and whoever asks may be told 503."""
    await asyncio.sleep(max(0.0, scene.plan.redis * scene.plan.seconds - scene.diary.age))
    async with scene.quiet:
        with scene.diary.without_redis():
            os.killpg(system.pid_of("app redis"), signal.SIGKILL)
            scene.diary.count("Redis killed")
            await _ready(scene.outside, scene.diary, scene.plan)


async def _ready(outside: Outside, diary: Diary, plan: Plan) -> None:
    """Until the web process says so, and a moment more."""
    await asyncio.sleep(1)  # until it is noticed
    deadline = diary.age + 60
    while (await _status(outside)) != httpx.codes.OK:
        if diary.age > deadline:
            diary.defect("the web process was not ready a minute after Redis died")
            return
        await asyncio.sleep(_AGAIN_SECONDS)
    await asyncio.sleep(min(_SETTLED_SECONDS, plan.seconds / 10))


async def _status(outside: Outside) -> int:
    try:
        return (await outside.http.get(outside.endpoints["graph"]["ready"])).status_code
    except httpx.TransportError:
        return 0
