"""`python -m app user export`: all that is a user's, as the graph tells it, and the photos, in one zip."""

import asyncio
import os
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
)
from strawberry import Schema

from app.graphql_app import build_schema
from domain.entities.metrics import DayMetrics
from domain.entities.viewer import Viewer
from domain.errors import NotFound, Unavailable
from domain.ports import Ports
from domain.rules.identity import folder_of, photo_prefix, upload_key
from schema.context import Context
from schema.ids import to_id

ROOTS: Mapping[str, str] = {
    "listings": "",
    "mlsConnections": "",
    "syncRuns": "",
    "syncErrors": "",
    "listingChangesSince": 'since: "1970-01-01T00:00:00Z"',
    "socialAccounts": "",
    "posts": "",
    "inquiries": "",
    "metricAlerts": "",
    "notifications": "",
    "webhooks": "",
    "mailSettings": "",
}
"""The fields of `Query` that tell what a user has, with the arguments that they need."""

_PAGE = 50
_FIRST_DAY = date(2020, 1, 1)
_MONTH = timedelta(days=31)


async def export(ports: Ports, user_id: str, path: Path) -> dict[str, int]:
    """Write the zip, which nobody but its owner can read, and say how many of each kind are in it.

    What the graph never tells is not in it: credentials, tokens, and the secrets of webhooks. Metrics are by
    listing and UTC day; photos are as they came from the MLS.

    Raises:
        Unavailable: something could not be read; there is no file then.
    """
    descriptor, draft = tempfile.mkstemp(prefix=".", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            counts = await _write(ports, user_id, archive)
        await asyncio.to_thread(os.replace, draft, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise
    return counts


async def _write(ports: Ports, user_id: str, archive: zipfile.ZipFile) -> dict[str, int]:
    schema = build_schema(cost_limit=0, seconds=600)
    counts = {}
    for root in ROOTS:
        name = root.removesuffix("Since")
        counts[name] = await _write_all(archive, name, _asked(schema, ports, user_id, root))
    counts["metrics"] = await _write_all(archive, "metrics", _metrics(ports, user_id))
    counts["photos"] = counts["uploads"] = 0
    async for key in ports.files.list(photo_prefix(user_id, "").removesuffix("/")):
        folder = folder_of(key)
        if folder is not None and "/original/" in key:
            home = to_id("Listing", user_id, folder.listing_id)
            name = f"photos/{home}/{key.rpartition('/')[2]}"
            counts["photos"] += await _write_file(ports, archive, key, name)
    for connection in await ports.mls_connections.of_user(user_id):
        name = f"uploads/{to_id('MlsConnection', user_id, connection.id)}.csv"
        counts["uploads"] += await _write_file(ports, archive, upload_key(connection.id), name)
    return counts


async def _write_all(archive: zipfile.ZipFile, name: str, things: AsyncIterator[Any]) -> int:
    """A JSON array, written as it comes."""
    count = 0
    with archive.open(f"{name}.json", "w", force_zip64=True) as file:
        async for thing in things:
            file.write(b",\n" if count else b"[\n")
            file.write(orjson.dumps(thing, option=orjson.OPT_NON_STR_KEYS))
            count += 1
        file.write(b"\n]\n" if count else b"[]\n")
    return count


async def _write_file(ports: Ports, archive: zipfile.ZipFile, key: str, name: str) -> int:
    try:
        file = await ports.files.get(key)
    except NotFound:
        return 0
    archive.writestr(name, file.data, zipfile.ZIP_STORED)
    return 1


async def _asked(schema: Schema, ports: Ports, user_id: str, root: str) -> AsyncIterator[Any]:
    """What a field of `Query` answers the user, page by page."""
    field = schema._schema.query_type.fields[root]  # type: ignore[union-attr]  # every schema of ours has queries
    paged = "after" in field.args
    arguments = [ROOTS[root]] if ROOTS[root] else []
    arguments += [f"first: {_PAGE}", "after: $after"] if paged else []
    chosen = selection(field.type, "nodes") if paged else selection(field.type)
    more = " pageInfo { hasNextPage endCursor }" if paged else ""
    document = (
        f"query{'($after: String)' if paged else ''} {{ found: {root}"
        f"{'(' + ', '.join(arguments) + ')' if arguments else ''} {{ {chosen}{more} }} }}"
    )
    after: str | None = None
    while True:
        answer = await schema.execute(
            document,
            variable_values={"after": after} if paged else {},
            context_value=Context(ports, Viewer(user_id=user_id)),
        )
        if answer.errors or answer.data is None:
            raise Unavailable(f"{root} could not be read: {answer.errors}")
        found = answer.data["found"]
        for thing in found["nodes"] if paged else found if isinstance(found, list) else [found]:
            yield thing
        if not paged or not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]


def selection(kind: GraphQLOutputType, only: str = "") -> str:
    """All that a type tells by itself: of other nodes their ids, and nothing that takes arguments.

    Args:
        only: the one field that is wanted.
    """
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType):
        raise TypeError(f"{named} has no fields of its own")
    chosen = []
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if field.args or (only and name != only):
            continue
        if is_leaf_type(inner):
            chosen.append(name)
        elif isinstance(inner, GraphQLInterfaceType) or (_is_node(inner) and not only):
            chosen.append(f"{name} {{ __typename id }}")
        else:
            chosen.append(f"{name} {{ {selection(inner)} }}")
    return " ".join(chosen)


def _is_node(kind: object) -> bool:
    return isinstance(kind, GraphQLObjectType) and any(one.name == "Node" for one in kind.interfaces)


async def _metrics(ports: Ports, user_id: str) -> AsyncIterator[dict[str, Any]]:
    """A month at a time."""
    first, today = _FIRST_DAY, ports.now().date()
    while first <= today:
        for day in await ports.metrics.all_days(user_id, first, first + _MONTH - timedelta(days=1)):
            yield _day(user_id, day)
        first += _MONTH


def _day(user_id: str, day: DayMetrics) -> dict[str, Any]:
    return {
        "listing": {"__typename": "Listing", "id": to_id("Listing", user_id, day.listing_id)},
        "date": day.day,
        **asdict(day.total),
        "platforms": [{"platform": name or None, **asdict(of)} for name, of in day.platforms.items()],
        "sources": [{"source": name, **asdict(of)} for name, of in day.sources.items()],
        "hours": day.hours,
    }
