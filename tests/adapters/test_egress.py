"""No address that others give leads inside, whoever asks: counted by a listener that nobody may reach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.http import WebClient
from domain.errors import YardsignError
from tests.adapters.egress_canary import (
    LOOPBACK_FORMS,
    OTHER_FORMS,
    OTHER_PUBLIC,
    PUBLIC,
    Canary,
    Resolver,
    Wire,
    listening_canary,
)
from tests.adapters.egress_entries import ENTRIES, Outgoing, outgoing
from tests.unit.certificate import certificate
from tests.unit.raw_http_server import always, answer, listening

FORMS = (*LOOPBACK_FORMS, *OTHER_FORMS)
SCHEMES = ("https", "http")
NEIGHBOURS = ("127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "64:ff9b::7f00:1", "fd00:ec2::254", "::")


@pytest.fixture(params=ENTRIES)
def entry(request: pytest.FixtureRequest) -> Any:
    return ENTRIES[request.param]


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with listening_canary() as canary:
        yield canary


@asynccontextmanager
async def asking(folder: Path, **options: Any) -> AsyncIterator[Outgoing]:
    """Everything that asks, over a client that is set as production sets it unless `options` say otherwise."""
    web = WebClient(**options)
    try:
        yield outgoing(web, folder)
    finally:
        await web.aclose()


def test_there_are_enough_forms() -> None:
    assert len(set(FORMS)) == len(FORMS) >= 80


async def test_where_loopback_is_open_every_entry_reaches_the_canary(
    entry: Any, canary: Canary, tmp_path: Path
) -> None:
    async with asking(tmp_path, allow_http=True, allow_loopback=True) as out:
        with pytest.raises(YardsignError):
            await entry(out, f"http://127.0.0.1:{canary.port}/feed")
    assert canary.connections >= 1


@pytest.mark.parametrize("form", LOOPBACK_FORMS)
async def test_unchecked_the_form_leads_to_the_canary(form: str, canary: Canary, tmp_path: Path) -> None:
    wire, resolver = Wire(), Resolver()

    async def as_if_public(host: str, port: int) -> list[str]:
        wire.host = (await resolver(host, port))[0]
        return [PUBLIC]

    async with asking(tmp_path, allow_http=True, resolve=as_if_public, network=wire) as out:
        with pytest.raises(YardsignError):
            await ENTRIES["a photo"](out, f"http://{form}:{canary.port}/feed")
    assert canary.connections == 1


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_no_form_of_an_address_is_reached(
    entry: Any, scheme: str, canary: Canary, tmp_path: Path
) -> None:
    wire = Wire()
    options = {"allow_http": scheme == "http", "resolve": Resolver(), "network": wire}
    async with asking(tmp_path, **options) as out:
        for form in FORMS:
            with pytest.raises(YardsignError) as caught:
                await entry(out, f"{scheme}://{form}:{canary.port}/feed")
            assert "secret-word" not in str(caught.value)
            assert (form, wire.dialled, canary.connections) == (form, [], 0)


async def test_production_asks_nobody_by_http(entry: Any, canary: Canary, tmp_path: Path) -> None:
    wire = Wire()
    async with asking(tmp_path, resolve=Resolver(public=[[PUBLIC]]), network=wire) as out:
        for scheme in ("http", "ftp", "file", "gopher", "ws", "data", "javascript", ""):
            for host in ("public.example", f"127.0.0.1:{canary.port}"):
                with pytest.raises(YardsignError):
                    await entry(out, f"{scheme}://{host}/feed")
    assert (wire.dialled, canary.connections) == ([], 0)


async def test_one_address_inside_is_enough(entry: Any, canary: Canary, tmp_path: Path) -> None:
    wire = Wire()
    rows = [
        row
        for inside in NEIGHBOURS
        for row in ([PUBLIC, inside], [inside, PUBLIC], [PUBLIC, OTHER_PUBLIC, PUBLIC, PUBLIC, inside])
    ]
    resolver = Resolver(mixed=rows)
    async with asking(tmp_path, resolve=resolver, network=wire) as out:
        for _ in rows:
            with pytest.raises(YardsignError):
                await entry(out, f"https://mixed.example:{canary.port}/feed")
    assert len(resolver.asked) >= len(rows)
    assert (wire.dialled, canary.connections) == ([], 0)


async def test_a_name_that_moves_inside_is_left_at_the_next_look_up(
    entry: Any, canary: Canary, tmp_path: Path
) -> None:
    server_tls, client_tls = certificate(tmp_path, "rebinding.example")
    async with listening(always(answer(b"{}", connection="close")), tls=server_tls) as server:
        wire = Wire(server.port)
        resolver = Resolver(rebinding=[[PUBLIC], ["127.0.0.1"], [OTHER_PUBLIC], ["::1"], [PUBLIC]])
        async with asking(tmp_path / "files", resolve=resolver, network=wire, tls=client_tls) as out:
            while len(resolver.asked) < 10:
                with suppress(YardsignError):
                    await entry(out, f"https://rebinding.example:{canary.port}/feed")
    assert wire.dialled
    assert set(wire.dialled) <= {PUBLIC, OTHER_PUBLIC}
    # Of five look-ups three may be followed by a connection, which asks no further one.
    assert len(wire.dialled) == server.connections <= 0.6 * len(resolver.asked) + 1
    assert canary.connections == 0
