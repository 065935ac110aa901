"""What a look at an MLS account shows to whoever connects it: what is read from where, and what is not."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.entities.listing import Address, ListingFacts
from domain.entities.mls import MlsDefect, MlsRecord, MlsSample, SourceField
from domain.rules.statuses import interpret

MOST_VALUES = 20
"""Of a lookup, so many values are shown: enough to recognize it."""

HIDDEN = "•••"
SHORTEST_SECRET = 6
"""A shorter secret is not looked for: it would be found in what is none."""

_UNNAMED = {"address", "currency", "extras", "media_links"}
"""Facts that are not read from one field, or come from the connection's settings."""


def camel_case(name: str) -> str:
    """A name as the graph spells it."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


OUR_FIELDS = (
    "status",
    *(camel_case(field.name) for field in fields(ListingFacts) if field.name not in _UNNAMED),
    *(f"address.{camel_case(field.name)}" for field in fields(Address)),
    "photos",
)


def report_of(sample: MlsSample, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The report, as plain JSON.

    Returns:
        `record`: the row as it would be read, by the graph's names; `status`: what its status means by the
        connection's settings; `mapping`: for each of our fields that has a source `field`, `source` and the
        `value` as it is read; `missing`: our fields without a source; `unmapped`: fields of the MLS that are
        not read; `proposal`: a `fieldMap` and a `statusMap` for the connection's settings; `warnings`, and
        `defect` if the row cannot be read.
    """
    record = sample.row if isinstance(sample.row, MlsRecord) else None
    defect = sample.row if isinstance(sample.row, MlsDefect) else None
    return {
        "login": True,
        "record": _record(record) if record else None,
        "status": _status(record, settings) if record else None,
        "mapping": [
            {"field": name, "source": sample.sources[name], "value": _value(record, name)}
            for name in sorted(sample.sources, key=_place)
        ],
        "missing": [name for name in OUR_FIELDS if name not in sample.sources],
        "unmapped": [_field(one) for one in _unmapped(sample)],
        "proposal": {"fieldMap": dict(sample.proposal), "statusMap": dict(sample.statuses)},
        "warnings": list(record.warnings) if record else [],
        "defect": {"code": defect.code, "message": defect.message} if defect else None,
    }


def without(report: Any, secrets: Iterable[str]) -> Any:
    """The report, or a part of it, without any of these texts: an MLS may repeat what it was sent."""
    hidden = sorted((one for one in secrets if len(one) >= SHORTEST_SECRET), key=len, reverse=True)

    def clean(part: Any) -> Any:
        if isinstance(part, str):
            for secret in hidden:
                part = part.replace(secret, HIDDEN)
            return part
        if isinstance(part, dict):
            return {clean(name): clean(value) for name, value in part.items()}
        return [clean(value) for value in part] if isinstance(part, list) else part

    return clean(report) if hidden else report


def _record(record: MlsRecord) -> dict[str, Any]:
    facts = record.facts
    plain = (field.name for field in fields(ListingFacts) if field.name != "address")
    return {
        **{camel_case(name): _json(getattr(facts, name)) for name in plain},
        "address": {camel_case(f.name): getattr(facts.address, f.name) for f in fields(Address)},
        "photos": None if record.media is None else len(record.media),
        "deleted": record.deleted,
    }


def _status(record: MlsRecord, settings: Mapping[str, Any]) -> dict[str, Any]:
    facts = record.facts
    reading = interpret(
        facts.standard_status, facts.mls_status, settings=settings, previous=None, deleted=record.deleted
    )
    return {
        "standardStatus": facts.standard_status,
        "mlsStatus": facts.mls_status,
        "known": not reading.unknown,
        "imported": not reading.skip,
        "status": None if reading.skip or reading.unknown else reading.status.value,
        "publishable": reading.publishable,
        "postsComeDown": reading.takedown is not None,
    }


def _value(record: MlsRecord | None, name: str) -> Any:
    """What the row has for one of our fields; a status is its own word here, the standard one if there is."""
    if record is None:
        return None
    if name == "status":
        return record.facts.standard_status or record.facts.mls_status
    value: Any = _record(record)
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _unmapped(sample: MlsSample) -> list[SourceField]:
    read = set(sample.sources.values())
    return [field for field in sample.fields if field.name not in read]


def _field(field: SourceField) -> dict[str, Any]:
    return {
        "name": field.name,
        "title": field.title,
        "type": field.type,
        "standardName": field.standard_name,
        "values": list(field.values[:MOST_VALUES]),
    }


def _place(name: str) -> tuple[int, str]:
    return (OUR_FIELDS.index(name) if name in OUR_FIELDS else len(OUR_FIELDS), name)


def _json(value: object) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
