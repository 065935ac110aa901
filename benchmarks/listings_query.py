"""A page of listings with their photos through the whole web server, beside a route that sends the same bytes."""

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.mls.reso_mapping import read_row
from app.development_issuer import DevelopmentIssuer
from app.identities import identity_of
from app.settings import Settings
from app.web import WebSettings, create_app
from app.wiring import wire
from benchmarks.children import child, serve_app
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from benchmarks.installations import Silence
from benchmarks.load import Load, Target
from domain.entities.listing import Listing, ListingStatus, Media, Photo, PhotoState
from domain.entities.mls import MlsRecord
from domain.ports import ListingSave
from domain.rules.identity import listing_id, photo_key
from sandbox.mls.homes import generate

_USER = "benchmark"
_CONNECTIONS = 16
_LISTINGS, _PAGE, _PHOTOS = 1_000, 50, 5
_SECONDS, _FEW_SECONDS = 8.0, 1.0

_DOCUMENT = """
query Page($first: Int) {
  listings(first: $first) {
    nodes {
      id mlsProvider mlsNumber status standardStatus publishable propertyType propertySubType
      latitude longitude bedrooms bathrooms squareFeet yearBuilt description listDate
      agentName officeName updatedAt
      price { amount currency }
      address { street unit city state zipCode country county }
      photos { id url order caption }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def run(*, small: bool = False) -> Report:
    """Measure."""
    seconds, rounds = (_FEW_SECONDS, 1) if small else (_SECONDS, ROUNDS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(_seed(_settings(folder)))
        headers = {"Authorization": f"Bearer {DevelopmentIssuer(folder).token(_USER)}"}
        with child(_serve_graph, folder) as url:
            graph = Target(f"{url}/graphql", {"query": _DOCUMENT, "variables": {"first": _PAGE}}, headers)
            answer = _checked(asyncio.run(graph.once()))
            with child(_serve_bytes, answer) as plain_url:
                plain = Target(f"{plain_url}/graphql", {"query": _DOCUMENT}, headers)
                found = asyncio.run(_rounds(graph, plain, rounds, seconds))
    return Report(_title(len(answer)), _lines(), found)


def _title(size: int) -> str:
    return f"listings(first: {_PAGE}) with {_PHOTOS} photos each, {size / 1024:.0f} KB, {_CONNECTIONS} connections"


def _lines() -> list[Line]:
    lines: list[Line] = []
    for name, what in (("graph", "the graph"), ("plain", "a Starlette route, same bytes")):
        lines.append(Line(what, measured(name), "requests/s"))
        lines += [Line(f"  p{percent}", measured(f"{name} p{percent}"), "ms") for percent in (50, 99)]
    return [*lines, Line("the graph, of the route", share(measured("graph"), measured("plain")), "%")]


async def _rounds(graph: Target, plain: Target, rounds: int, seconds: float) -> list[Round]:
    found: list[Round] = []
    for target in (graph, plain):
        await target.load(connections=_CONNECTIONS, seconds=seconds / 4)
    for _ in range(rounds):
        loads = {
            "graph": await graph.load(connections=_CONNECTIONS, seconds=seconds),
            "plain": await plain.load(connections=_CONNECTIONS, seconds=seconds),
        }
        found.append({key: value for name, load in loads.items() for key, value in _told(name, load).items()})
    return found


def _told(name: str, load: Load) -> Round:
    return {name: load.per_second} | {f"{name} p{percent}": load.percentile(percent) for percent in (50, 99)}


def _checked(answer: bytes) -> bytes:
    """The answer, if it is what was asked for."""
    nodes = json.loads(answer)["data"]["listings"]["nodes"]
    if len(nodes) != _PAGE or any(len([p for p in node["photos"] if p["url"]]) != _PHOTOS for node in nodes):
        raise RuntimeError("the graph does not answer what was seeded")
    return answer


def _serve_graph(pipe: Connection, folder: Path) -> None:
    asyncio.run(_graph(pipe, _settings(folder)))


async def _graph(pipe: Connection, settings: Settings) -> None:
    async with wire(settings, Silence()) as wired:
        app = create_app(
            ports=wired.ports,
            identity=identity_of(settings, wired.web),
            settings=WebSettings(production=True),
            ready=_ready,
            media=wired.stores.media,
        )
        await serve_app(pipe, app)


def _serve_bytes(pipe: Connection, body: bytes) -> None:
    async def endpoint(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/json")

    asyncio.run(serve_app(pipe, Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])])))


async def _ready() -> dict[str, str]:
    return {}


def _settings(folder: Path) -> Settings:
    return Settings(yardsign_env="development", yardsign_data=folder)


async def _seed(settings: Settings) -> None:
    async with wire(settings, Silence()) as wired:
        make = partial(a_home, anchor=datetime.now(UTC))
        saves = [ListingSave(listing=make(number), with_photos=True) for number in range(1, _LISTINGS + 1)]
        await asyncio.gather(*(wired.ports.listings.create(save) for save in saves))


def a_home(number: int, anchor: datetime) -> Listing:
    """A sandbox home whose photos are stored."""
    record = read_row(generate(7, number, anchor).row, currency="USD")
    if not isinstance(record, MlsRecord):
        raise RuntimeError(f"a sandbox home cannot be read: {record}")
    id = listing_id(_USER, "sandbox", record.facts.originating_system, record.key)
    return Listing(
        id=id,
        user_id=_USER,
        mls_provider="sandbox",
        facts=record.facts,
        status=ListingStatus.ACTIVE,
        publishable=True,
        photos=tuple(_photo(id, place) for place in range(_PHOTOS)),
        created_at=anchor,
        updated_at=anchor,
    )


def _photo(id: str, place: int) -> Photo:
    sha256 = f"{place:064x}"
    url = f"https://mls.example/photos/{id}/{place}.jpg"
    return Photo(
        media=Media(key=f"{id}-{place}", url=url, order=place + 1, caption="Front of the home"),
        state=PhotoState.STORED,
        sha256=sha256,
        original_key=photo_key(_USER, id, "original", place, sha256, "jpg"),
        blurhash="L~Lqe9l}eqpYs_[qsBJ%fMsTjtWo",
        width=1024,
        height=768,
    )
