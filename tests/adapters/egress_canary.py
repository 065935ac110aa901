"""A listener that nobody may reach, and a network on which public names lead to a server of the test's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import cycle

import httpcore

PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:2800:220:1::1"

LOOPBACK_FORMS = (
    "127.0.0.1",
    "127.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "017700000001",
    "127.0.0.2",
    "0",
    "0x0",
    "0.0.0.0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "127。0。0。1",
    "127．0．0．1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ip6-localhost",
    "localtest.me",
    "127.0.0.1.nip.io",
    "xn--bcher-kva.example",
    "bücher.example",
)
"""Hosts that lead to the canary where nobody checks; names do by `Resolver`."""

OTHER_FORMS = (
    "0177.0.0.1",
    "127.0.0.1.",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:7f00:1::]",
    "[2001:0:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "025177524776",
    "0251.0376.0251.0376",
    "0xa9.254.0251.254",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "metadata.google.internal",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "192.0.2.2",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "١٢٧.0.0.1",
    "৭.0.0.1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "xn--localhost",
    "%31%32%37.0.0.1",
    "localho%73t",
    "127.0.0.1%00.example",
    "user@127.0.0.1",
    "user:secret-word@127.0.0.1",
    ":@127.0.0.1",
    "public.example@127.0.0.1",
    "127.0.0.1%2f@public.example",
    "127.0.0.1\\@public.example",
    "127.0.0.1\t",
    " 127.0.0.1",
)
"""Hosts that lead elsewhere, or are none, or stand beside what is none of a host's."""


@dataclass
class Canary:
    """How many connections were made to it."""

    port: int
    connections: int = 0


@asynccontextmanager
async def listening_canary() -> AsyncIterator[Canary]:
    """Listens on one port of all loopback addresses that the machine has."""
    first = socket.create_server(("127.0.0.1", 0))
    canary = Canary(first.getsockname()[1])
    sockets = [first]
    for family, host in ((socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")):
        with suppress(OSError):
            sockets.append(socket.create_server((host, canary.port), family=family))

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        canary.connections += 1
        writer.close()

    servers = [await asyncio.start_server(connected, sock=one) for one in sockets]
    try:
        yield canary
    finally:
        for server in servers:
            server.close()


class Resolver:
    """Finds numbers as the system does; the names that a test gives answer in turn, all others lead to loopback."""

    def __init__(self, **answers: Iterable[Sequence[str]]) -> None:
        self._answers = {f"{name}.example": cycle(rows) for name, rows in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host in self._answers:
            return next(self._answers[host])
        try:
            found = socket.getaddrinfo(
                host.encode("idna"), port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        except socket.gaierror:
            return ["127.0.0.1"]
        return [str(address[0]) for *_, address in found]


@dataclass
class Wire(httpcore.AsyncNetworkBackend):
    """Leads connections to public addresses to a server on loopback, and really makes those to loopback.

    Attributes:
        port: of that server; 0 leads them to the port that is asked for.
        host: of that server.
        dialled: every address that was to be connected to.
    """

    port: int = 0
    host: str = "127.0.0.1"
    dialled: list[str] = field(default_factory=list)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """See httpcore."""
        self.dialled.append(host)
        address = ip_address(host)
        mapped = getattr(address, "ipv4_mapped", None)
        if host in (PUBLIC, OTHER_PUBLIC):
            host, port = self.host, self.port or port
        elif not (address.is_loopback or address.is_unspecified or (mapped and mapped.is_loopback)):
            raise httpcore.ConnectError("the tests reach nobody outside")
        return await httpcore.AnyIOBackend().connect_tcp(host, port, timeout, local_address, socket_options)
