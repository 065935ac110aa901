"""A load generator: HTTP/1.1 over kept-alive connections, as small as it can be, so that the server is the limit."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: seconds from each request to the last byte of its answer.
    """

    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many of a hundred requests were answered."""
        return 1_000 * quantiles(self.latencies, n=100, method="inclusive")[percent - 1]


class Target:
    """A POST of JSON that is sent again and again.

    Args:
        url: with scheme, host, port and path.
    """

    def __init__(self, url: str, body: object, headers: Mapping[str, str]) -> None:
        where, content = urlsplit(url), json.dumps(body).encode()
        self._host, self._port = where.hostname, where.port
        lines = [
            f"POST {where.path} HTTP/1.1",
            f"Host: {where.netloc}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self._request = "\r\n".join([*lines, "", ""]).encode() + content

    async def once(self) -> bytes:
        """The answer's body. Raises RuntimeError for anything but 200 with a length."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            return await self._exchange(reader, writer)
        finally:
            writer.close()

    async def load(self, *, connections: int, seconds: float) -> Load:
        """Ask over so many connections at once, each again as soon as it is answered."""
        begin = time.perf_counter()
        found = await asyncio.gather(*(self._keep_asking(begin + seconds) for _ in range(connections)))
        return Load(time.perf_counter() - begin, [latency for each in found for latency in each])

    async def _keep_asking(self, until: float) -> list[float]:
        # The whole answer fits into the reader's buffer, which would otherwise stop and resume the socket.
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=2**20)
        latencies: list[float] = []
        begin = time.perf_counter()
        while begin < until:
            await self._exchange(reader, writer)
            end = time.perf_counter()
            latencies.append(end - begin)
            begin = end
        writer.close()
        return latencies

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(self._request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, _, rest = head.partition(b"\r\n")
        _, found, length = rest.lower().partition(b"content-length:")
        if b" 200 " not in status or not found:
            raise RuntimeError(f"answered {status.decode('latin-1')}")
        return await reader.readexactly(int(length.partition(b"\r\n")[0]))
