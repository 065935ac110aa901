"""GetMetadata of the sandbox RETS server, in COMPACT (RETS 1.7.2, chapter 11)."""

from collections.abc import Callable
from datetime import datetime
from xml.sax.saxutils import quoteattr

from starlette.responses import Response

from sandbox.mls.state import State
from sandbox.rets.fields import (
    CLASSES,
    KEY_FIELD,
    ONE_CLASS,
    Column,
    code_of,
    columns_of,
    lookup_values,
)
from sandbox.rets.habits import Habits
from sandbox.rets.replies import Declined, answer, columns, document
from sandbox.rets.search import Arguments

VERSION = "1.00.00042"
DATE = "2026-01-05T09:00:00Z"
SYSTEM = "SANDBOX"

_RESOURCE = "ResourceID StandardName VisibleName Description KeyField ClassCount ClassVersion ClassDate"
_CLASS = "ClassName StandardName VisibleName Description TableVersion TableDate"
_TABLE = (
    "MetadataEntryID SystemName StandardName LongName DBName ShortName MaximumLength DataType Precision"
    " Searchable Interpretation LookupName Required Unique InKeyIndex"
)
_LOOKUP = "MetadataEntryID LookupName VisibleName Version Date"
_LOOKUP_TYPE = "MetadataEntryID LongValue ShortValue Value"
_OBJECT = "MetadataEntryID ObjectType MIMEType VisibleName Description ObjectTimeStamp ObjectCount"


class Metadata:
    """The GetMetadata transaction."""

    def __init__(self, state: State, habits: Habits, now: Callable[[], datetime]) -> None:
        self._state = state
        self._habits = habits
        self._now = now
        self._kinds: dict[str, Callable[[str], str]] = {
            "METADATA-SYSTEM": self._system,
            "METADATA-RESOURCE": self._resources,
            "METADATA-CLASS": self._classes,
            "METADATA-TABLE": self._tables,
            "METADATA-LOOKUP": self._lookups,
            "METADATA-LOOKUP_TYPE": self._lookup_types,
            "METADATA-OBJECT": self._objects,
        }

    def answer(self, arguments: Arguments) -> Response:
        """The metadata of a type and an ID. Raises Declined."""
        kind = arguments.get("type", "")
        if kind not in self._kinds:
            raise Declined(20501, kind)
        if arguments.get("format", "COMPACT") != "COMPACT":
            raise Declined(20513, "only COMPACT is served")
        return answer(document(0, self._kinds[kind](arguments.get("id", "0"))), content_id=kind)

    def class_names(self) -> list[str]:
        """The classes of Property."""
        return [ONE_CLASS] if self._habits.one_class else list(CLASSES)

    def _system(self, _id: str) -> str:
        offset = self._now().astimezone(self._habits.zone).strftime("%z")
        about = f'SystemID="{SYSTEM}" SystemDescription="Sandbox MLS"'
        if self._habits.version != "RETS/1.5":
            about += f' TimeZoneOffset="{offset[:3]}:{offset[3:]}"'
        return f'<METADATA-SYSTEM Version="{VERSION}" Date="{DATE}">\n<SYSTEM {about}/>\n<COMMENTS/>\n</METADATA-SYSTEM>\n'

    def _resources(self, _id: str) -> str:
        count = str(len(self.class_names()))
        row = ["Property", "Property", "Property", "Homes", KEY_FIELD, count, VERSION, DATE]
        return _section("RESOURCE", {}, _RESOURCE, [row])

    def _classes(self, id_: str) -> str:
        _only_property(id_)
        titles = {name: title for name, (title, _) in CLASSES.items()} | {ONE_CLASS: "All homes"}
        rows = [[name, "", titles[name], titles[name], VERSION, DATE] for name in self.class_names()]
        return _section("CLASS", {"Resource": "Property"}, _CLASS, rows)

    def _tables(self, id_: str) -> str:
        wanted = _chosen(id_, self.class_names())
        rows = [self._column(place, column) for place, column in enumerate(columns_of(self._habits), start=1)]
        return "".join(
            _section("TABLE", {"Resource": "Property", "Class": name}, _TABLE, rows) for name in wanted
        )

    def _column(self, place: int, column: Column) -> list[str]:
        interpretation = "" if column.lookup is None else "LookupMulti" if column.many else "Lookup"
        key = "1" if column.name == KEY_FIELD else "0"
        return [
            f"T{place}",
            column.name,
            column.reso if self._habits.standard_names else "",
            column.title,
            column.name[:10],
            column.title[:24],
            str(column.length),
            column.type,
            str(column.precision) if column.precision else "",
            "1",
            interpretation,
            column.lookup or "",
            key,
            key,
            key,
        ]

    def _lookups(self, id_: str) -> str:
        _only_property(id_)
        rows = [[f"L{name}", name, column.title, VERSION, DATE] for name, column in self._coded().items()]
        return _section("LOOKUP", {"Resource": "Property"}, _LOOKUP, rows)

    def _lookup_types(self, id_: str) -> str:
        known, homes = self._coded(), self._state.all()
        sections = []
        for name in _chosen(id_, list(known)):
            values = lookup_values(known[name], homes)
            rows = [[f"V{code_of(name, value)}", value, value, code_of(name, value)] for value in values]
            sections.append(
                _section("LOOKUP_TYPE", {"Resource": "Property", "Lookup": name}, _LOOKUP_TYPE, rows)
            )
        return "".join(sections)

    def _coded(self) -> dict[str, Column]:
        return {column.lookup: column for column in columns_of(self._habits) if column.lookup is not None}

    def _objects(self, id_: str) -> str:
        _only_property(id_)
        rows = [
            [f"O{kind}", kind, "image/jpeg", kind, "Photo of 1024x768", "L_Last_Photo_updt", "L_PictureCount"]
            for kind in ("Photo", "HiRes")
        ]
        return _section("OBJECT", {"Resource": "Property"}, _OBJECT, rows)


def _only_property(id_: str) -> None:
    if id_.partition(":")[0] not in ("Property", "0", "*"):
        raise Declined(20500, id_)


def _chosen(id_: str, names: list[str]) -> list[str]:
    """What `Property:NAME` means of these names; `0` and `*` are all of them."""
    _only_property(id_)
    name = id_.partition(":")[2] or "0"
    if name in ("0", "*"):
        return names
    if name not in names:
        raise Declined(20502, id_)
    return [name]


def _section(kind: str, where: dict[str, str], names: str, rows: list[list[str]]) -> str:
    attributes = {**where, "System": SYSTEM, "Version": VERSION, "Date": DATE}
    about = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<METADATA-{kind} {about}>\n{columns(names.split(), rows, chr(9))}</METADATA-{kind}>\n"
