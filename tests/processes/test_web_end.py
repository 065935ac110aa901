"""How a web process ends: it says so, closes its clients' connections, and leaves nothing running."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.development_issuer import DevelopmentIssuer
from domain.entities.news import News
from domain.entities.sync_run import SyncRun
from domain.ports import Progress
from schema.ids import to_id
from tests.graph.client import Client
from tests.graph.seeds import seed_all
from tests.graph.server import GraphServer
from tests.processes.installation import USER, Installation
from tests.processes.waiting import eventually
from tests.world import Sandboxes

SUBSCRIBERS = 50
END_SECONDS = 10
WATCH = "subscription ($run: ID!) { syncProgress(runId: $run) { state } }"


async def _readiness(url: str) -> dict[str, Any]:
    """What `/readyz` says is wrong; nothing while nobody answers."""
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            reasons: dict[str, Any] = (await client.get(f"http://{url}/readyz")).json().get("reasons", {})
            return reasons
    except httpx.TransportError:
        return {}


async def test_a_web_process_with_subscribers_ends_when_asked(installation: Installation) -> None:
    run = await installation.import_of(await installation.connect())
    web = installation.start("web")
    token = DevelopmentIssuer(installation.folder / "data").token(USER)
    url = f"127.0.0.1:{installation.port}"
    await eventually(lambda: _readiness(url), "an answer")  # there is no worker, and it says so

    async with asyncio.TaskGroup() as group:
        ready = [asyncio.Event() for _ in range(SUBSCRIBERS)]
        watching = [group.create_task(_watch(f"ws://{url}/graphql", token, run, event)) for event in ready]
        streamed = asyncio.Event()
        streaming = group.create_task(_stream(f"http://{url}/graphql", token, run, streamed))
        for event in (*ready, streamed):
            await event.wait()
        web.send_signal(signal.SIGTERM)
        ended = asyncio.create_task(asyncio.to_thread(web.wait, END_SECONDS))

        async def says_so() -> bool:
            return await _readiness(url) == {"web": "is ending"}

        await eventually(says_so, "the word that it is ending")
        assert not any(task.done() for task in (*watching, streaming))
        assert await ended == 0

    assert {task.result() for task in watching} <= {1001, 1012}
    assert "complete" not in streaming.result()
    assert "Traceback" not in installation.log_of(web)


async def _watch(url: str, token: str, run: SyncRun, ready: asyncio.Event) -> int:
    """Follow a run until the server closes; answers the code it closes with."""
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send(
            json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        )
        assert "connection_ack" in str(await socket.recv())
        payload = {"query": WATCH, "variables": {"run": to_id("SyncRun", USER, run.id)}}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        assert "QUEUED" in str(await socket.recv())
        ready.set()
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


async def _stream(url: str, token: str, run: SyncRun, ready: asyncio.Event) -> str:
    """Follow a run by server-sent events until the server ends them in good order; answers all that came."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    asked = {"query": WATCH, "variables": {"run": to_id("SyncRun", USER, run.id)}}
    came = ""
    async with (
        httpx.AsyncClient(trust_env=False, headers=headers, timeout=60) as client,
        client.stream("POST", url, json=asked) as response,
    ):
        async for text in response.aiter_text():
            came += text
            if "QUEUED" in came:
                ready.set()
    return came


class _CountedFollowers:
    """Progress that counts who follows and who has ended in good order."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0

    def around(self, progress: Progress) -> Progress:
        """The same, counted."""
        counts = self

        class Counted:
            async def tell(self, topic: str) -> None:
                await progress.tell(topic)

            def follow(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[News]]:
                return counts._follow(progress, topic)

        return Counted()

    @asynccontextmanager
    async def _follow(self, progress: Progress, topic: str) -> AsyncIterator[AsyncIterator[News]]:
        async with progress.follow(topic) as turns:
            self.begun += 1
            try:
                yield turns
            finally:
                await asyncio.sleep(0)  # what is cut off does not come past this
                self.ended += 1


def test_every_subscription_is_ended_and_none_cut_off(
    tmp_path: Path, served_sandboxes: Sandboxes, redis_url: str
) -> None:
    followers = _CountedFollowers()
    server = GraphServer(
        tmp_path,
        served_sandboxes,
        redis_url,
        change=lambda ports: replace(ports, progress=followers.around(ports.progress)),
    ).start()
    client = Client(server, "alice")
    run = seed_all(server, client.user).run
    with ExitStack() as stack:
        for _ in range(SUBSCRIBERS):
            socket = stack.enter_context(client.socket())
            socket.subscribe(WATCH, run=to_id("SyncRun", "alice", run.id))
            assert socket.next()["syncProgress"]["state"] == "QUEUED"
        client.close()
        assert (followers.begun, followers.ended) == (SUBSCRIBERS, 0)
        server.stop()
        assert followers.ended == SUBSCRIBERS
