"""A connection's field map: which field of the MLS stands for which of ours."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rapidfuzz import process

from adapters.mls.field_names import READ_FROM, RESO_NAMES, SET_ASIDE, written_as
from adapters.mls.field_proposals import propose as _propose
from adapters.mls.status_proposals import is_standard, plain, propose_statuses
from domain.entities.mls import SourceField
from domain.errors import ActionRequired
from domain.rules.statuses import STATUS_MAP

__all__ = [
    "FIELD_MAP",
    "FieldMap",
    "missing",
    "propose",
    "propose_status_map",
    "propose_statuses",
    "read_field_map",
    "sources",
]

FIELD_MAP = "fieldMap"
"""Setting of a connection: the MLS's fields and ours, as a JSON object, `{"L_AskingPrice": "price"}`."""

_IMPORTANT = (
    "mlsNumber",
    "status",
    "price",
    "propertyType",
    "address.street",
    "address.city",
    "address.state",
    "address.zipCode",
    "bedrooms",
    "bathrooms",
    "squareFeet",
    "description",
    "photos",
    "modifiedInMlsAt",
)


class FieldMap:
    """What to rename before a row is read as one of RESO's.

    Attributes:
        targets: the MLS's field -> our field or RESO's, as the user wrote it.
    """

    def __init__(self, targets: Mapping[str, str] | None = None, *, own_statuses: Iterable[str] = ()) -> None:
        """`own_statuses` are those that the connection's `statusMap` explains. Raises KeyError for a target
        that `written_as` does not know."""
        self.targets = dict(targets or {})
        self._reso_name = {source: _written(target) for source, target in self.targets.items()}
        self._raw_name = {reso: source for source, reso in self._reso_name.items()}
        self._aside = {source: SET_ASIDE[to] for source, to in self.targets.items() if to in SET_ASIDE}
        self._status = next((source for source, target in self.targets.items() if target == "status"), None)
        self._own_statuses = frozenset(map(plain, own_statuses))

    def apply(self, row: Any) -> Any:
        """The row under RESO's names.

        A mapped field moves to its name and replaces what stood there; where a row lacks the mapped field,
        what stood there stays. Without a map the row itself comes back, and so does what is no JSON object.
        """
        if not self._reso_name or not isinstance(row, dict):
            return row
        found = [(reso, row[source]) for source, reso in self._reso_name.items() if source in row]
        mapped = row.copy()
        for source in self._reso_name:
            mapped.pop(source, None)
        self._set_aside(row, mapped)
        mapped.update(found)
        return mapped

    def explains(self, status: str) -> bool:
        """Whether the connection's `statusMap` says what this status of the MLS stands for."""
        return plain(status) in self._own_statuses

    def raw_name(self, reso_name: str) -> str:
        """The MLS's own name of a RESO field, to ask for it; the RESO name itself if it is not mapped."""
        return self._raw_name.get(reso_name, reso_name)

    def source(self, target: str, names: Collection[str]) -> str | None:
        """Which of the MLS's fields one of ours is read from, if these are those it has."""
        first = [_written(target)] if target in self.targets.values() else []
        for name in (*first, *READ_FROM[target]):
            if name in self._raw_name and self._raw_name[name] in names:
                return self._raw_name[name]
            # A field that is mapped away has left its own name.
            if name in names and name not in self._reso_name:
                return name
        return None

    def _set_aside(self, row: dict[str, Any], mapped: dict[str, Any]) -> None:
        for source, names in self._aside.items():
            for name in names if source in row else ():
                mapped.pop(name, None)
        # One field for both: a word of RESO's list is its StandardStatus, unless the user gave it a meaning.
        status = row.get(self._status) if self._status is not None else None
        if isinstance(status, str) and is_standard(status) and plain(status) not in self._own_statuses:
            mapped["StandardStatus"] = status


def read_field_map(settings: Mapping[str, Any]) -> FieldMap:
    """The map in a connection's settings; an empty one if there is none.

    Raises:
        ActionRequired: it is no JSON object, names a field of ours that there is not, or gives one of ours
            two sources.
    """
    given = settings.get(FIELD_MAP)
    if given is None or given == "":
        return FieldMap()
    if not isinstance(given, Mapping):
        raise ActionRequired(
            f'The setting {FIELD_MAP} must be a JSON object from the MLS\'s fields to ours: {{"ASKING": "price"}}.',
            field=("settings",),
        )
    chosen: dict[str, str] = {}
    for source, target in given.items():
        reso_name = written_as(target) if isinstance(target, str) else None
        if reso_name is None:
            raise ActionRequired(_unknown(source, target), field=("settings",))
        if reso_name in chosen:
            message = f"The setting {FIELD_MAP} gives {target} two sources: {chosen[reso_name]} and {source}."
            raise ActionRequired(message, field=("settings",))
        chosen[reso_name] = source
    statuses = settings.get(STATUS_MAP)
    own = [name for name in statuses if isinstance(name, str)] if isinstance(statuses, Mapping) else []
    return FieldMap(given, own_statuses=own)


def sources(field_map: FieldMap, names: Iterable[str]) -> dict[str, str]:
    """Our field -> the field of the MLS that it is read from, of a row or metadata with these names."""
    there = frozenset(names)
    found = {target: field_map.source(target, there) for target in READ_FROM}
    return {target: source for target, source in found.items() if source is not None}


def missing(record_sources: Iterable[str]) -> list[str]:
    """The important ones of our fields that nothing is read from, by the names that `sources` gives."""
    there = set(record_sources)
    return [name for name in _IMPORTANT if name not in there]


def propose(fields: Iterable[SourceField], field_map: FieldMap | None = None) -> dict[str, str]:
    """A map for what is not read yet: the MLS's field -> ours, or RESO's where ours is made of several.

    Whoever knows the MLS should look at it before it is used: names and types are evidence, no proof.
    """
    known = tuple(fields)
    mapped = field_map or FieldMap()
    read = sources(mapped, (field.name for field in known))
    beside = {name for name in RESO_NAMES if mapped.raw_name(name) in {field.name for field in known}}
    free = [field for field in known if field.name not in mapped.targets and field.name not in read.values()]
    return _propose(free, {*read, *beside})


def propose_status_map(
    fields: Iterable[SourceField], field_map: FieldMap, proposal: Mapping[str, str]
) -> dict[str, str]:
    """A `statusMap`: the MLS's status -> the standard one, of the lookup that the status is read from, or would
    be by the proposed field map. Where there is a StandardStatus none is needed, and none is used."""
    values = {field.name: field.values for field in fields}
    read = sources(field_map, values)
    if "standardStatus" in read:
        return {}
    proposed = (source for source, target in proposal.items() if target in ("status", "mlsStatus"))
    source = read.get("mlsStatus") or next(proposed, "")
    return {
        value: standard
        for value, standard in propose_statuses(values.get(source, ())).items()
        if not field_map.explains(value)
    }


def _written(target: str) -> str:
    name = written_as(target)
    if name is None:
        raise KeyError(target)
    return name


def _unknown(source: object, target: object) -> str:
    names = [*READ_FROM, *sorted(RESO_NAMES)]
    if not isinstance(target, str):
        return f"The setting {FIELD_MAP} maps {source} to a value that is no text, and so no field."
    near = [name for name, _, _ in process.extract(target, names, limit=3, processor=str.casefold)]
    return f"The setting {FIELD_MAP} maps {source} to {target!r}, which is no field. Do you mean {' or '.join(near)}?"
