"""Frontends that watch over WebSockets, come, stay for some seconds, and go, politely or not."""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.soak.documents import WATCH
from benchmarks.soak.scene import Scene

_PROTOCOL = Subprotocol("graphql-transport-ws")


async def watch(scene: Scene) -> None:
    """Come, watch something for a while, and go."""
    graph = scene.chance.choice(scene.graphs)
    name = scene.chance.choice(list(WATCH))
    variables = {"id": scene.listing(graph)["id"]} if name == "metricsUpdates" else {}
    scene.diary.count("subscriptions")
    try:
        async with connect(
            graph.url.replace("http", "ws", 1), subprotocols=[_PROTOCOL], proxy=None, open_timeout=30
        ) as socket:
            await _send(socket, type="connection_init", payload={"authorization": f"Bearer {graph.token}"})
            payload = {"query": WATCH[name], "variables": variables}
            await _send(socket, id="1", type="subscribe", payload=payload)
            await _listen(scene, socket, name, scene.chance.uniform(1, scene.plan.staying))
            if scene.chance.random() < 0.5:
                await _send(socket, id="1", type="complete")
            if scene.chance.random() < 0.3:
                socket.transport.abort()
    except (ConnectionClosed, OSError, TimeoutError) as error:
        scene.diary.defect(f"{name}: the WebSocket broke: {error!r}")


async def _listen(scene: Scene, socket: ClientConnection, name: str, seconds: float) -> None:
    """Take what comes in that time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = json.loads(await socket.recv())
                kind = message["type"]
                if kind == "ping":
                    await _send(socket, type="pong")
                elif kind == "next" and not message["payload"].get("errors"):
                    scene.diary.count("news of subscriptions")
                elif kind != "connection_ack":
                    scene.diary.defect(f"{name}: {message}")
                    return
    except TimeoutError:
        return


async def _send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))
