"""Keeps the pages of a CSV file while a run reads them, so that it reads one file from beginning to end."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest

import orjson

from adapters.mls.csv_feed_table import Line, Table
from domain.errors import NotFound, Rejected
from domain.ports import Files
from domain.rules.identity import feed_prefix

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to go on.

    Attributes:
        file: the SHA-256 of the file.
        page: the page to read next, from 0.
        pages: how many there are.
        size: lines per page.
    """

    file: str
    page: int
    pages: int
    size: int

    def text(self) -> str:
        """As a string for checkpoints."""
        return json.dumps(asdict(self), separators=(",", ":"))


def read_place(text: str) -> Place:
    """The place that `Place.text` wrote. Raises `Rejected` for anything else."""
    try:
        place = Place(**json.loads(text))
        numbers = (place.page, place.pages, place.size)
        valid = _HASH.fullmatch(place.file) and all(isinstance(number, int) for number in numbers)
        valid = valid and 0 < place.page < place.pages and place.size > 0
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise Rejected("The position in the CSV file is not readable. Start the import again.")
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some lines of a file, with all that is needed to read them.

    Attributes:
        total: how many lines the file has.
        cursors: of the file.
        after: the place of the next page, None if there is none.
    """

    header: Sequence[str]
    lines: Sequence[Line]
    total: int
    cursors: Mapping[str, str]
    after: str | None


def cut(table: Table, file: str, cursors: Mapping[str, str], size: int) -> list[Page]:
    """The lines on pages of `size`; one empty page if there are none."""
    starts = range(0, len(table.lines), size) or range(1)
    places = [
        Place(file=file, page=page, pages=len(starts), size=size).text() for page in range(1, len(starts))
    ]
    return [
        Page(
            header=table.header,
            lines=table.lines[start : start + size],
            total=len(table.lines),
            cursors=cursors,
            after=after,
        )
        for start, after in zip_longest(starts, places)
    ]


class KeptPages:
    """The pages behind the first of a file, in `files`, below `feeds/<connection id>/`.

    A page goes once the second one behind it is asked for, because a run may fetch one page ahead of the one that
    it writes, and die over that; the last two go when the run is known to be over, which is when the connection's
    cursors name its file. One run at a time reads a connection's file.
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    async def keep(self, connection_id: str, file: str, pages: Sequence[Page]) -> None:
        """Keep the pages behind the first, and nothing of any other file of the connection."""
        folder = feed_prefix(connection_id)
        async for key in self._files.list(folder):
            if not key.startswith(f"{folder}{file}/"):
                await self._files.delete(key)
        for number, page in enumerate(pages[1:], start=1):
            data = await asyncio.to_thread(orjson.dumps, page)
            key = _key(connection_id, file, number, len(pages))
            await self._files.put(key, data, content_type="application/json")

    async def get(self, connection_id: str, place: Place) -> Page | None:
        """The page at a place; the second one before it goes. None if it is not there, or was cut otherwise."""
        if place.page > 2:
            await self._files.delete(_key(connection_id, place.file, place.page - 2, place.pages))
        try:
            stored = await self._files.get(_key(connection_id, place.file, place.page, place.pages))
        except NotFound:
            return None
        return await asyncio.to_thread(_page, stored.data)

    async def forget(self, connection_id: str, file: str) -> None:
        """The run over a file is over."""
        for page in (1, 2):
            await self._files.delete(_key(connection_id, file, page, 3))


def _key(connection_id: str, file: str, page: int, pages: int) -> str:
    """The last two pages have keys of their own: they can be removed without knowing how many there were."""
    name = {pages - 1: "last", pages - 2: "last-but-one"}.get(page, page)
    return f"{feed_prefix(connection_id)}{file}/{name}.json"


def _page(data: bytes) -> Page:
    kept = orjson.loads(data)
    return Page(**{**kept, "lines": [Line(**line) for line in kept["lines"]]})
