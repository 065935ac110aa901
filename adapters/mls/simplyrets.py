"""SimplyRETS, which serves many MLSs' listings in JSON of its own.

It has no query for what changed. But every answer tells when the feed was last refreshed: as long as that is the
moment of the last run, one small request is all there is to do, and after a refresh the whole feed is read.
"""

import asyncio
from dataclasses import replace
from typing import Any

from adapters.mls.field_map import propose, read_field_map, sources
from adapters.mls.reso_forms import common
from adapters.mls.reso_mapping import read_row
from adapters.mls.shared_settings import read_currency
from adapters.mls.simplyrets_client import Client
from adapters.mls.simplyrets_requests import FEW, IDX, PAGE_SIZE, Named, Place, feed_url, named, read_place
from adapters.mls.simplyrets_rows import flatten, path_of, to_reso
from adapters.mls.tools import Tools
from domain.entities.listing import Media
from domain.entities.mls import (
    MlsDefect,
    MlsKeys,
    MlsPage,
    MlsQuery,
    MlsRecord,
    MlsSample,
    MlsVendor,
    SettingField,
    SourceField,
)
from domain.entities.mls_connection import MlsSource
from domain.ports import Mls

UPDATED = "lastUpdate"
"""The cursor: X-SimplyRETS-LastUpdate as it was when the feed was read."""

VENDOR = MlsVendor(
    name="simplyrets",
    title="SimplyRETS",
    url="https://api.simplyrets.com/properties",
    settings=(
        SettingField(
            name="username",
            title="API key",
            required=True,
            help="Of your app, in SimplyRETS's account panel.",
        ),
        SettingField(name="password", title="API secret", required=True, secret=True),
        SettingField(
            name="vendor",
            title="Feed",
            help="The vendor id of the MLS, as the account panel names it; needed if the app has several.",
        ),
        SettingField(
            name="idx",
            title="Display rules",
            help=f"One of {', '.join(IDX)}. Unless set, homes are left out whose sellers opted out of showing"
            " the listing or its address; listing shows homes without a public address too.",
        ),
        *common(PAGE_SIZE, PAGE_SIZE),
    ),
)


class SimplyRets:
    """Implements `domain.ports.Mls`. The key of a row is its mlsId, which is SimplyRETS's own."""

    name = "simplyrets"
    title = "SimplyRETS"
    vendors: tuple[MlsVendor, ...] = (VENDOR,)

    def __init__(self, tools: Tools) -> None:
        self._downloads = tools.downloads
        self._client = Client(tools)

    async def check(self, source: MlsSource) -> None:
        """Log in and read one row; none is fine too."""
        feed_url(source, Place())
        _read([], source)
        await self._client.look(source)

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        """One page, in the order of mlsId.

        `since` narrows nothing: a feed that was not refreshed since `query.cursors` were made gives no rows, and
        one that was gives all of them, because photos and much else change without a stamp.
        """
        place, wanted = read_place(position), named(query)
        if wanted is not None and len(wanted.few) <= FEW:
            return await self._fetch_named(source, wanted.few, place)
        begins = wanted is None and position is None and not query.anew
        known = query.cursors.get(UPDATED) if begins else None
        if known and (await self._client.look(source)).updated == known:
            return MlsPage(rows=(), position=None, cursors={UPDATED: known})
        answer, after = await self._client.page(source, place)
        rows = await asyncio.to_thread(_read, answer.rows, source, wanted)
        first = place.last == 0
        updated = answer.updated if first else place.updated
        return MlsPage(
            rows=rows,
            position=after.text() if after else None,
            total=None if wanted else (answer.total if first else place.total),
            cursors={UPDATED: updated} if updated and wanted is None else {},
        )

    async def keys(self, source: MlsSource, position: str | None) -> MlsKeys:
        """A page of the feed's keys; SimplyRETS has no shorter way to them."""
        answer, after = await self._client.page(source, read_place(position))
        rows = await asyncio.to_thread(_read, answer.rows, source)
        found = (row.key for row in rows if not (isinstance(row, MlsRecord) and row.deleted))
        return MlsKeys(keys=tuple(filter(None, found)), position=after.text() if after else None)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        """What is behind the photo's URL, which is open to anybody."""
        return await self._downloads.photo(media.url)

    async def sample(self, source: MlsSource) -> MlsSample:
        """One row and its fields, by their paths; there is no metadata that tells of fields."""
        field_map = read_field_map(source.settings)
        await self.check(source)
        found = (await self._client.look(source)).rows
        raw = found[0] if found and isinstance(found[0], dict) else None
        fields = tuple(SourceField(name=path) for path in flatten(raw or {}))
        read = {ours: path_of(name) for ours, name in sources(field_map, to_reso(raw or {})).items()}
        taken = {*read.values(), *field_map.targets}
        proposal = propose([field for field in fields if field.name not in taken])
        return MlsSample(
            fields=fields,
            raw=raw,
            row=_read([raw], source)[0] if raw else None,
            sources=read,
            proposal={path: ours for path, ours in proposal.items() if ours not in read},
        )

    async def close(self) -> None:
        """Nothing to do: the web client belongs to who made it."""

    async def _fetch_named(self, source: MlsSource, few: list[tuple[str, str]], place: Place) -> MlsPage:
        """The next of a few homes: a home is found by its address, a number by a search for words."""
        if place.named >= len(few):
            return MlsPage(rows=(), position=None)
        kind, value = few[place.named]
        found = await self._client.home(source, kind, value)
        one = Named(**{"keys": frozenset(), "numbers": frozenset(), f"{kind}s": frozenset({value})})
        after = replace(place, named=place.named + 1)
        return MlsPage(
            rows=_read(found, source, one), position=after.text() if after.named < len(few) else None
        )


def protocol(tools: Tools) -> Mls:
    """The protocol, for `adapters.mls.discover`."""
    return SimplyRets(tools)


def _read(
    listings: list[Any], source: MlsSource, wanted: Named | None = None
) -> tuple[MlsRecord | MlsDefect, ...]:
    """The rows, or those of them that are wanted. Raises `ActionRequired` for settings that make no sense."""
    field_map, currency = read_field_map(source.settings), read_currency(source.settings)
    rows = (field_map.apply(to_reso(listing)) for listing in listings)
    return tuple(read_row(row, currency=currency) for row in rows if wanted is None or wanted.has(row))
