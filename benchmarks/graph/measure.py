"""Requests a second of the graph, side by side with other servers of the same schema over the same rows."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from app.development_issuer import DevelopmentIssuer
from app.settings import Settings
from benchmarks.children import redis
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from benchmarks.graph import seeds
from benchmarks.graph.dynamodb import dynamodb
from benchmarks.graph.loads import CONNECTIONS, Client, Loaded
from benchmarks.graph.node_packages import Packages, installed
from benchmarks.graph.queries import Asked, asked
from benchmarks.graph.sides import Side, node_side, python_side
from benchmarks.installations import USER
from schema.ids import to_id

_SECONDS, _FEW_SECONDS = 4.0, 0.3
_OURS = ("ours", "dynamodb")
_WARM_UP = 0.5
"""As a share of a round."""


def run(*, small: bool = False) -> Report:
    """Measure; a small run does without DynamoDB and without Node."""
    seconds, rounds = (_FEW_SECONDS, 1) if small else (_SECONDS, ROUNDS)
    packages = "this is a small run" if small else installed()
    with TemporaryDirectory() as name, ExitStack() as stack:
        settings = Settings(
            yardsign_env="development", yardsign_data=Path(name), redis_url=stack.enter_context(redis())
        )
        listing = asyncio.run(seeds.seed(settings))
        queries = asked(to_id("Listing", USER, listing))
        token = DevelopmentIssuer(settings.yardsign_data).token(USER)
        client = Client(token, packages if isinstance(packages, Packages) else None)
        sides = [*_sides(stack, settings, packages, small=small)]
        answers = _answers(client, sides, queries)
        sides.append(_ready_bytes(stack, settings, answers))
        sizes = {name: len(answer) for name, answer in answers.items()}
        if not small:
            _round(client, sides, queries, sizes, _WARM_UP * seconds)
        found = [_round(client, sides, queries, sizes, seconds) for _ in range(rounds)]
    return Report(_title(packages), list(_lines(sides, queries, found[0])), found)


def _title(packages: Packages | str) -> str:
    missing = "" if isinstance(packages, Packages) else f"; without JavaScript: {packages}"
    return f"The graph, a process each on one core, {CONNECTIONS} connections{missing}"


def _sides(stack: ExitStack, settings: Settings, packages: Packages | str, *, small: bool) -> Iterator[Side]:
    environment = {"YARDSIGN_DATA": str(settings.yardsign_data), "REDIS_URL": str(settings.redis_url)}
    yield python_side(stack, _OURS[0], "ours, SQLite", ["ours"], **environment)
    if not small:
        with_dynamodb = {**environment, **dynamodb(stack, settings)}
        yield python_side(stack, _OURS[1], "ours, DynamoDB", ["ours"], **with_dynamodb)
    yield python_side(stack, "stock", "stock Strawberry, SQLite", ["stock"], **environment)
    if isinstance(packages, Packages):
        yield node_side(stack, "mercurius", "mercurius with JIT, SQLite", packages, settings)
        yield node_side(stack, "yoga", "graphql-yoga, SQLite", packages, settings)


def _ready_bytes(stack: ExitStack, settings: Settings, answers: Mapping[str, bytes]) -> Side:
    folder = settings.yardsign_data / "answers"
    folder.mkdir()
    for name, answer in answers.items():
        (folder / name).write_bytes(answer)
    return python_side(stack, "bytes", "a Starlette route, ready bytes", ["bytes", str(folder)])


def _answers(client: Client, sides: Sequence[Side], queries: Sequence[Asked]) -> dict[str, bytes]:
    """What the first side answers; raises RuntimeError unless all of them answer the same data, and no errors."""
    found: dict[str, bytes] = {}
    for query in queries:
        answers = [client.answer(side, query) for side in sides]
        expected, *others = map(json.loads, answers)
        if "errors" in expected or not all(expected["data"].values()):
            raise RuntimeError(f"{query.title}: answered {answers[0][:500]!r}")
        for side, answer, other in zip(sides[1:], answers[1:], others, strict=True):
            if other.get("data") != expected["data"]:
                raise RuntimeError(f"{query.title}: {side.title} differs: {_parting(answer, answers[0])}")
        found[query.name] = answers[0]
    return found


def _parting(one: bytes, other: bytes) -> str:
    """The first place where two answers differ."""
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    around = slice(max(0, place - 100), place + 100)
    return f"{one[around]!r}, not {other[around]!r}"


def _round(
    client: Client, sides: Sequence[Side], queries: Sequence[Asked], sizes: Mapping[str, int], seconds: float
) -> Round:
    found: dict[str, float] = {"client": 0}
    for query in queries:
        for side in sides:
            loaded = client.load(side, query, seconds, size=sizes[query.name])
            found |= _told(f"{query.name} {side.name}", loaded)
            found["client"] = max(found["client"], loaded.client)
    return found


def _told(name: str, loaded: Loaded) -> Round:
    found = {name: loaded.load.per_second, f"{name} p99": loaded.load.percentile(99)}
    if loaded.processor is not None:
        found[_used(name)] = 1_000 * loaded.processor
    return found


def _lines(sides: Sequence[Side], queries: Sequence[Asked], known: Round) -> Iterator[Line]:
    for query in queries:
        for side in sides:
            name = f"{query.name} {side.name}"
            yield Line(f"{query.title}: {side.title}", measured(name), "requests/s")
            yield Line("  p99", measured(f"{name} p99"), "ms")
            if _used(name) in known:
                yield Line("  processor time", measured(_used(name)), "ms")
        yield from _shares(query.name, [side for side in sides if side.name not in _OURS], known)
    yield Line("what the client used of its core at most", measured("client"), "%")


def _shares(query: str, others: Sequence[Side], known: Round) -> Iterator[Line]:
    """How many of each other's requests ours answers; by processor time, nobody else's work on the machine counts."""
    ours = f"{query} {_OURS[0]}"
    for side in others:
        name = f"{query} {side.name}"
        yield Line(f"ours, of {side.title}", share(measured(ours), measured(name)), "%")
        if _used(name) in known:
            by_time = share(measured(_used(name)), measured(_used(ours)))
            yield Line("  by processor time", by_time, "%")


def _used(name: str) -> str:
    return f"{name} processor"
