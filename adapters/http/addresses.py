"""Which network addresses may be reached, checked in the same step that connects."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore

from domain.errors import Rejected

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host, for a port; raises OSError if it has none."""

_TRIES = 4
_GLOBAL_UNICAST = ip_network("2000::/3")
# Ranges `ipaddress` calls global, on some Python at least, that lead elsewhere: protocol assignments, the
# 6to4 relay, and the IPv6 forms that carry an IPv4 address (Teredo, 6to4). NAT64 lies outside 2000::/3.
# Source: the IANA special-purpose address registries. The last one is public by them, but leads to the host of a
# virtual machine in Azure, which gives away its settings: learn.microsoft.com/azure/virtual-network/
# what-is-ip-address-168-63-129-16.
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "168.63.129.16/32",
    )
)
_LOCAL = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def may_be_reached(text: str, *, allow_loopback: bool) -> bool:
    """Whether the address is public, or with `allow_loopback` loopback or private (RFC 1918).

    Link-local addresses, where clouds keep their credentials, unique local ones and IPv6 forms that carry an
    IPv4 address are never allowed.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if any(address in network for network in _LOCAL):
        return allow_loopback
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _SPECIAL)


# A name whose servers are silent holds its thread for many seconds. Asyncio's own threads do everybody's work.
_LOOK_UPS = ThreadPoolExecutor(32, thread_name_prefix="look-up")


async def resolve_by_system(host: str, port: int) -> list[str]:
    """The host's addresses by the system's resolver, best first."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOK_UPS, ask)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were resolved once and all checked.

    There is no second look-up between check and connection, so a name that changes its address in between
    (DNS rebinding) gains nothing. TLS and the Host header keep the name, because they are made above this.

    Args:
        network: connects to the addresses that passed.
    """

    def __init__(
        self, resolve: Resolve, network: httpcore.AsyncNetworkBackend, *, allow_loopback: bool
    ) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises Rejected if one of the host's addresses is not allowed, else httpcore's errors."""
        addresses = (await self.check(host, port))[:_TRIES]
        share = None if timeout is None else timeout / len(addresses)
        connect = partial(
            self._network.connect_tcp,
            port=port,
            timeout=share,
            local_address=local_address,
            socket_options=socket_options,
        )
        for address in addresses[:-1]:
            try:
                return await connect(address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await connect(addresses[-1])

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a path on this machine is no address."""
        raise Rejected("A path on this machine is not an address that may be reached.")

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's own retries."""
        await self._network.sleep(seconds)

    async def check(self, host: str, port: int) -> Sequence[str]:
        """The host's addresses; raises Rejected if one is not allowed, `httpcore.ConnectError` without any."""
        try:
            addresses = await self._resolve(host, port)
        except UnicodeError:
            raise Rejected(f"“{host}” is not a host name.") from None
        except OSError as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        if not addresses:
            raise httpcore.ConnectError(f"{host} has no address")
        if not all(may_be_reached(address, allow_loopback=self._allow_loopback) for address in addresses):
            raise Rejected(f"The host {host} has an address that is not public, so it may not be reached.")
        return addresses
