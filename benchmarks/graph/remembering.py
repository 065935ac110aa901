"""A DynamoDB that answers at once what it was asked before: `python -m benchmarks.graph.remembering URL`.

Reads go to the emulator at the URL once; the same read is answered from memory ever after, so that what is measured
is our side of the wire and not the emulator. Right only as long as nothing is written.
"""

import asyncio
import http.client
import sys
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_PASSED_ON = ("content-type", "x-amz-crc32", "x-amzn-requestid")

Request = tuple[bytes, bytes]
"""The operation and the body."""


class Memory:
    """Answers that the emulator has given, as they go over the wire.

    Args:
        url: of the emulator.
    """

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url).netloc
        self._known: dict[Request, bytes] = {}

    async def answer(self, request: Request, head: bytes) -> bytes:
        """From memory, or from the emulator."""
        if request not in self._known:
            self._known[request] = await asyncio.to_thread(self._asked, request[1], head)
        return self._known[request]

    def _asked(self, body: bytes, head: bytes) -> bytes:
        connection = http.client.HTTPConnection(self._place, timeout=30)
        lines = (line.partition(":") for line in head.decode().split("\r\n")[1:])
        connection.request("POST", "/", body, {name: value.strip() for name, _, value in lines})
        reply = connection.getresponse()
        found = reply.read()
        connection.close()
        kept = [f"{name}: {value}" for name, value in reply.getheaders() if name.lower() in _PASSED_ON]
        status = f"HTTP/1.1 {reply.status} {reply.reason}"
        return "\r\n".join([status, *kept, f"Content-Length: {len(found)}", "", ""]).encode() + found


async def answer_all(memory: Memory, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The requests of one connection, one after the other."""
    try:
        while True:
            head = (await reader.readuntil(_HEAD_END)).removesuffix(_HEAD_END)
            lowered = head.lower()
            body = await reader.readexactly(int(_value(lowered, b"content-length")))
            writer.write(await memory.answer((_value(lowered, b"x-amz-target"), body), head))
    except asyncio.IncompleteReadError:
        writer.close()


def _value(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0].strip()


async def serve(url: str) -> None:
    """Say the own URL and answer until the input ends."""
    memory = Memory(url)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_all(memory, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**22)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
