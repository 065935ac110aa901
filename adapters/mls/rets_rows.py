"""Turns rows of a RETS search into records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.mls.reso_mapping import read_row
from adapters.mls.rets_compact import Row
from adapters.mls.rets_photos import Home
from adapters.mls.rets_settings import Settings
from adapters.mls.values import Values
from domain.entities.mls import MlsDefect, MlsRecord

_ORIGIN = "OriginatingSystemName"


@dataclass(frozen=True, slots=True)
class Read:
    """A row as it was read, and what is known of its photos; `home` is None if it has no key."""

    row: MlsRecord | MlsDefect
    home: Home | None


def read_rows(settings: Settings, rows: Sequence[Row]) -> list[Read]:
    """Read a page of rows; a line that does not fit its columns is a defect and harms no other."""
    return [_read(settings, row) for row in rows]


def to_reso(settings: Settings, raw: dict[str, str]) -> dict[str, Any]:
    """The row under RESO's names."""
    row: dict[str, Any] = dict(settings.fields.apply(raw))
    if settings.originating_system and not row.get(_ORIGIN):
        row[_ORIGIN] = settings.originating_system
    return row


def _read(settings: Settings, row: Row) -> Read:
    if row.values is None:
        return Read(MlsDefect(code="UNREADABLE", message="A row has not one value for each column."), None)
    reso = to_reso(settings, row.values)
    read = read_row(reso, currency=settings.currency, zone=settings.zone)
    if isinstance(read, MlsDefect):
        return Read(read, None)
    values = Values(reso, zone=settings.zone)
    changed = values.moment("PhotosChangeTimestamp", "ModificationTimestamp")
    return Read(read, Home(read.key, values.whole("PhotosCount", high=10_000), changed))
