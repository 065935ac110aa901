"""The servers that are compared, each in a process of its own on one and the same processor core."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from app.development_issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from app.graphql_app import SNAPSHOT
from app.secrets import load_secrets
from app.settings import Settings
from benchmarks.graph.node_packages import Packages

ROOT = Path(__file__).resolve().parents[2]
_GOODBYE = 10.0


@dataclass(frozen=True, slots=True)
class Side:
    """A server that answers.

    Attributes:
        name: in figures.
        title: for people.
        url: of its endpoint; `{name}` in it stands for the query's.
        pid: of its process.
    """

    name: str
    title: str
    url: str
    pid: int

    def seconds_used(self) -> float | None:
        """Of processor time so far, by all its threads; None where the system does not tell."""
        try:
            found = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return None
        user, system = found.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def cores() -> tuple[set[int], set[int]] | None:
    """Where servers run, and where what loads them does; None where that cannot be chosen."""
    found = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return ({found[0]}, set(found[1:])) if len(found) > 1 else None


@contextmanager
def started(command: Sequence[str | Path], *, server: bool, **environment: str) -> Iterator[tuple[str, int]]:
    """A process that says its URL on a line when it serves, and ends when its input does; its URL and its id.

    Raises RuntimeError if it ends before it serves.
    """
    with on_core(server=server), TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            complaints.seek(0)
            raise RuntimeError(
                f"{' '.join(map(str, command[:4]))} did not serve: {complaints.read()[-1_000:]}"
            )
    try:
        yield url, process.pid
    finally:
        process.stdin.close()
        try:
            process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            process.kill()
        process.stdout.close()


@contextmanager
def on_core(*, server: bool) -> Iterator[None]:
    """Children that are made meanwhile run on the servers' core, or on the others."""
    chosen = cores()
    if chosen is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen[0] if server else chosen[1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def python_side(
    stack: ExitStack, name: str, title: str, arguments: Sequence[str], **environment: str
) -> Side:
    """One of `benchmarks.graph.servers`."""
    command = [sys.executable, "-m", "benchmarks.graph.servers", *arguments]
    url, pid = stack.enter_context(started(command, server=True, **environment))
    path = "/{name}" if arguments[0] == "bytes" else "/graphql"
    return Side(name, title, url + path, pid)


def node_side(stack: ExitStack, name: str, title: str, packages: Packages, settings: Settings) -> Side:
    """One of the scripts of `benchmarks/graph/node`."""
    command = packages.command(f"{name}.js", _for_node(settings))
    url, pid = stack.enter_context(started(command, server=True, **packages.environment))
    return Side(name, title, f"{url}/graphql", pid)


def _for_node(settings: Settings) -> Mapping[str, object]:
    """What a server needs in order to read our rows, check our tokens and sign as we do."""
    folder = settings.yardsign_data
    keys = asyncio.run(DevelopmentIssuer(folder).jwks())["keys"]
    return {
        "schema": str(SNAPSHOT),
        "sqlite": str(folder / "table.sqlite"),
        "publicKey": keys[0],
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "mediaKey": load_secrets(settings).media_key.decode(),
        "ownUrl": settings.own_url,
    }
