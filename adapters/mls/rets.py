"""RETS 1.7.2 and 1.8, deprecated and still spoken: logins, searches in DMQL2, objects and metadata.

A server has fields of its own naming, so that a connection has a field map; `sample` proposes one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.mls.field_map import FieldMap, propose, propose_status_map, sources
from adapters.mls.rets_answers import Refused
from adapters.mls.rets_metadata import Metadata
from adapters.mls.rets_paging import read_place
from adapters.mls.rets_photos import Photos, is_by_object
from adapters.mls.rets_rows import Read, read_rows
from adapters.mls.rets_search import Search
from adapters.mls.rets_session import Sessions
from adapters.mls.rets_settings import GENERIC, Settings, read_settings
from adapters.mls.tools import Tools
from domain.entities.listing import Media
from domain.entities.mls import (
    MlsKeys,
    MlsPage,
    MlsQuery,
    MlsRecord,
    MlsRow,
    MlsSample,
    MlsVendor,
    SourceField,
)
from domain.entities.mls_connection import MlsSource
from domain.errors import ActionRequired, Unavailable
from domain.ports import Mls

PHOTOS = "photos"
"""The cursor: since when homes came whose photos could not be asked for; the next delta reaches back to it."""


class Rets:
    """Implements `domain.ports.Mls`.

    The `settings` of a source are those of `GENERIC`, without the credentials. Accounts stay logged in within
    the process until `close`.
    """

    name = "rets"
    title = "RETS"
    vendors: tuple[MlsVendor, ...] = (GENERIC,)

    def __init__(self, tools: Tools) -> None:
        self._downloads = tools.downloads
        self._sessions = Sessions(tools)
        self._search = Search(self._sessions)
        self._photos = Photos(self._sessions)
        self._metadata = Metadata(self._sessions)

    async def check(self, source: MlsSource) -> None:
        """Log in and read one row of the first class; none is fine too."""
        settings = await self._with_classes(read_settings(source))
        await self._search.check(settings)

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        """One page of a class's rows with their photos; the classes follow each other."""
        place = read_place(position)
        settings = read_settings(source)
        if query.keys == () or query.numbers == ():
            return MlsPage(rows=(), position=None, total=0)
        settings = await self._with_classes(settings)
        known = query.cursors.get(PHOTOS, "")
        found = await self._search.page(settings, _reaching_back(query, known), place)
        read = await asyncio.to_thread(read_rows, settings, found.rows)
        rows, owed = await self._with_photos(settings, query, read)
        owed = min(filter(None, (place.owed, owed)), default="")
        return MlsPage(
            rows=rows,
            position=replace(found.after, owed=owed).text() if found.after else None,
            total=found.total,
            cursors={PHOTOS: owed} if owed or known else {},
        )

    async def keys(self, source: MlsSource, position: str | None) -> MlsKeys:
        """A page of the keys of all classes."""
        place = read_place(position)
        settings = await self._with_classes(read_settings(source))
        found = await self._search.page(settings, MlsQuery(), place, keys_only=True)
        read = await asyncio.to_thread(read_rows, settings, found.rows)
        rows = [item.row for item in read if isinstance(item.row, MlsRecord)]
        return MlsKeys(
            keys=tuple(row.key for row in rows if not row.deleted),
            position=found.after.text() if found.after else None,
        )

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        """What is behind the photo's URL, or the object where the server gives no URLs."""
        if is_by_object(media):
            return await self._photos.photo(read_settings(source), media.url)
        return await self._downloads.photo(media.url)

    async def sample(self, source: MlsSource) -> MlsSample:
        """The fields and a row of the first class, and a field map for what is not read yet."""
        settings = await self._with_classes(read_settings(source))
        fields = await self._fields(settings)
        proposal = await self._proposal(settings, fields)
        # What is not mapped yet, the stamp above all, must not keep the row from being seen.
        mapped = replace(settings, fields=FieldMap({**proposal, **settings.fields.targets}))
        table = await self._search.sample(mapped)
        raw = next((row.values for row in table.rows if row.values is not None), None)
        read = await asyncio.to_thread(read_rows, settings, table.rows)
        names = [field.name for field in fields] or list(table.columns)
        return MlsSample(
            fields=fields or tuple(SourceField(name=name) for name in names),
            raw=raw,
            row=read[0].row if read else None,
            sources=sources(settings.fields, names),
            proposal=proposal,
            statuses=propose_status_map(fields, settings.fields, proposal),
        )

    async def close(self) -> None:
        """Log out of every account."""
        await self._sessions.close()

    async def _with_classes(self, settings: Settings) -> Settings:
        """The settings with a class to search: the server's only one if the user named none."""
        if settings.classes:
            return settings
        found = await self._metadata.classes(settings)
        if len(found) == 1:
            return replace(settings, classes=(found[0][0],))
        named = ", ".join(f"{name} ({title})" if title else name for name, title in found[:50])
        raise ActionRequired(
            f"Name the classes of listings in the setting classes. The MLS has: {named or 'none'}."
        )

    async def _with_photos(
        self, settings: Settings, query: MlsQuery, read: Sequence[Read]
    ) -> tuple[tuple[MlsRow, ...], str]:
        """The rows with their photos, and since when photos are owed if they cannot be had at present.

        A full read waits until they can; a delta does not, as a sale is no news for later.
        """
        photos, failure = await self._photos.of(settings, [item.home for item in read if item.home])
        if isinstance(failure, Unavailable) and query.since is None:
            raise failure
        warning = f"Its photos could not be asked for. {failure.message}" if failure else ""
        rows = tuple(_with_media(item.row, photos, warning) for item in read)
        owed = query.since if isinstance(failure, Unavailable) else None
        return rows, owed.isoformat() if owed else ""

    async def _fields(self, settings: Settings) -> tuple[SourceField, ...]:
        try:
            return await self._metadata.fields(settings, settings.classes[0])
        except Refused:
            return ()

    async def _proposal(self, settings: Settings, fields: Sequence[SourceField]) -> dict[str, str]:
        """A field map for what is not read yet; what identifies rows the server itself knows best."""
        proposal = propose(fields, settings.fields)
        key = await self._metadata.key_field(settings)
        names = [field.name for field in fields]
        if key in names and key not in proposal and "listingKey" not in sources(settings.fields, names):
            proposal = {name: ours for name, ours in proposal.items() if ours != "listingKey"}
            proposal[key] = "listingKey"
        return proposal


def protocol(tools: Tools) -> Mls:
    """The protocol, for `adapters.mls.discover`."""
    return Rets(tools)


def _reaching_back(query: MlsQuery, owed: str) -> MlsQuery:
    """The query, from the moment on since which photos are owed."""
    if query.since is None or not owed:
        return query
    return replace(query, since=min(query.since, datetime.fromisoformat(owed)))


def _with_media(row: MlsRow, photos: dict[str, tuple[Media, ...]], warning: str) -> MlsRow:
    if not isinstance(row, MlsRecord):
        return row
    media = photos.get(row.key)
    warnings = (*row.warnings, warning) if media is None and warning else row.warnings
    return replace(row, media=media, warnings=warnings)
