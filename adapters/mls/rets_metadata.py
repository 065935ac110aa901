"""Reads RETS metadata: resources, classes, fields and lookups (RETS 1.7.2, section 11), COMPACT or as XML.

Some servers answer STANDARD-XML though COMPACT is asked for; both hold the same names.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from xml.etree.ElementTree import Element

from adapters.http import Reply
from adapters.mls.rets_answers import Refused, read_answer
from adapters.mls.rets_compact import read_table
from adapters.mls.rets_session import Sessions
from adapters.mls.rets_settings import Settings
from domain.entities.mls import SourceField

MOST_VALUES = 200
_MOST_LOOKUPS = 20
_NO_METADATA = 20503

Entry = Mapping[str, str]


class Metadata:
    """What a server says of itself."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def classes(self, settings: Settings) -> list[tuple[str, str]]:
        """Name and title of each class of the resource."""
        entries = await self._entries(settings, "CLASS", settings.resource)
        found = [
            (entry["ClassName"], entry.get("VisibleName") or entry.get("Description") or "")
            for entry in entries
            if entry.get("ClassName")
        ]
        return list(dict(found).items())

    async def key_field(self, settings: Settings) -> str | None:
        """The field that identifies a row of the resource, if the server says."""
        try:
            entries = await self._entries(settings, "RESOURCE", "0")
        except Refused:
            return None
        wanted = settings.resource.casefold()
        own = (entry for entry in entries if entry.get("ResourceID", "").casefold() == wanted)
        return next((entry["KeyField"] for entry in own if entry.get("KeyField")), None)

    async def fields(self, settings: Settings, class_name: str) -> tuple[SourceField, ...]:
        """The fields of a class, with the values of those that are lookups as far as the server gives them."""
        entries = await self._entries(settings, "TABLE", f"{settings.resource}:{class_name}")
        named = [entry for entry in entries if entry.get("SystemName")]
        lookups = dict.fromkeys(entry["LookupName"] for entry in named if entry.get("LookupName"))
        values = await self._values(settings, tuple(lookups))
        return tuple(_field(entry, values) for entry in named)

    async def _values(self, settings: Settings, lookups: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The values of each lookup: of all at once, or of some one by one where a server refuses that."""
        if not lookups:
            return {}
        read = partial(read_entries, type="LOOKUP_TYPE")
        try:
            every = await self._ask(settings, "LOOKUP_TYPE", f"{settings.resource}:*", read)
        except Refused:
            every = []
            for name in lookups[:_MOST_LOOKUPS]:
                every += [
                    ({**attributes, "lookup": name}, entry)
                    for attributes, entry in await self._lookup(settings, name)
                ]
        found: dict[str, list[str]] = {}
        for attributes, entry in every:
            value = entry.get("LongValue") or entry.get("ShortValue") or entry.get("Value")
            if value:
                found.setdefault(attributes.get("lookup", ""), []).append(value)
        return {name: tuple(values[:MOST_VALUES]) for name, values in found.items()}

    async def _lookup(self, settings: Settings, name: str) -> list[tuple[Entry, Entry]]:
        read = partial(read_entries, type="LOOKUP_TYPE")
        try:
            return await self._ask(settings, "LOOKUP_TYPE", f"{settings.resource}:{name}", read)
        except Refused:
            return []

    async def _entries(self, settings: Settings, type: str, id: str) -> list[Entry]:
        found = await self._ask(settings, type, id, partial(read_entries, type=type))
        return [entry for _, entry in found]

    async def _ask(
        self, settings: Settings, type: str, id: str, read: "partial[list[tuple[Entry, Entry]]]"
    ) -> list[tuple[Entry, Entry]]:
        asked = {"Type": f"METADATA-{type}", "ID": id, "Format": "COMPACT"}
        return await self._sessions.ask(settings.account, "GetMetadata", asked, read)


def read_entries(reply: Reply, secrets: Sequence[str], *, type: str) -> list[tuple[Entry, Entry]]:
    """Each entry of an answer behind the attributes, by names in lower case, of the element it stands in.

    Raises as `read_answer`; "no metadata" is no entry.
    """
    root = read_answer(reply, secrets, passing=(_NO_METADATA,)).root
    return [
        ({name.lower(): value for name, value in table.attrib.items()}, entry)
        for table in root.iter()
        if table.tag.upper() == f"METADATA-{type}"
        for entry in _entries_of(table)
    ]


def _entries_of(table: Element) -> Iterator[Entry]:
    if any(child.tag.upper() == "COLUMNS" for child in table):
        for row in read_table(table).rows:
            if row.values is not None:
                yield {name: value.strip() for name, value in row.values.items()}
        return
    for child in table:
        # What METADATA-SYSTEM says stands partly in attributes.
        yield {**child.attrib, **{item.tag: (item.text or "").strip() for item in child}}


def _field(entry: Entry, values: Mapping[str, tuple[str, ...]]) -> SourceField:
    return SourceField(
        name=entry["SystemName"],
        title=entry.get("LongName") or entry.get("ShortName") or None,
        type=entry.get("DataType") or None,
        standard_name=entry.get("StandardName") or None,
        values=values.get(entry.get("LookupName", ""), ()),
    )
