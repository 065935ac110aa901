"""Asks a side the same again and again: by autocannon, whose limit lies far above that of a client in Python."""

import asyncio
import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.graph.node_packages import Packages
from benchmarks.graph.queries import Asked
from benchmarks.graph.sides import Side, on_core
from benchmarks.load import Load, Target

CONNECTIONS = 16
_MOST = 0.9
_AT_LEAST = 2


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a side did under load.

    Attributes:
        processor: its seconds of processor time for one answer; None where the system does not tell.
        client: what the client used of its own core.
    """

    load: Load
    processor: float | None
    client: float


@dataclass(frozen=True, slots=True)
class Client:
    """Sends a token with everything; without packages, it is a client in Python."""

    token: str
    packages: Packages | None

    def answer(self, side: Side, asked: Asked) -> bytes:
        """The body of one answer."""
        return asyncio.run(self._target(side, asked).once())

    def load(self, side: Side, asked: Asked, seconds: float, *, size: int) -> Loaded:
        """Ask over all connections at once, each again as soon as it is answered, for so long or longer: a slow side
        must answer all connections some times.

        Raises RuntimeError if anything is answered otherwise than with 200 and so many bytes, give or take some.
        """
        before = side.seconds_used()
        if self.packages is None:
            target = self._target(side, asked)
            load, client = asyncio.run(target.load(connections=CONNECTIONS, seconds=seconds)), 1.0
        else:
            load, client = self._autocannon(self.packages, side, asked, seconds, size)
        after = side.seconds_used()
        used = None if before is None or after is None else (after - before) / len(load.latencies)
        return Loaded(load, used, client)

    def _autocannon(
        self, packages: Packages, side: Side, asked: Asked, seconds: float, size: int
    ) -> tuple[Load, float]:
        begin = time.perf_counter()
        self.answer(side, asked)
        once = time.perf_counter() - begin
        settings = {
            "url": side.url.format(name=asked.name),
            "body": json.dumps(asked.body),
            "headers": {"content-type": "application/json", **self._headers},
            "connections": CONNECTIONS,
            "seconds": max(seconds, _AT_LEAST * CONNECTIONS * once),
        }
        with on_core(server=False):
            done = subprocess.run(
                packages.command("load.js", settings),
                check=True,
                capture_output=True,
                env=packages.environment,
            )
        found = json.loads(done.stdout)
        if found["failed"] or (found["shortest"] or 0) < _MOST * size:
            told = f"{found['failed']} failed, the shortest answer has {found['shortest']} bytes"
            raise RuntimeError(f"{side.title}, {asked.title}: {told}")
        latencies = [milliseconds / 1_000 for milliseconds in found["latencies"]]
        return Load(found["seconds"], latencies), found["processor"] / found["seconds"]

    def _target(self, side: Side, asked: Asked) -> Target:
        return Target(side.url.format(name=asked.name), asked.body, self._headers)

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
